"""Bugs (Zoho Projects: issues) of synced projects."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from connectors.base import FieldType
from models import Bug, TimeEntry
from sync.modules.base import LocalField, Module, Parent, named_in

MODULE = Module(
    key="bugs",
    title=_l("Bugs"),
    icon="bug",
    table=Bug.__table__,
    fields=(
        LocalField("title", _l("Title"), FieldType.TEXT, "name"),
        LocalField("key", _l("Key"), FieldType.TEXT, "key", limit=60),
        LocalField("description", _l("Description"), FieldType.LONG_TEXT, "description", limit=20_000),
        LocalField("status", _l("Status"), FieldType.CHOICE, "status"),
        LocalField("is_closed", _l("Closed"), FieldType.BOOLEAN, "is_closed"),
        LocalField("severity", _l("Severity"), FieldType.CHOICE, "severity", limit=60),
        LocalField("due_date", _l("Due date"), FieldType.DATE, "due_date", keeps_when_empty=False),
    ),
    parents=(Parent("project", "projects", "project_id", reason="BUG-PARENT"),),
    has_custom=True,
    defaults={"custom": {}},
    find_anchored=named_in(TimeEntry.bug_id),  # hours hang on it: it stays, closed
    retired={"is_closed": True},
)
