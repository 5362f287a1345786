"""Taking a transaction for one verb: nobody else changed it, and its type allows the move."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, update

from billing.errors import MoveRefused
from billing.types import type_of
from extensions import db, utcnow
from models import Transaction


def visible() -> ColumnElement[bool]:
    """Return the condition for lists: deleted drafts stay in the table, because allocations are history."""
    return Transaction.status != "deleted"


def claim(transaction: Transaction, verb: str, version: int | None = None) -> None:
    """Raise the version of a row that is still as the caller saw it (`version`; default: as it was loaded)."""
    if not type_of(transaction).may(verb, transaction.status):
        raise MoveRefused(refusal(transaction, verb))
    seen = transaction.version if version is None else version
    db.session.flush()
    statement = (
        update(Transaction)
        .where(Transaction.id == transaction.id, Transaction.version == seen, Transaction.status == transaction.status)
        .values(version=Transaction.version + 1, updated_at=utcnow())
    )
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise MoveRefused(_("Somebody changed this meanwhile. Reload the page to see how it is now, then try again."))
    db.session.refresh(transaction)


def refusal(transaction: Transaction, verb: str) -> str:
    """Say why a verb is not possible in this status and what is."""
    kind = type_of(transaction)
    number = transaction.number or _("This draft")
    status = _(kind.states.get(transaction.status, "Deleted"))
    if not kind.knows(verb):
        return str(_("%(titles)s do not know this.", titles=_(kind.title_plural)))
    anew = _("Void it and bill anew.") if kind.knows("void") else _("Write a new one.")
    instead = _("Void it instead.") if kind.knows("void") else _("Decline it or let it expire instead.")
    sentences = {
        "edit": _("%(number)s is %(status)s and closed.", number=number, status=status) + f" {anew}",
        "delete": _("%(number)s is %(status)s and keeps its number.", number=number, status=status) + f" {instead}",
        "issue": _("%(number)s is %(status)s already.", number=number, status=status),
        "send": _("%(number)s is %(status)s and cannot be sent.", number=number, status=status),
        "void": _("%(number)s is %(status)s and cannot be voided.", number=number, status=status),
        "accept": _("%(number)s is %(status)s already and cannot be accepted.", number=number, status=status),
        "decline": _("%(number)s is %(status)s already and cannot be declined.", number=number, status=status),
        "convert": _("%(number)s is %(status)s. Only an accepted one is converted, and only once.",
                     number=number, status=status) if kind.knows("accept") else
                   _("%(number)s is %(status)s. Only what is issued and not invoiced yet is converted.",
                     number=number, status=status),
        "free": _("%(number)s is %(status)s and has nothing to give back.", number=number, status=status),
        "pay": _("%(number)s is %(status)s: nothing can be put on it.", number=number, status=status),
        "unpay": _("%(number)s is %(status)s: there is nothing on it to take back.", number=number, status=status),
        "credit": _("%(number)s is %(status)s and cannot be credited.", number=number, status=status),
        "draw": _("%(number)s is %(status)s and holds no credit to use.", number=number, status=status),
        "refund": _("%(number)s is %(status)s and holds no credit to refund.", number=number, status=status),
        "regain": _("%(number)s is %(status)s: nothing of it was used.", number=number, status=status),
    }  # fmt: skip
    return str(sentences[verb])
