"""Milestones of synced projects."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from connectors.base import FieldType
from models import ItemAllocation, Milestone
from sync.modules.base import LocalField, Module, Parent, named_in

MODULE = Module(
    key="milestones",
    title=_l("Milestones"),
    icon="flag",
    table=Milestone.__table__,
    fields=(
        LocalField("name", _l("Name"), FieldType.TEXT, "name"),
        LocalField("status", _l("Status"), FieldType.CHOICE, "status"),
        LocalField("is_closed", _l("Closed"), FieldType.BOOLEAN, "is_closed"),
        LocalField("start_date", _l("Start date"), FieldType.DATE, "start_date", keeps_when_empty=False),
        LocalField("end_date", _l("End date"), FieldType.DATE, "end_date", keeps_when_empty=False),
    ),
    parents=(Parent("project", "projects", "project_id", reason="MIL-PARENT"),),
    find_anchored=named_in(ItemAllocation.milestone_id),
    retired={"is_closed": True},
)
