"""The customer's answer: ticked hours are approved, the others rejected; it may change until the hours are invoiced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, func, select, update

from billing.approvals.asking import is_alive
from billing.bulk import among
from billing.errors import MoveRefused
from extensions import db, utcnow
from models import ApprovalAnswer, ApprovalRequest, Bug, Task, TimeEntry, User
from models.audit import Actor, record


@dataclass(frozen=True, slots=True)
class AskedEntry:
    """One hour on the customer's page. `is_fixed`: it is on a transaction already, its answer stays."""

    id: int
    date: date
    seconds: int
    notes: str
    work: str
    person: str
    approval: str
    is_fixed: bool


def _standing(request: ApprovalRequest) -> Select[Any]:
    """Select the ids of the entries that this request still asks about: as they were when it asked."""
    return (
        select(TimeEntry.id)
        .join(ApprovalAnswer, ApprovalAnswer.time_entry_id == TimeEntry.id)
        .where(
            ApprovalAnswer.request_id == request.id, ApprovalAnswer.closed_at.is_(None),
            TimeEntry.approval != "none", TimeEntry.seconds == ApprovalAnswer.seconds,
        )
    )  # fmt: skip


def asked_entries(request: ApprovalRequest) -> list[AskedEntry]:
    """Return the hours of a request by day; one statement."""
    columns = (
        TimeEntry.id, TimeEntry.date, TimeEntry.seconds, TimeEntry.notes, func.coalesce(Task.name, Bug.title, ""),
        func.coalesce(User.name, ""), TimeEntry.approval, TimeEntry.billing_state != "unbilled",
    )  # fmt: skip
    statement = select(*columns).where(TimeEntry.id.in_(_standing(request)))
    for model, key in ((Task, TimeEntry.task_id), (Bug, TimeEntry.bug_id), (User, TimeEntry.user_id)):
        statement = statement.outerjoin(model, model.id == key)
    rows = db.session.execute(statement.order_by(TimeEntry.date, TimeEntry.id))
    return [AskedEntry(*row[:-1], bool(row[-1])) for row in rows]


def answer(request: ApprovalRequest, ticked: Sequence[int], seen: Sequence[int], said: tuple[str, str]) -> int:
    """Take the customer's answer about the hours that were `seen`; returns how many are approved.

    `said`: name and comment. Hours that changed or were invoiced since they were seen are left as they are.
    """
    name, comment = said
    if not is_alive(request):
        raise MoveRefused(_("This link is closed. Ask for a new one."))
    if not name.strip():
        raise MoveRefused(_("Enter your name."))
    free = TimeEntry.id.in_(_standing(request)) & (TimeEntry.billing_state == "unbilled") & among(TimeEntry.id, seen)
    changeable = set(db.session.scalars(select(TimeEntry.id).where(free).with_for_update(of=TimeEntry)))
    approved = sorted(changeable & set(ticked))
    for verdict, ids in (("approved", approved), ("rejected", sorted(changeable - set(ticked)))):
        _put(request, verdict, ids, said)
    request.answered_at, request.answered_by, request.comment = utcnow(), name, comment
    words = ngettext("%(num)d entry approved by the customer", "%(num)d entries approved by the customer",
                     len(approved))  # fmt: skip
    after = {"by": name, "comment": comment, "approved": len(approved), "rejected": len(changeable) - len(approved)}
    record(Actor("customer", name), "approval.answered", ("project", request.project_id), words, (None, after))
    db.session.flush()
    return len(approved)


def _put(request: ApprovalRequest, verdict: str, ids: Sequence[int], said: tuple[str, str]) -> None:
    options = {"synchronize_session": False}
    db.session.execute(
        update(TimeEntry).where(among(TimeEntry.id, ids)).values(approval=verdict), execution_options=options
    )
    own = (ApprovalAnswer.request_id == request.id) & ApprovalAnswer.closed_at.is_(None)
    values = {"verdict": verdict, "answered_by": said[0], "comment": said[1], "answered_at": utcnow()}
    db.session.execute(
        update(ApprovalAnswer).where(own, among(ApprovalAnswer.time_entry_id, ids)).values(values),
        execution_options=options,
    )
