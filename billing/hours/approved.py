"""Whether an hour is approved, as its project's policy asks: the one condition, in SQL (requirements T-18).

Hours that a sync brought were approved by a manager where they came from (others are kept out there), so the internal
policy takes them as approved, unless somebody rejects them here; the customer's policy never does, it asks the
customer.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import aliased

from extensions import db
from models import Organisation, Project, TimeEntry

#: `TimeEntry.approval` → words for people
APPROVALS = {
    "none": "Not approved",
    "asked": "Waiting for the customer",
    "approved": "Approved",
    "rejected": "Rejected",
}


def _usual() -> ScalarSelect[str]:
    row = aliased(Organisation)
    return select(row.approval_policy).where(row.id == 1).scalar_subquery()


def policy_of(project: Any = Project) -> ColumnElement[str]:
    """Return the policy that holds for a project, in SQL: its own, else the organisation's."""
    return func.coalesce(func.nullif(project.approval_policy, ""), _usual())


def policy(project: Project) -> str:
    """Return the policy that holds for a project: none, internal or customer."""
    return project.approval_policy or db.session.get_one(Organisation, 1).approval_policy


def stands(entry: TimeEntry, asked_for: str) -> str:
    """Return where an entry stands under a policy: none, asked, approved, rejected; empty where nobody approves."""
    if asked_for == "none" and entry.approval != "approved":
        return ""
    is_approved_there = asked_for == "internal" and entry.source != "local" and entry.approval == "none"
    return "approved" if is_approved_there else entry.approval


def is_under(*policies: str) -> ColumnElement[bool]:
    """Return the condition that the entry's project has one of these policies."""
    row = aliased(Project)
    return TimeEntry.project_id.in_(select(row.id).where(policy_of(row).in_(policies)))


def is_approved() -> ColumnElement[bool]:
    """Return the condition that nobody's approval is missing for the entry."""
    return or_(
        TimeEntry.approval == "approved",
        is_under("none"),
        (TimeEntry.source != "local") & (TimeEntry.approval == "none") & is_under("internal"),
    )
