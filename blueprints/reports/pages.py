"""The index of reports, the page of one, and its files."""

from __future__ import annotations

import re
from typing import Any

from babel import Locale
from flask import Response, abort, render_template
from flask_babel import gettext as _

from billing.reports import REPORTS, Report, Result
from billing.table_paper import PaperColumn, TablePaper, to_pdf
from billing.tables import Table
from blueprints.access import needs
from blueprints.downloads import as_file, send_table
from blueprints.filters import moment, this_organisation
from blueprints.render import page_or_fragment
from blueprints.reports.asked import Asked, asked, currencies, period_choices
from blueprints.reports.frame import blueprint
from blueprints.reports.writing import cells_of, more_words, points_of, rows_of
from extensions import utcnow


@blueprint.get("/")
@needs("reports.view")
def index() -> str:
    """Offer the reports."""
    return render_template("reports/index.html", reports=list(REPORTS.values()))


@blueprint.get("/<key>")
@needs("reports.view")
def show(key: str) -> Any:
    """Show a report with its filters, chart and rows."""
    report = _report_or_404(key)
    question = asked(report)
    result = report.build(question.filters)
    table = report.table(result)
    return page_or_fragment(
        "reports/show.html", "reports/_report.html",
        report=report, asked=question, table=table, rows=rows_of(table, result, question), result=result,
        totals=_totals(table), more=more_words(result), points=points_of(table, result, question),
        period_choices=period_choices(), currencies=currencies() if "currency" in report.takes else [],
    )  # fmt: skip


@blueprint.get("/<key>.<any(csv, xlsx, pdf):format>")
@needs("reports.view")
def download(key: str, format: str) -> Response:
    """Give a report as a file, with the filters of its page."""
    report = _report_or_404(key)
    question = asked(report)
    result = report.build(question.filters)
    table, name = report.table(result), _file_name(question)
    if format == "pdf":
        return as_file(to_pdf(_paper(table, result, question)), "application/pdf", f"{name}.pdf")
    return send_table(table, format, name)


def _report_or_404(key: str) -> Report:
    return REPORTS.get(key) or abort(404)


def _totals(table: Table) -> list[str]:
    """Return the last row in words; empty where there is nothing to add up."""
    row = table.total_row(str(_("Total")))
    return cells_of(table, row) if row and table.rows else []


def _file_name(question: Asked) -> str:
    filters = question.filters
    if "period" not in question.report.takes:
        return f"{question.report.key}-{filters.today.isoformat()}"
    return f"{question.report.key}-{filters.since.isoformat()}-{filters.until.isoformat()}"


def _paper(table: Table, result: Result, question: Asked) -> TablePaper:
    organisation = this_organisation()
    locale = Locale.parse(re.sub("-", "_", organisation.locale))
    return TablePaper(
        title=table.title, subtitle=question.subtitle, organisation=organisation.name, made=moment(utcnow()),
        page=str(_("Page {page} of {pages}")), language=locale.language, direction=locale.text_direction,
        columns=[PaperColumn(table.head(column), column.is_figure) for column in table.columns],
        rows=[cells_of(table, row.cells) for row in result.rows], totals=_totals(table),
        notes=[str(note) for note in result.notes],
    )  # fmt: skip
