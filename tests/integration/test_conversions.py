"""Quote → sales order → invoice, whole or in part, and the retainer that a quote asks for (T-25)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from billing import transactions
from billing.errors import MoveRefused
from billing.proof import proof
from billing.transactions import Changes, LineChange
from extensions import db
from models import AuditEntry, Transaction
from models.audit import Actor
from tests import factories
from tests.integration.test_billing_races import at_once
from tests.money_kit import OLGA, YES, make

pytestmark = [pytest.mark.usefixtures("organisation"), pytest.mark.req("T-25")]
CARLA = Actor("customer", "Aurora Outdoor")


@pytest.fixture
def aurora(db_session):
    return factories.make_customer("Aurora Outdoor")


def left(source: Transaction) -> list[Decimal]:
    return [it.left for it in transactions.lines_left(source)]


@pytest.mark.both_databases
def test_a_quote_becomes_a_sales_order_and_that_becomes_invoices_piece_by_piece(aurora):
    quote = make(aurora, "quote", rates=("100", "50"), quantity="10", to="accepted")
    order = transactions.convert(quote, OLGA, "sales_order")
    ordered = quote.status
    transactions.issue(order, OLGA)
    first, second = order.lines

    part = transactions.convert(order, OLGA, "invoice", {first.id: Decimal(4), second.id: Decimal(10)})
    after_part = order.status, left(order)
    rest = transactions.convert(order, OLGA, "invoice")

    assert (ordered, order.type, order.total) == ("ordered", "sales_order", 1500)
    assert (part.total, after_part) == (900, ("partly_invoiced", [6, 0]))
    assert (rest.total, order.status, left(order)) == (600, "invoiced", [0, 0])
    assert [line.source_line_id for line in part.lines] == [first.id, second.id]
    assert (part.converted_from_id, order.converted_from_id) == (order.id, quote.id)
    assert proof().is_right


def test_stages_in_per_cent_bill_each_line_once(aurora):
    quote = make(aurora, "quote", rates=("9000", "500"), to="accepted")

    totals = []
    for percent in (30, 40, 50):
        quantities = transactions.percent_of_left(quote, Decimal(percent))
        totals.append(transactions.convert(quote, OLGA, "invoice", quantities).total)

    assert totals == [2850, 3800, 2850]
    assert quote.status == "invoiced"
    with pytest.raises(MoveRefused, match="only once"):
        transactions.convert(quote, OLGA)


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [("11", "there are 10 left. Take no more"), ("-1", "there are 10 left"), ("0", "Choose at least one line")],
)
def test_no_more_goes_on_than_there_is(aurora, quantity, sentence):
    order = make(aurora, "sales_order", quantity="10")

    with pytest.raises(MoveRefused, match=sentence):
        transactions.convert(order, OLGA, "invoice", {order.lines[0].id: Decimal(quantity)})
    with pytest.raises(MoveRefused, match="A line is not there any more"):
        transactions.convert(order, OLGA, "invoice", {999: Decimal(1)})
    with pytest.raises(MoveRefused, match="cannot become that kind"):
        transactions.convert(order, OLGA, "quote")


@pytest.mark.both_databases
@pytest.mark.req("T-26")
@pytest.mark.parametrize("way", ["delete", "void", "remove", "lower"])
def test_what_is_taken_out_of_a_draft_or_voided_is_left_again(aurora, way):
    order = make(aurora, "sales_order", rates=("100", "50"), quantity="10")
    made = transactions.convert(order, OLGA)
    first = made.lines[0]
    quantity = Decimal(4) if way == "lower" else Decimal(10)
    kept = LineChange(first.id, first.name, "", quantity, first.unit, first.rate)

    if way == "delete":
        transactions.delete_draft(made, OLGA)
    elif way == "void":
        transactions.issue(made, OLGA)
        transactions.void(made, "Mistake", OLGA)
    else:
        transactions.update(made, Changes(made.version, made.date, made.due_date, "", "", (kept,)), OLGA)

    expected = {"remove": ("partly_invoiced", [0, 10]), "lower": ("partly_invoiced", [6, 10])}
    assert (order.status, left(order)) == expected.get(way, ("sent", [10, 10]))
    assert proof().is_right


def test_a_draft_is_not_raised_above_what_is_left_of_its_source(aurora):
    order = make(aurora, "sales_order", quantity="10")
    line = order.lines[0]
    transactions.convert(order, OLGA, "invoice", {line.id: Decimal(7)})
    made = transactions.convert(order, OLGA)
    more = (LineChange(made.lines[0].id, "Work 1", "", Decimal(4), "pieces", Decimal(100)),)

    with pytest.raises(MoveRefused, match=r"“Work 1” of .* is over 10 pieces; with this draft 11 would be taken"):
        transactions.update(made, Changes(made.version, made.date, made.due_date, "", "", more), OLGA)


def test_a_sales_order_that_became_something_is_not_voided_before_that_is(aurora):
    order = make(aurora, "sales_order")
    made = transactions.convert(order, OLGA)

    with pytest.raises(MoveRefused, match=r"became a draft. Void or delete that first"):
        transactions.void(order, "Mistake", OLGA)
    transactions.delete_draft(made, OLGA)
    transactions.void(order, "Mistake", OLGA)

    assert order.status == "void"


@pytest.mark.both_databases
def test_the_same_rest_converted_from_many_tabs_goes_on_once(app, aurora, db_session):
    order_id = make(aurora, "sales_order", quantity="10").id
    db_session.commit()

    def work() -> str:
        return str(transactions.convert(db.session.get_one(Transaction, order_id), OLGA).id)

    said = at_once(app, [work] * 4)

    assert sum(not words.startswith("refused") for words in said) == 1
    assert left(db_session.get_one(Transaction, order_id)) == [0]


@pytest.mark.req("R-14")
def test_discounts_delivery_and_tax_go_along_and_stages_add_up_to_the_quote(aurora):
    tax = factories.make_tax(percent="19")
    quote = make(aurora, "quote", rates=("100", "200"), to="draft", tax_id=tax.id)
    quote.discount_kind, quote.discount_value, quote.shipping = "amount", Decimal(30), Decimal(12)
    kept = tuple(LineChange(it.id, it.name, "", it.quantity, it.unit, it.rate, tax.id) for it in quote.lines)
    transactions.update(quote, Changes(quote.version, quote.date, quote.due_date, "", "", kept), OLGA)
    transactions.issue(quote, OLGA)
    transactions.answer(quote, YES, OLGA)

    one = transactions.convert(quote, OLGA, "invoice", {quote.lines[0].id: Decimal(1)})
    two = transactions.convert(quote, OLGA)

    assert (one.discount_total, two.discount_total) == (10, 20)
    assert (one.shipping, two.shipping) == (12, 0)
    assert one.total + two.total == quote.total == Decimal("333.30")


# ---- the retainer of a quote


@pytest.mark.req("T-20", "R-12")
@pytest.mark.parametrize("who", [OLGA, CARLA], ids=["staff", "customer"])
def test_an_accepted_quote_starts_the_retainer_invoice_that_it_asks_for(aurora, who):
    project = factories.make_project(aurora, "Web")
    quote = make(aurora, "quote", rates=("999.99",), project=project)
    quote.retainer_percent = Decimal("33.3")

    transactions.answer(quote, YES, who)

    made = db.session.scalars(select(Transaction).where(Transaction.type == "retainer")).one()
    assert (made.status, made.total, made.currency) == ("draft", Decimal("333.00"), "USD")
    assert (made.project_id, made.converted_from_id, made.reference) == (project.id, quote.id, quote.number)
    assert made.lines[0].name == f"Retainer for {quote.number} (33.3 %)"
    assert quote.status == "accepted"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "retainer.started")).one()
    assert entry.actor == who.name
    assert transactions.convert(quote, OLGA).total == Decimal("999.99")
    assert proof().is_right


def test_a_declined_quote_and_one_that_asks_for_none_start_no_retainer(aurora):
    declined, plain = make(aurora, "quote"), make(aurora, "quote")
    declined.retainer_percent = Decimal(30)

    transactions.answer(declined, transactions.Answer("decline", "Carla"), OLGA)
    transactions.answer(plain, YES, OLGA)

    assert db.session.scalars(select(Transaction).where(Transaction.type == "retainer")).all() == []
