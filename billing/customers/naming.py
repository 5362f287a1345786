"""What a row of a customer is called, in sentences for people."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _
from sqlalchemy import Table, select

from billing.money import format_money
from billing.types import TYPES
from extensions import Base, db
from models import Organisation
from models.references import referring

#: a row: its table's name and its id
Node = tuple[str, int]


def title_of(node: Node) -> str:
    """Name a row as a person would look for it: its number, its name, or its day and amount."""
    table = Base.metadata.tables[node[0]]
    row = db.session.execute(table.select().where(table.c.id == node[1])).mappings().one_or_none()
    if row is None:
        return str(_("A record that is gone"))
    if row.get("number"):
        return str(row["number"])
    if "amount" in row or node[0] == "transactions":
        return _dated(node[0], row)
    full = " ".join(part for part in (row.get("first_name"), row.get("last_name")) if part)
    return str(row.get("name") or full or row.get("email") or row.get("title") or _("A record without a name"))


def _dated(table: str, row: Any) -> str:
    organisation = db.session.get(Organisation, 1)
    locale = organisation.locale if organisation else "en_GB"
    amount = format_money(row["total"] if "total" in row else row["amount"], row["currency"], locale)
    words = {"day": format_date(row["date"], "medium", locale=locale), "amount": amount}
    if table == "transactions":
        return str(_("%(kind)s draft of %(day)s over %(amount)s", kind=_(TYPES[row["type"]].title), **words))
    if table == "expenses":
        return str(_("the expense of %(day)s over %(amount)s", **words))
    return str(_("the payment of %(day)s over %(amount)s", **words))


def some_of(target: Table, row_id: int, without: Collection[str] = (), most: int = 3) -> list[str]:
    """Name a few of the rows that name this one, one of each table first come first."""
    found: list[str] = []
    for table, column in referring(target):
        if table.name not in without and "id" in table.c and len(found) < most:
            ids = db.session.scalars(select(table.c.id).where(column == row_id).limit(most - len(found)))
            found += [title_of((table.name, one)) for one in ids]
    return found
