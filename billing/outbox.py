"""What happened to transactions, left where somebody else may fetch it; who that is, nobody knows here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from billing.links import customer_link
from billing.money import round_money
from billing.types import type_of
from extensions import db, utcnow
from models import Expense, Outbox, Project, Transaction
from models.audit import Actor

#: drafts are worked on: what happens to them is told when nothing more did for so long
QUIET = timedelta(seconds=45)
DRAFTING = frozenset({"created", "changed"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What a note is about: a noun (transaction, expense), the id of its row, and the project it belongs to."""

    noun: str
    id: int
    project_id: int


def note(transaction: Transaction, event: str, actor: Actor) -> None:
    """Leave a note that something happened to a transaction of a project that others know too (T-04).

    One insert, in the caller's database transaction; nothing for a transaction without a project, or with one that
    was made here. `event` is created, changed, issued, sent, voided, deleted, or another verb in the past tense.
    """
    if transaction.project_id is not None:
        put(Subject("transaction", transaction.id, transaction.project_id), event, facts(transaction), actor)


def put(about: Subject, event: str, payload: Mapping[str, str], actor: Actor) -> None:
    """Leave a note about any subject, unless its project was made here and is known to nobody else."""
    project = db.session.get_one(Project, about.project_id)
    if project.source == "local":
        return
    now = utcnow()
    db.session.add(
        Outbox(
            subject=about.noun, subject_id=about.id, project_id=about.project_id, event=event, payload=dict(payload),
            not_before=now + QUIET if event in DRAFTING else now, actor_kind=actor.kind, actor=actor.name,
            actor_id=actor.id,
        )
    )  # fmt: skip


def facts(transaction: Transaction) -> dict[str, str]:
    """Return what is true of a transaction now, as text; later changes do not reach a note that was left."""
    kind = type_of(transaction)
    is_public = transaction.status in kind.issued_states
    return {
        "type": transaction.type,
        "number": transaction.number or "",
        "status": transaction.status,
        "total": str(round_money(transaction.total, transaction.currency)),
        "currency": transaction.currency,
        "link": customer_link(transaction) if is_public else "",
    }


def expense_facts(expense: Expense) -> dict[str, str]:
    """Return what is true of an expense now; what it was for stays in the house."""
    return {
        "type": "expense",
        "number": "",
        "status": expense.billing_state,
        "total": str(round_money(expense.total, expense.currency)),
        "currency": expense.currency,
        "link": "",
    }


def facts_now(subject: str, subject_id: int) -> dict[str, str] | None:
    """Return what is true of a note's subject by now; None when its row is gone or nobody knows such subjects."""
    if subject == "expense":
        expense = db.session.get(Expense, subject_id)
        return None if expense is None else expense_facts(expense)
    found = db.session.get(Transaction, subject_id) if subject == "transaction" else None
    return None if found is None else facts(found)
