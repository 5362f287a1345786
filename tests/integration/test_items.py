"""Items: the catalogue's list, an item's form and page, prices by currency, and what the editor asks."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from billing import catalogue
from billing.catalogue import ItemValues
from billing.errors import MoveRefused
from extensions import db
from models import AuditEntry, Item, ItemPrice
from models.audit import Actor
from models.customer import name_key
from tests import factories as make

pytestmark = pytest.mark.usefixtures("plain_forms")
ACTOR = Actor("person", "Olga Marsh")


@pytest.fixture
def plain_forms(app: Any) -> None:
    """Forms without the hidden token; that it is asked for is tested with the sign-in."""
    app.config["WTF_CSRF_ENABLED"] = False


def make_item(name: str = "Workshop", **values: Any) -> Item:
    plain = {"name_key": name_key(name), "rate": Decimal("400")}
    item = Item(name=name, **(plain | values))
    db.session.add(item)
    db.session.flush()
    return item


def fields(**changed: str) -> dict[str, str]:
    """What a browser sends for an item."""
    plain = {"name": "Workshop", "kind": "service", "sku": "WS-1", "unit": "day", "rate": "1,200.50", "tax_id": "0",
             "description": "", "prices-0-currency": "EUR", "prices-0-rate": "1100"}  # fmt: skip
    return plain | changed


def test_an_empty_catalogue_says_what_to_do(browser_of: Any, people: Any) -> None:
    page = browser_of(people.bruno).get("/items/").text

    assert "No items yet" in page
    assert 'href="/items/new"' in page


def test_a_new_item_is_kept_with_its_prices(browser_of: Any, people: Any) -> None:
    bruno = browser_of(people.bruno)

    answer = bruno.post("/items/new", data=fields())

    item = db.session.scalars(db.select(Item)).one()
    assert answer.location == f"/items/{item.id}"
    assert (item.name, item.sku, item.unit, item.rate) == ("Workshop", "WS-1", "day", Decimal("1200.5"))
    assert {price.currency: price.rate for price in item.prices} == {"EUR": Decimal("1100")}
    page = bruno.get(f"/items/{item.id}").text
    assert "US$1,200.50" in page
    assert "€1,100.00" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "  "}, "Give the item a name."),
        ({"rate": "dear"}, "Enter a number, for example 95.00."),
        ({"rate": "-5"}, "Enter a number of 0 or more."),
        ({"prices-0-currency": ""}, "Choose the currency of this price."),
        ({"prices-0-currency": "USD"}, "The price above is in this currency already."),
        ({"prices-1-currency": "EUR", "prices-1-rate": "5"}, "This currency has two prices. Keep one."),
    ],
)
def test_what_cannot_be_kept_stands_beside_its_field(
    browser_of: Any, people: Any, changed: dict[str, str], words: str
) -> None:
    answer = browser_of(people.bruno).post("/items/new", data=fields(**changed))

    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="WS-1"' in answer.text
    assert db.session.scalar(db.select(db.func.count(Item.id))) == 0


def test_one_more_price_can_be_asked_for_without_losing_what_was_typed(browser_of: Any, people: Any) -> None:
    answer = browser_of(people.bruno).post("/items/new", data=fields(more="1"))

    assert answer.status_code == 200
    assert "prices-1-rate" in answer.text
    assert 'value="1100"' in answer.text


def test_a_name_or_number_is_given_once(browser_of: Any, people: Any) -> None:
    make_item("Workshop", sku="WS-1")
    bruno = browser_of(people.bruno)

    same_name = bruno.post("/items/new", data=fields(name="WORKSHOP", sku=""))
    same_number = bruno.post("/items/new", data=fields(name="Course"))

    assert "There is an item called WORKSHOP already." in same_name.text
    assert "WS-1 is the number of Workshop." in same_number.text
    assert db.session.scalar(db.select(db.func.count(Item.id))) == 1


def test_editing_changes_prices_and_tells_the_audit_log(browser_of: Any, people: Any) -> None:
    item = make_item(prices=[ItemPrice(currency="EUR", rate=Decimal(300)), ItemPrice(currency="GBP", rate=Decimal(1))])

    changed = fields(**{"prices-0-rate": "350", "prices-1-currency": "GBP", "prices-1-rate": ""})
    browser_of(people.bruno).post(f"/items/{item.id}/edit", data=changed)

    assert {price.currency: price.rate for price in item.prices} == {"EUR": Decimal(350)}
    told = db.session.scalars(db.select(AuditEntry).where(AuditEntry.verb == "item.edited")).one()
    assert told.before["prices"] == {"EUR": "300.0000", "GBP": "1.0000"}
    assert told.actor == "Bruno Keller"


def test_an_item_that_nothing_carries_is_deleted(browser_of: Any, people: Any) -> None:
    item = make_item()

    answer = browser_of(people.bruno).post(f"/items/{item.id}/delete")

    assert answer.location == "/items/"
    assert db.session.scalar(db.select(db.func.count(Item.id))) == 0


def test_an_item_in_use_becomes_inactive_and_the_page_says_why(browser_of: Any, people: Any) -> None:
    item = make_item()
    make.make_line(make.make_transaction(), item_id=item.id)
    bruno = browser_of(people.bruno)

    bruno.post(f"/items/{item.id}/delete")
    page = bruno.get(f"/items/{item.id}").text

    assert not item.is_active
    assert "Workshop stays, because it is on 1 line of a transaction." in page
    assert "Make active" in page


def test_the_list_filters_and_finds_by_words_and_number(browser_of: Any, people: Any) -> None:
    make_item("Design workshop", sku="A-100")
    make_item("Workshop notes", kind="goods", sku="B-200")
    make_item("Gone workshop", is_active=False)
    bruno = browser_of(people.bruno)

    def names(query: str) -> list[str]:
        page = bruno.get(f"/items/?{query}").text
        return [name for name in ("Design workshop", "Workshop notes", "Gone workshop") if f"<bdi>{name}</bdi>" in page]

    assert names("") == ["Design workshop", "Workshop notes"]
    assert names("q=workshop+des") == ["Design workshop"]
    assert names("q=b-2") == ["Workshop notes"]
    assert names("kind=goods") == ["Workshop notes"]
    assert names("state=inactive") == ["Gone workshop"]
    assert "Nothing fits this filter" in bruno.get("/items/?q=zebra").text


def test_every_item_is_on_exactly_one_page(browser_of: Any, people: Any) -> None:
    for number in range(120):
        make_item(f"Item {number:03}")
    bruno, seen, url = browser_of(people.bruno), [], "/items/?sort=-sku"

    while url:
        page = bruno.get(url).text
        seen.append(re.findall(r"<bdi>(Item \d{3})</bdi>", page))
        found = re.search(r'href="([^"]+)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"', page)
        url = (found[1] or found[2]).replace("&amp;", "&") if found else ""

    assert [len(names) for names in seen] == [50, 50, 20]
    assert sorted(chain(*seen)) == [f"Item {number:03}" for number in range(120)]


@pytest.mark.both_databases
def test_a_price_is_the_currencys_own_else_converted_else_unknown(organisation: Any) -> None:
    item = make_item(rate=Decimal("100"), prices=[ItemPrice(currency="EUR", rate=Decimal("95.5"))])

    assert catalogue.price_of(item, "USD") == Decimal("100")
    assert catalogue.price_of(item, "EUR", Decimal("1.25")) == Decimal("95.5")
    assert catalogue.price_of(item, "JPY", Decimal("0.0067")) == Decimal("14925")
    assert catalogue.price_of(item, "GBP", Decimal("1.3")) == Decimal("76.92")
    assert catalogue.price_of(item, "GBP") is None


@pytest.mark.both_databases
def test_a_search_takes_words_in_any_order_and_wildcards_literally(organisation: Any) -> None:
    make_item("Design workshop")
    make_item("100%_sure")
    make_item("Old design", is_active=False)

    assert [item.name for item in catalogue.search("WORK design")] == ["Design workshop"]
    assert [item.name for item in catalogue.search("%_")] == ["100%_sure"]
    assert [item.name for item in catalogue.search("")] == ["100%_sure", "Design workshop"]


def test_the_editor_is_offered_items_with_their_price_in_its_currency(browser_of: Any, people: Any) -> None:
    tax = make.make_tax()
    item = make_item(sku="WS-1", unit="day", tax_id=tax.id, description="Half a day\nwith notes")
    bruno = browser_of(people.bruno)

    options = bruno.get("/items/options?q=work&currency=EUR&rate=1.25").text
    line = bruno.get(f"/items/{item.id}/line?currency=EUR&rate=1.25").json
    unknown = bruno.get(f"/items/{item.id}/line?currency=GBP&rate=nan").json

    assert "€320.00 / day · WS-1" in options
    assert line == {
        "item_id": item.id, "name": "Workshop", "description": "Half a day\nwith notes", "unit": "day",
        "kind": "service", "tax_id": tax.id, "rate": "320.00",
    }  # fmt: skip
    assert unknown["rate"] is None


def test_the_catalogue_refuses_a_taken_number_to_every_caller(organisation: Any) -> None:
    make_item("Workshop", sku="WS-1")

    with pytest.raises(MoveRefused, match="WS-1"):
        catalogue.add(ItemValues(name="Course", sku="WS-1"), ACTOR)
