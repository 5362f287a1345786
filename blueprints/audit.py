"""The audit log: who did what, when and from where. It can be read, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response
from flask_babel import gettext as _

from billing.tables import Column, Table
from blueprints.access import needs
from blueprints.downloads import send_table
from blueprints.filters import organisation
from blueprints.paging import Sort, paged
from blueprints.render import page_or_fragment
from extensions import db, to_json
from models import AuditEntry

blueprint = Blueprint("audit", __name__, url_prefix="/settings/audit")
#: ids rise with time
SORTS = (Sort("newest", AuditEntry.id, int, descending=True),)


@blueprint.get("/")
@needs("audit.view")
def index() -> Any:
    """List the entries, the newest first."""
    page = paged(db.select(AuditEntry), AuditEntry.id, SORTS)
    return page_or_fragment("audit/index.html", "audit/_audit_table.html", page=page)


@blueprint.get("/export.<any(csv, xlsx):format>")
@needs("audit.view")
def export(format: str) -> Response:
    """Give all entries as a file, the newest first."""
    columns = [
        Column("at", _("When"), "moment"), Column("kind", _("Kind of actor")), Column("who", _("Who")),
        Column("what", _("What")), Column("summary", _("Summary")), Column("record", _("Record")),
        Column("id", _("Record number")), Column("address", _("From where")), Column("before", _("Before")),
        Column("after", _("After")),
    ]  # fmt: skip
    found = organisation()
    zone = found.zone if found else ZoneInfo("UTC")
    return send_table(Table(_("Audit log"), columns, _rows(zone)), format, "audit-log")


def _rows(zone: ZoneInfo) -> Iterator[list[Any]]:
    statement = db.select(AuditEntry).order_by(AuditEntry.id.desc()).execution_options(yield_per=500)
    for entry in db.session.scalars(statement):
        changes = (to_json(change) if change else None for change in (entry.before, entry.after))
        yield [
            entry.at.astimezone(zone), entry.actor_kind, entry.actor, entry.verb, entry.summary, entry.subject,
            entry.subject_id, entry.address, *changes,
        ]  # fmt: skip
