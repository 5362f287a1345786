"""Tasks of synced projects; they come with their project, there is no switch (requirements P-07)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from connectors.base import FieldType
from models import ItemAllocation, Task, TimeEntry
from sync.modules.base import LocalField, Module, Parent, named_in

MODULE = Module(
    key="tasks",
    title=_l("Tasks"),
    icon="list-check",
    table=Task.__table__,
    fields=(
        LocalField("name", _l("Name"), FieldType.TEXT, "name"),
        LocalField("key", _l("Key"), FieldType.TEXT, "key", limit=60),
        LocalField("description", _l("Description"), FieldType.LONG_TEXT, "description", limit=20_000),
        LocalField("tasklist", _l("Task list"), FieldType.TEXT, "tasklist"),
        LocalField("status", _l("Status"), FieldType.CHOICE, "status"),
        LocalField("is_closed", _l("Closed"), FieldType.BOOLEAN, "is_closed"),
        LocalField("is_billable", _l("Billable"), FieldType.BOOLEAN, "is_billable"),
        LocalField("priority", _l("Priority"), FieldType.CHOICE, "priority", limit=60),
        LocalField(
            "estimate_seconds", _l("Planned hours"), FieldType.DURATION, "estimate_seconds", keeps_when_empty=False
        ),
        LocalField("start_date", _l("Start date"), FieldType.DATE, "start_date", keeps_when_empty=False),
        LocalField("end_date", _l("Due date"), FieldType.DATE, "end_date", keeps_when_empty=False),
    ),
    parents=(
        Parent("project", "projects", "project_id", reason="TSK-PARENT"),
        Parent("milestone", "milestones", "milestone_id", is_required=False),
    ),
    has_custom=True,
    defaults={"custom": {}},
    # hours or an invoiced amount hang on it: it stays, closed
    find_anchored=named_in(TimeEntry.task_id, ItemAllocation.task_id),
    retired={"is_closed": True},
)
