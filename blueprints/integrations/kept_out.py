"""The kept-out records as CSV: written while it is read, a page of records at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import Select, select

from billing.tables import Column, Table
from blueprints.downloads import send_table
from extensions import db
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
    columns = [Column(str(place), str(head)) for place, head in enumerate(heads)]
    return send_table(Table(_("Kept out"), columns, _rows(query)), "csv", "kept-out")


def _rows(query: Select[Any]) -> Iterator[list[str]]:
    last = 0
    while page := db.session.scalars(query.where(Link.id > last).order_by(Link.id).limit(PAGE)).all():
        last = page[-1].id
        yield from [_row(link) for link in page]
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
