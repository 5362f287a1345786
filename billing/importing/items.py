"""Items from a file, with a price per currency where the file has columns such as “Price EUR”."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from billing import catalogue
from billing.catalogue import TABLE, ItemValues
from billing.importing.base import CURRENCIES, ImportKind, Plan, PlannedRow, Problem, remembered, sort_out
from billing.importing.heads import Field
from extensions import db
from models import Item, Organisation, Tax
from models.audit import Actor
from models.customer import name_key
from models.item import ITEM_KINDS
from models.references import counted, naming

_FIELDS = (
    Field("name", _l("Name"), ("item", "item name", "product", "product name", "artikel", "bezeichnung"),
          is_needed=True),
    Field("sku", _l("Item number"), ("sku", "item id", "product code", "article number", "artikelnummer"), most=60),
    Field("kind", _l("Kind"), ("type", "item type", "product type", "art"), most=40),
    Field("unit", _l("Unit"), ("usage unit", "unit name", "einheit"), most=40),
    Field("rate", _l("Price"), ("rate", "unit price", "selling price", "sales price", "preis", "einzelpreis"),
          "number"),
    Field("tax", _l("Tax"), ("tax name", "tax rate", "tax percentage", "vat", "steuer", "mwst"), most=60),
    Field("description", _l("Description"), ("details", "sales description", "beschreibung"), most=2000),
    Field("is_active", _l("Active"), ("is active", "status"), "yes"),
)  # fmt: skip
_GOODS = ("goods", "product", "ware", "waren")


class Items(ImportKind):
    """Known again by their number, else by their name."""

    key = "items"
    title = _l("Items")
    icon = "box"
    example = (
        ("Name", "Item number", "Kind", "Unit", "Price", "Price EUR", "Tax", "Description"),
        ("Design workshop", "WS-1", "service", "day", "1200.00", "1100.00", "", "Half a day, with notes"),
    )

    def fields(self) -> list[Field]:
        """Return the fixed fields, then a price for each currency that anybody here uses."""
        return [*_FIELDS, *(_price_field(code) for code in sorted(CURRENCIES))]

    def look(self, rows: list[PlannedRow], plan: Plan) -> None:
        """Check prices and taxes; find the items that are here."""
        known = db.session.execute(select(Item.name_key, Item.sku)).all()
        names, numbers = {row.name_key for row in known}, {row.sku for row in known if row.sku}
        taxes = list(db.session.scalars(select(Tax).where(Tax.is_active)))
        for row in rows:
            row.title = row.values["name"]
            row.key = f"sku:{row.values['sku']}" if row.values.get("sku") else f"name:{name_key(row.title)}"
        for row in sort_out(rows, remembered(self.key, TABLE), plan):
            problem = _problem(row, taxes)
            if problem:
                plan.problems.append(Problem(row.line, problem))
            elif row.values.get("sku") in numbers or name_key(row.title) in names:
                plan.known.append(row)
            else:
                plan.new.append(row)
                names.add(name_key(row.title))

    def write(self, row: PlannedRow, actor: Actor) -> int:
        """Put the item into the catalogue."""
        said, base = row.values, db.session.get_one(Organisation, 1).base_currency
        prices = {key.removeprefix("price."): value for key, value in said.items() if key.startswith("price.")}
        rate = said.get("rate", prices.get(base, Decimal(0)))
        values = ItemValues(
            name=row.title, sku=said.get("sku", ""), kind=row.found["kind"], description=said.get("description", ""),
            unit=said.get("unit", ""), rate=rate, tax_id=row.found.get("tax_id"),
            prices={code: price for code, price in prices.items() if code != base},
        )  # fmt: skip
        item = catalogue.add(values, actor)
        item.is_active = said.get("is_active", True)
        return item.id

    def uses(self, local_id: int) -> str:
        """Say what carries an item."""
        return counted(naming(TABLE, local_id, {"item_prices"}))

    def remove(self, local_id: int) -> None:
        """Delete an item with its prices."""
        if (item := db.session.get(Item, local_id)) is not None:
            db.session.delete(item)

    def name_of(self, local_id: int) -> str:
        """Return the item's name."""
        item = db.session.get(Item, local_id)
        return item.name if item else ""


def _price_field(code: str) -> Field:
    return Field(f"price.{code}", f"Price {code}", (f"{code} price", f"rate {code}", f"Price ({code})"), "number")


def _problem(row: PlannedRow, taxes: list[Tax]) -> str:
    for key, value in row.values.items():
        if isinstance(value, Decimal) and (value < 0 or value != round(value, 4) or value > 100_000_000):
            return str(_("Prices are 0 or more, with at most four decimal places."))
        if key == "kind":
            row.found["kind"] = _kind(value)
    row.found.setdefault("kind", "service")
    if said := row.values.get("tax", ""):
        tax = _tax(said, taxes)
        if tax is None:
            return str(_("There is no tax “%(name)s”. Add it under Settings → Taxes first.", name=said))
        row.found["tax_id"] = tax.id
    return ""


def _kind(word: Any) -> str:
    plain = str(word).casefold()
    return plain if plain in ITEM_KINDS else ("goods" if plain in _GOODS else "service")


def _tax(said: str, taxes: list[Tax]) -> Tax | None:
    """Find a tax by its name, else by its percentage."""
    plain = said.casefold().removesuffix("%").strip()
    named = next((tax for tax in taxes if tax.name.casefold() in (said.casefold(), plain)), None)
    if named is not None or not plain.replace(",", ".").replace(".", "", 1).isdigit():
        return named
    percent = Decimal(plain.replace(",", "."))
    return next((tax for tax in taxes if tax.percent == percent), None)
