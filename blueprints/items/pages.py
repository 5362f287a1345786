"""Reading items: the list with its filters, an item's page, and the answers for the editor of transactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import ColumnElement, Select

from billing import catalogue
from blueprints.access import needs
from blueprints.asked import phrase
from blueprints.choosing import options_answer
from blueprints.filters import money, organisation
from blueprints.items.frame import blueprint, item_or_404
from blueprints.paging import Page, Sort, paged
from blueprints.render import page_or_fragment
from extensions import db
from models import Item, Tax
from models.item import ITEM_KINDS
from models.references import naming

SORTS = (Sort("name", Item.name_key), Sort("sku", Item.sku))
STATES: dict[str, Any] = {"active": [Item.is_active], "inactive": [~Item.is_active], "all": []}


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items: words of the name or the beginning of the number, active or not, of one kind."""

    q: str = ""
    state: str = "active"
    kind: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> ItemFilter:
        """Read a query string; what makes no sense is left aside."""
        state, kind = args.get("state", ""), args.get("kind", "")
        return cls(phrase(args.get("q")), state if state in STATES else "active", kind if kind in ITEM_KINDS else "")

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered at all."""
        return self != ItemFilter()

    def words(self) -> dict[str, str]:
        """Return the filter as a query string says it."""
        return {name: value for name in ("q", "state", "kind") if (value := getattr(self, name))}

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a statement over items must say."""
        kinds = [Item.kind == self.kind] if self.kind else []
        return [*STATES[self.state], *kinds, *catalogue.matching(self.q)]


def listed(chosen: ItemFilter) -> Select[Any]:
    """Select the rows of the list: plain columns, with the name of the tax."""
    columns = (
        Item.id, Item.name, Item.sku, Item.kind, Item.unit, Item.rate, Item.is_active, Item.description,
        Tax.name.label("tax"),
    )  # fmt: skip
    found: Select[Any] = db.select(*columns).outerjoin(Tax, Tax.id == Item.tax_id).where(*chosen.conditions())
    return found


@blueprint.get("/")
@needs("items.view")
def index() -> Any:
    """List items by name or number; `q`, `state` and `kind` filter."""
    chosen = ItemFilter.read(request.args)
    page: Page = paged(listed(chosen), Item.id, SORTS)
    here = organisation()
    return page_or_fragment(
        "items/index.html", "items/_items_list.html",
        page=page, chosen=chosen, base=here.base_currency if here else "USD",
    )  # fmt: skip


@blueprint.get("/<int:item_id>")
@needs("items.view")
def show(item_id: int) -> Any:
    """Show an item with its prices, and whether anything carries it."""
    item, here = item_or_404(item_id), organisation()
    used = naming(catalogue.TABLE, item.id, {"item_prices"})
    return page_or_fragment(
        "items/show.html", item=item, base=here.base_currency if here else "USD", is_used=bool(used)
    )


@blueprint.get("/options")
@needs("items.view")
def options() -> str:
    """Offer active items to a combobox (`q`); the hint is the price in `currency` (with `rate`) and the number."""
    currency, rate = _asked_currency()
    found = catalogue.search(request.args.get("q", ""))
    return options_answer([(item.id, item.name, _hint(item, currency, rate)) for item in found])


@blueprint.get("/<int:item_id>/line")
@needs("items.view")
def line(item_id: int) -> Response:
    """Say as JSON what a new line of this item holds, in `currency` at `rate`; `rate` is null where none is known."""
    item = item_or_404(item_id)
    price = catalogue.price_of(item, *_asked_currency())
    return jsonify(
        item_id=item.id, name=item.name, description=item.description, unit=item.unit, kind=item.kind,
        tax_id=item.tax_id, rate=None if price is None else str(price),
    )  # fmt: skip


def _asked_currency() -> tuple[str, Decimal | None]:
    """Return the currency that is asked for (the base currency if none is) and one unit of it in base currency."""
    here = organisation()
    asked = request.args.get("currency", "")[:3].upper() or (here.base_currency if here else "USD")
    try:
        rate = Decimal(request.args.get("rate", "")[:30] or "0")
    except InvalidOperation:
        rate = Decimal(0)
    return asked, rate if rate.is_finite() and rate > 0 else None


def _hint(item: Item, currency: str, rate: Decimal | None) -> str:
    price = catalogue.price_of(item, currency, rate)
    words = "" if price is None else money(price, currency) + (f" / {item.unit}" if item.unit else "")
    return " · ".join(part for part in (words, item.sku) if part)
