"""Asking a customer to approve a project's hours of some days, by a link that is signed, expires and can be revoked."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, and_, func, insert, literal, select, update

from billing.bulk import touched
from billing.errors import MoveRefused
from billing.hours.approved import policy
from billing.hours.time_entries import is_unbilled
from extensions import current_config, db, utcnow
from models import ApprovalAnswer, ApprovalRequest, Project, TimeEntry
from models.audit import Actor, record

#: how long a link opens
LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Question:
    """Which hours a customer is asked about; `with_rejected` asks again about those that were rejected."""

    project_id: int
    since: date | None = None
    until: date | None = None
    with_rejected: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what the entries say: unbilled, billable, not asked about yet. Invoiced ones never (T-18)."""
        states = ("none", "rejected") if self.with_rejected else ("none",)
        found = [TimeEntry.project_id == self.project_id, is_unbilled(), TimeEntry.approval.in_(states)]
        found += [TimeEntry.date >= self.since] if self.since else []
        return found + ([TimeEntry.date <= self.until] if self.until else [])


def waiting_count(question: Question) -> tuple[int, int]:
    """Return how many entries and seconds a question would ask about."""
    statement = select(func.count(), func.coalesce(func.sum(TimeEntry.seconds), 0)).where(*question.conditions())
    entries, seconds = db.session.execute(statement).one()
    return entries, int(seconds)


def ask(question: Question, to: str, message: str, actor: Actor) -> ApprovalRequest:
    """Ask about these hours; the caller mails the link. Refuses when there is nothing to ask about."""
    project = db.session.get_one(Project, question.project_id)
    if policy(project) != "customer":
        raise MoveRefused(_("Hours of this project need no approval by the customer. Change that on the project."))
    _close_the_dead(project.id)
    request = ApprovalRequest(
        project_id=project.id, since=question.since, until=question.until, to=to, message=message,
        nonce=secrets.token_urlsafe(18), created_by=actor.name, expires_at=utcnow() + LIFE,
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    ids = list(db.session.scalars(select(TimeEntry.id).where(*question.conditions()).order_by(TimeEntry.id)))
    if not ids:
        raise MoveRefused(_("There are no hours to ask about in these days. Choose other days."))
    _take(request, question)
    words = ngettext("%(num)d entry to approve", "%(num)d entries to approve", len(ids))
    record(actor, "approval.asked", ("project", project.id), words, (None, {"to": to, "entries": len(ids)}))
    db.session.flush()
    return request


def _take(request: ApprovalRequest, question: Question) -> None:
    """Put the entries under the request, then mark them: both statements see the same rows or nothing is done."""
    names = ["time_entry_id", "request_id", "seconds", "verdict", "comment", "answered_by"]
    values = (TimeEntry.id, literal(request.id), TimeEntry.seconds, literal("asked"), literal(""), literal(""))
    rows = select(*values).where(*question.conditions())
    placed = touched(insert(ApprovalAnswer).from_select(names, rows))
    marked = touched(update(TimeEntry).where(*question.conditions()).values(approval="asked"))
    if placed != marked:
        raise MoveRefused(_("The hours changed while you asked. Nothing was sent; try again."))


def _close_the_dead(project_id: int) -> None:
    """Close what older requests ask no more: expired ones, and hours that changed since or are asked about again."""
    requests = select(ApprovalRequest.id).where(ApprovalRequest.project_id == project_id)
    expired = requests.where(ApprovalRequest.expires_at <= utcnow())
    for request_id in db.session.scalars(expired.where(ApprovalRequest.revoked_at.is_(None))):
        _let_go(request_id)
    again = select(TimeEntry.id).where(TimeEntry.project_id == project_id, TimeEntry.approval.in_(("none", "rejected")))
    touched(update(ApprovalAnswer).where(
        ApprovalAnswer.request_id.in_(requests), ApprovalAnswer.closed_at.is_(None),
        ApprovalAnswer.time_entry_id.in_(again.where(TimeEntry.billing_state == "unbilled")),
    ).values(closed_at=utcnow()))  # fmt: skip


def _let_go(request_id: int) -> None:
    """Hours that a request asks about and nobody answered are not asked about any more."""
    own = and_(ApprovalAnswer.request_id == request_id, ApprovalAnswer.closed_at.is_(None),
               ApprovalAnswer.verdict == "asked")  # fmt: skip
    held = select(ApprovalAnswer.time_entry_id).where(own)
    touched(update(TimeEntry).where(TimeEntry.id.in_(held), TimeEntry.approval == "asked").values(approval="none"))
    touched(update(ApprovalAnswer).where(own).values(closed_at=utcnow()))


def revoke(request: ApprovalRequest, actor: Actor) -> None:
    """Close a link; unanswered hours are not asked about any more, answers that were given stay."""
    if request.revoked_at is not None:
        raise MoveRefused(_("This link is closed already."))
    request.revoked_at = utcnow()
    _let_go(request.id)
    record(actor, "approval.revoked", ("project", request.project_id), _("The customer's link was closed"))
    db.session.flush()


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_config().secret_key, salt="approval")


def link_of(request: ApprovalRequest) -> str:
    """Return the path of the customer's page."""
    return f"/a/{_signer().dumps([request.id, request.nonce])}"


def find(token: str) -> ApprovalRequest | None:
    """Return the request behind a link, an expired or revoked one too; None when nobody signed it."""
    if not token.isascii() or len(token) > 300:
        return None
    try:
        number, nonce = _signer().loads(token)
    except (BadData, TypeError, ValueError):
        return None
    request = db.session.get(ApprovalRequest, number) if isinstance(number, int) else None
    is_right = request is not None and hmac.compare_digest(request.nonce, str(nonce))
    return request if is_right else None


def is_alive(request: ApprovalRequest) -> bool:
    """Say whether a link still opens."""
    return request.revoked_at is None and request.expires_at > utcnow()
