"""The audit log: who did what, when and from where. It can be read, never changed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from blueprints.access import needs
from blueprints.paging import Sort, paged
from blueprints.render import page_or_fragment
from extensions import db
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
