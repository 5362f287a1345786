"""A manager's verdict on hours, what takes a verdict back, and what was said about one hour."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import ColumnElement, insert, literal, select, update

from billing.bulk import among
from billing.errors import MoveRefused
from billing.hours.approved import APPROVALS, is_under
from billing.hours.time_entries import is_unbilled
from billing.life import LifeEvent
from extensions import db, utcnow
from models import ApprovalAnswer, ApprovalRequest, TimeEntry
from models.audit import Actor, record


def decide(entry_ids: Sequence[int], verdict: str, comment: str, actor: Actor) -> int:
    """Approve or reject hours of projects with the internal policy; all or none; returns how many.

    Only hours that wait for an invoice: what is on a transaction is decided (requirements T-18).
    """
    ids = sorted(set(entry_ids))
    if not ids:
        raise MoveRefused(_("Choose the hours first."))
    if verdict == "rejected" and not comment.strip():
        raise MoveRefused(_("Say why you reject these hours, so that somebody can correct them."))
    chosen = among(TimeEntry.id, ids)
    move = update(TimeEntry).where(chosen, is_unbilled(0), is_under("internal")).values(approval=verdict)
    done = db.session.execute(move, execution_options={"synchronize_session": False})
    if done.rowcount != len(ids):  # type: ignore[attr-defined]
        raise MoveRefused(_("Some of these hours changed meanwhile or need no approval here. Reload and choose again."))
    names = ["time_entry_id", "seconds", "verdict", "comment", "answered_by", "answered_at"]
    now = literal(utcnow(), ApprovalAnswer.answered_at.type)
    values = (TimeEntry.id, TimeEntry.seconds, literal(verdict), literal(comment), literal(actor.name), now)
    db.session.execute(insert(ApprovalAnswer).from_select(names, select(*values).where(chosen)))
    state = _(APPROVALS[verdict])
    record(actor, f"time_entries.{verdict}", ("time_entry", ids[0] if len(ids) == 1 else None),
           ngettext("%(num)d entry: %(state)s", "%(num)d entries: %(state)s", len(ids), state=state),
           (None, {"approval": verdict, "ids": ids, "comment": comment}))  # fmt: skip
    return len(ids)


def forget(entry: TimeEntry) -> None:
    """An hour that was changed is not approved any more, and no older request asks about it."""
    entry.approval = "none"


def policy_changed(before: str, after: str, where: ColumnElement[bool], actor: Actor) -> int:
    """Fit unbilled hours to another policy; returns how many lost their approval.

    A manager's approval is not the customer's, so hours start anew under the customer's policy. The customer's approval
    is good for a manager. Links that ask a customer are closed when customers are not asked any more.
    """
    if before == after:
        return 0
    lost = {"customer": ("approved", "rejected", "asked")}.get(after, ("asked",) if before == "customer" else ())
    if not lost:
        return 0
    change = update(TimeEntry).where(where, TimeEntry.billing_state == "unbilled", TimeEntry.approval.in_(lost))
    options = {"synchronize_session": False}
    done = db.session.execute(change.values(approval="none"), execution_options=options)
    number = int(done.rowcount)  # type: ignore[attr-defined]
    if before == "customer":
        projects = select(TimeEntry.project_id).where(where).distinct()
        live = update(ApprovalRequest).where(
            ApprovalRequest.project_id.in_(projects), ApprovalRequest.revoked_at.is_(None)
        )
        db.session.execute(live.values(revoked_at=utcnow()), execution_options=options)
    if number:
        words = ngettext("%(num)d entry needs approval anew", "%(num)d entries need approval anew", number)
        record(actor, "approval.policy_changed", ("organisation", 1), words, ({"policy": before}, {"policy": after}))
    return number


def said_about(entry_id: int) -> list[ApprovalAnswer]:
    """Return what was said about an hour, oldest first."""
    statement = select(ApprovalAnswer).where(
        ApprovalAnswer.time_entry_id == entry_id, ApprovalAnswer.answered_at.is_not(None)
    )
    return list(db.session.scalars(statement.order_by(ApprovalAnswer.answered_at, ApprovalAnswer.id)))


def verdict_events(entry_id: int) -> list[LifeEvent]:
    """Return what was said about an hour as parts of its life, oldest first."""
    sentences = {
        "approved": _l("Approved by %(name)s%(comment)s"),
        "rejected": _l("Rejected by %(name)s%(comment)s"),
    }
    return [
        LifeEvent(
            said.answered_at, said.verdict,
            str(sentences[said.verdict] % {
                "name": said.answered_by, "comment": f": {said.comment}" if said.comment else "",
            }),
        )
        for said in said_about(entry_id) if said.answered_at is not None and said.verdict in sentences
    ]  # fmt: skip
