"""The catalogue: items that are sold again and again, and what one costs in a currency. None of the verbs commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import selectinload

from billing.errors import MoveRefused
from billing.money import round_money
from extensions import db
from models import Item, ItemPrice, Organisation
from models.audit import Actor, record
from models.customer import name_key
from models.references import counted, naming

#: how many a search gives; typing more narrows them down
OFFERED = 20
TABLE: Table = Item.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class ItemValues:
    """What a person says about an item. `rate` is per unit in base currency, `prices` by other currency; no tax."""

    name: str
    sku: str = ""
    kind: str = "service"
    description: str = ""
    unit: str = ""
    rate: Decimal = Decimal(0)
    tax_id: int | None = None
    prices: Mapping[str, Decimal] = field(default_factory=dict)


def price_of(item: Item, currency: str, exchange_rate: Decimal | None = None) -> Decimal | None:
    """Return what one unit costs without tax: the price for that currency, else the base price converted.

    `exchange_rate`: one unit of `currency` in base currency, as on transactions. None when there is no price for
    the currency and no rate either: then a person must say.
    """
    for price in item.prices:
        if price.currency == currency:
            return price.rate
    if currency == db.session.get_one(Organisation, 1).base_currency:
        return item.rate
    return round_money(item.rate / exchange_rate, currency) if exchange_rate else None


def search(words: str, *, limit: int = OFFERED) -> list[Item]:
    """Return active items in whose name every word stands, or whose number begins so; by name, with their prices."""
    query = select(Item).where(Item.is_active, *matching(words)).options(selectinload(Item.prices))
    return list(db.session.scalars(query.order_by(Item.name_key, Item.id).limit(limit)))


def matching(words: str) -> list[ColumnElement[bool]]:
    """Return the conditions that `search` sets; none for empty text."""
    text = " ".join(words.replace("\x00", "")[:100].split())
    if not text:
        return []
    named: ColumnElement[bool] = db.and_(
        *(Item.name_key.contains(word, autoescape=True) for word in name_key(text).split())
    )
    return [named | Item.sku.istartswith(text, autoescape=True)]


def add(values: ItemValues, actor: Actor) -> Item:
    """Put a new item into the catalogue."""
    item = Item(source="local")
    _write(item, values)
    record(actor, "item.added", ("item", item.id), item.name, (None, facts(item)))
    return item


def change(item: Item, values: ItemValues, actor: Actor) -> None:
    """Change an item; lines that carry it already stay as they are."""
    before = facts(item)
    _write(item, values)
    record(actor, "item.edited", ("item", item.id), item.name, (before, facts(item)))


def _write(item: Item, values: ItemValues) -> None:
    _refuse_taken(item, values)
    item.name, item.name_key, item.sku, item.kind = values.name, name_key(values.name), values.sku, values.kind
    item.description, item.unit, item.rate, item.tax_id = (
        values.description, values.unit, values.rate, values.tax_id,
    )  # fmt: skip
    known = {price.currency: price for price in item.prices}
    kept = []
    for currency, rate in values.prices.items():
        price = known.get(currency) or ItemPrice(currency=currency)
        price.rate = rate
        kept.append(price)
    item.prices = kept
    db.session.add(item)
    db.session.flush()


def _refuse_taken(item: Item, values: ItemValues) -> None:
    """Refuse a name or number that another item has: lists and imports tell items by them."""
    others = select(Item.name).where(Item.id != (item.id or 0)).limit(1)
    if db.session.scalar(others.where(Item.name_key == name_key(values.name))):
        raise MoveRefused(_("There is an item called %(name)s already. Change that one, or choose another name.",
                            name=values.name))  # fmt: skip
    if values.sku and (taken := db.session.scalar(others.where(Item.sku == values.sku))):
        raise MoveRefused(_("%(sku)s is the number of %(name)s. Choose another.", sku=values.sku, name=taken))


def facts(item: Item) -> dict[str, Any]:
    """Return an item's own values for the audit log."""
    return {
        "name": item.name, "sku": item.sku, "kind": item.kind, "description": item.description, "unit": item.unit,
        "rate": str(item.rate), "tax_id": item.tax_id,
        "prices": {price.currency: str(price.rate) for price in item.prices},
    }  # fmt: skip


def set_active(item: Item, is_active: bool, actor: Actor) -> None:
    """Offer an item, or offer it no more; what carries it stays as it is."""
    verb = "item.activated" if is_active else "item.deactivated"
    record(actor, verb, ("item", item.id), item.name, ({"is_active": item.is_active}, {"is_active": is_active}))
    item.is_active = is_active


def remove(item: Item, actor: Actor) -> str:
    """Delete an item that nothing names (returns ""); else make it inactive and return what names it, in words."""
    used = naming(TABLE, item.id, {ItemPrice.__tablename__})
    if used:
        set_active(item, False, actor)
        return counted(used)
    record(actor, "item.deleted", ("item", item.id), item.name, (facts(item), None))
    db.session.delete(item)
    db.session.flush()
    return ""
