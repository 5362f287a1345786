"""The kinds of e-mail that customers get, and which placeholders each of them knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from billing.types import TYPES

_PEOPLE = ("customer", "contact_first_name", "contact_name", "organisation", "link")
_DOCUMENT = ("number", "title", "total", "date", "due_date", "reference", "project")
_OWED = ("balance", "days_overdue")

#: placeholder → what it stands for
PLACEHOLDERS: Mapping[str, str] = {
    "number": "Number",
    "title": "What it is, e.g. Invoice",
    "total": "Total",
    "balance": "Amount that is still open",
    "date": "Date",
    "due_date": "Due date, or how long it is valid",
    "days_overdue": "Days since it was due",
    "reference": "Reference",
    "project": "Project",
    "amount_paid": "Amount that was paid",
    "paid_on": "Day of the payment",
    "customer": "Name of the customer",
    "contact_first_name": "First name of the person who gets it",
    "contact_name": "Whole name of the person who gets it",
    "organisation": "Your name",
    "link": "Address of the customer's page",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of e-mail. `title`: words for people, translated where they are shown."""

    key: str
    title: str
    placeholders: tuple[str, ...]
    is_reminder: bool = False


def _kinds() -> dict[str, Kind]:
    documents = [
        Kind(kind.key, kind.title, (*_DOCUMENT, *(_OWED if kind.is_owed else ()), *_PEOPLE)) for kind in TYPES.values()
    ]
    others = [
        *(Kind(f"reminder_{step}", title, (*_DOCUMENT, *_OWED, *_PEOPLE), is_reminder=True)
          for step, title in enumerate(("Before it is due", "First reminder", "Second reminder", "Third reminder"))),
        Kind("thanks", "Thanks for a payment", ("amount_paid", "paid_on", "number", "balance", *_PEOPLE)),
        Kind("statement", "Statement of account", ("date", "balance", *_PEOPLE)),
    ]  # fmt: skip
    return {kind.key: kind for kind in (*documents, *others)}


#: key → kind, in the order in which pages list them
KINDS: Mapping[str, Kind] = _kinds()
