"""The kept-out records as CSV: written while it is read, a page of records at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, current_app
from flask_babel import gettext as _
from sqlalchemy import Select, select

from archive.export import cell
from extensions import db, reading
from models import Integration, Link
from sync.connection import report
from sync.modules import MODULES
from sync.reasons import REASONS

PAGE = 500


def csv_of(integration: Integration, module: str, code: str) -> Response:
    """Return the download; `module` and `code` narrow it. Ignored records are in it, and say so."""
    query = select(Link).where(Link.integration_id == integration.id, Link.reason.is_not(None))
    if module:
        query = query.where(Link.module == module)
    if code:
        query = query.where(Link.reason == code)
    heads = [
        _("Module"), _("Record"), _("Reason"), _("Kind"), _("Why"), _("What to do"), _("Hours"), _("Remote id"),
        _("Concluded"), _("Ignored"),
    ]  # fmt: skip
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    answer = Response(_lines(app, query, [str(head) for head in heads]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="kept-out.csv"'
    return answer


def _lines(app: Flask, query: Select[Any], heads: list[str]) -> Iterator[str]:
    """Give page after page, from a database session of their own: the request is over by then."""
    yield "\ufeff" + _written([heads])
    last = 0
    with app.app_context(), reading():
        while page := db.session.scalars(query.where(Link.id > last).order_by(Link.id).limit(PAGE)).all():
            last = page[-1].id
            yield _written([_row(link) for link in page])
            db.session.expunge_all()


def _row(link: Link) -> list[str]:
    record, reason = report.explained(link), REASONS.get(link.reason or "")
    seconds = link.kept_seconds
    return [
        str(MODULES[link.module].title) if link.module in MODULES else link.module, record.title, link.reason or "",
        reason.kind if reason else "", record.why, str(reason.remedy) if reason else "",
        f"{seconds / 3600:.2f}" if seconds else "", link.remote_id, link.decided_at.isoformat(),
        str(_("yes")) if link.is_muted else "",
    ]  # fmt: skip


def _written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[cell(value) for value in row] for row in rows])
    return text.getvalue()
