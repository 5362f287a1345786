"""A customer's statement of account: the page, the same as CSV, XLSX or PDF, and by mail."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, abort, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing.customers.statement import Statement, statements, table_of
from billing.customers.statement_paper import mail_of, pdf_of
from billing.errors import MoveRefused
from billing.mail.facts import reader_of
from billing.mail.letters import can_mail
from billing.mail.thanks import send_statement
from blueprints.access import needs
from blueprints.asked import day
from blueprints.customers.frame import blueprint, customer_or_404
from blueprints.downloads import as_file, send_table
from blueprints.filters import organisation, this_organisation
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from extensions import db, utcnow
from models import Customer


@blueprint.get("/<int:customer_id>/statement")
@needs("customers.view")
def statement(customer_id: int) -> Any:
    """Show what was invoiced, credited and paid from `since` to `until`; this year to today if nothing is asked."""
    customer = customer_or_404(customer_id)
    since, until = period()
    here = organisation()
    return page_or_fragment(
        "customers/statement.html", "customers/_customer_statement.html",
        customer=customer, found=statements(customer, since, until), since=since, until=until,
        to=reader_of(customer).email, can_mail=here is not None and can_mail(here), press=secrets.token_urlsafe(18),
    )  # fmt: skip


@blueprint.get("/<int:customer_id>/statement.<any(csv, xlsx):format>")
@needs("customers.view")
def statement_file(customer_id: int, format: str) -> Any:
    """Give the statement as a file that spreadsheets open."""
    customer = customer_or_404(customer_id)
    since, until = period()
    return send_table(table_of(statements(customer, since, until)), format, file_name(customer, until))


@blueprint.get("/<int:customer_id>/statement.pdf")
@needs("customers.view")
def statement_pdf(customer_id: int) -> Response:
    """Give the statement in one `currency` (the customer's own if none is asked) as a PDF."""
    customer, here = customer_or_404(customer_id), this_organisation()
    found = _in_currency(customer, request.args.get("currency", customer.currency))
    content = pdf_of(found, here, utcnow())
    return as_file(content, "application/pdf", f"{file_name(customer, found.until)}-{found.currency}.pdf")


@blueprint.post("/<int:customer_id>/statement/send")
@needs("transactions.send")
def send(customer_id: int) -> AnyResponse:
    """Send the statement in the customer's currency: its balance, and the link to everything that is open."""
    customer, since, until = customer_or_404(customer_id), *period(request.form)
    found = next(one for one in statements(customer, since, until) if one.currency == customer.currency)
    back = url_for("customers.statement", customer_id=customer_id, since=since, until=until)
    fields = replace(mail_of(found, this_organisation()), to=request.form.get("to", "")[:500])
    try:
        message = send_statement(customer, fields, actor(), request.form.get("press") or secrets.token_urlsafe(18))
    except MoveRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return after_write(back)
    to = message.to
    db.session.commit()
    flash(_("The statement is on its way to %(to)s.", to=to), "success")
    return after_write(back)


def _in_currency(customer: Customer, currency: str) -> Statement:
    since, until = period()
    return next((one for one in statements(customer, since, until) if one.currency == currency), None) or abort(404)


def file_name(customer: Customer, until: date) -> str:
    """Return what a statement's file is called, without its ending."""
    return f"{_('statement')}-{customer.name}-{until.isoformat()}"


def period(data: Mapping[str, str] | None = None) -> tuple[date, date]:
    """Return the asked period, in order; this year to today where nothing sensible is asked."""
    asked = request.args if data is None else data
    here = organisation()
    today = here.today() if here else utcnow().date()
    until = day(asked.get("until")) or today
    since = day(asked.get("since")) or until.replace(month=1, day=1)
    return min(since, until), max(since, until)
