"""Money that came in and went back: what it settles, what is left, and that nothing is spent twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from billing import payments, transactions
from billing.errors import MoveRefused
from billing.proof import proof
from extensions import db
from models import AuditEntry, Outbox, Payment, Settlement, Transaction
from tests import factories
from tests.integration.test_billing_races import at_once
from tests.money_kit import DAY, OLGA, facts, make, paid_retainer, pay

pytestmark = pytest.mark.usefixtures("organisation")


@pytest.fixture
def aurora(db_session):
    return factories.make_customer("Aurora Outdoor")


def told(*rows: Transaction) -> list[tuple[str, Decimal, Decimal]]:
    return [(row.status, row.balance, row.credit) for row in rows]


def living() -> int:
    return len(db.session.scalars(select(Settlement).where(Settlement.reversed_at.is_(None))).all())


# ---- payments


@pytest.mark.both_databases
@pytest.mark.req("R-12")
def test_an_invoice_is_paid_in_parts_and_says_what_is_still_open(aurora):
    invoice = make(aurora)

    pay(aurora, "30", (invoice, "30"))
    in_part = told(invoice)
    pay(aurora, "70", (invoice, "70"))

    assert in_part == [("partially_paid", 70, 0)]
    assert told(invoice) == [("paid", 0, 0)]
    assert [put.amount for put in payments.settlements_of(invoice)] == [30, 70]
    assert proof().is_right


@pytest.mark.both_databases
def test_one_payment_settles_several_and_what_is_over_is_the_customers_credit(aurora):
    first, second = make(aurora), make(aurora, rates=("50",))

    payment = pay(aurora, "170", (first, "100"), (second, "50"))

    assert told(first, second) == [("paid", 0, 0), ("paid", 0, 0)]
    assert payment.unused == 20
    credit = payments.credit_of(aurora.id)
    assert [(it.currency, it.amount, it.bound) for it in credit] == [("USD", 20, 0)]


def test_credit_of_an_over_payment_pays_the_next_invoice(aurora):
    payment = pay(aurora, "120", (make(aurora), "100"))
    later = make(aurora, rates=("15",))

    payments.settle(payment, {later.id: Decimal(15)}, OLGA)

    assert (later.status, payment.unused) == ("paid", 5)
    assert [put.number for put in payments.settlements_by(payment)][-1] == later.number


@pytest.mark.parametrize(
    ("amount", "part", "sentence"),
    [
        ("200", "150", "100.00 is open. Enter an amount above zero and no more than that"),
        ("50", "100", "The payment is over US\\$50.00"),
        ("50", "0", "Enter an amount above zero"),
        ("0", "0", "Enter an amount above zero, no finer than USD has it"),
        ("10.001", "10", "no finer than USD has it"),
    ],
)
def test_amounts_that_cannot_be_are_refused_and_nothing_is_kept(aurora, amount, part, sentence):
    invoice = make(aurora)
    step = db.session.begin_nested()

    with pytest.raises(MoveRefused, match=sentence):
        pay(aurora, amount, (invoice, part))
    step.rollback()
    db.session.expire_all()

    assert told(invoice) == [("sent", 100, 0)]
    assert db.session.scalars(select(Payment)).all() == []


def test_a_payment_settles_only_its_own_customers_documents_in_its_own_currency(aurora):
    stranger = make(factories.make_customer("Borealis"))
    euros = make(factories.make_customer("Cielo", currency="EUR"))

    for target in (stranger, euros):
        with pytest.raises(MoveRefused, match="another customer's or in another currency"):
            pay(aurora, "100", (target, "100"))
    with pytest.raises(MoveRefused, match="is Draft: nothing can be put on it"):
        pay(aurora, "100", (make(aurora, to="draft"), "100"))


@pytest.mark.req("R-06")
def test_a_foreign_payment_keeps_the_rate_of_its_day_and_where_it_came_from(aurora):
    cielo = factories.make_customer("Cielo", currency="EUR")
    invoice = make(cielo)

    with pytest.raises(MoveRefused, match="Enter what one of it is worth in USD first"):
        payments.record_payment(cielo.id, facts("100", "EUR"), {}, OLGA)
    payment = payments.record_payment(cielo.id, facts("100", "EUR", "1.0825"), {invoice.id: Decimal(100)}, OLGA)

    assert (payment.exchange_rate, payment.exchange_source) == (Decimal("1.0825"), "ECB")
    assert (invoice.exchange_rate, invoice.status) == (Decimal("1.1"), "paid")


def test_what_is_due_first_is_offered_first(aurora, organisation):
    late, soon = make(aurora, rates=("40",)), make(aurora, rates=("60",))
    late.due_date = organisation.today() - timedelta(days=9)
    draft, other = make(aurora, to="draft"), make(factories.make_customer("Borealis"))

    found = payments.open_transactions(aurora.id, "USD")

    assert found == [late, soon]
    assert {draft.id, other.id}.isdisjoint(it.id for it in found)
    assert payments.oldest_first(found, Decimal(70)) == {late.id: 40, soon.id: 30}
    assert payments.oldest_first(found, Decimal(10)) == {late.id: 10}


@pytest.mark.req("R-12")
def test_a_mistaken_payment_is_reversed_with_a_reason_and_its_invoices_are_open_again(aurora):
    first, second = make(aurora), make(aurora, to="issued")
    payment = pay(aurora, "150", (first, "100"), (second, "30"))

    with pytest.raises(MoveRefused, match="Say why it is reversed"):
        payments.reverse(payment, "  ", OLGA)
    payments.reverse(payment, "Wrong customer", OLGA)

    assert told(first, second) == [("sent", 100, 0), ("issued", 100, 0)]
    assert (payment.unused, payment.reverse_reason, payment.reversed_at is None) == (0, "Wrong customer", False)
    assert payments.credit_of(aurora.id) == []
    assert db.session.scalars(select(Settlement)).all() != []
    with pytest.raises(MoveRefused, match="Somebody changed this meanwhile"):
        payments.reverse(payment, "Again", OLGA)
    verbs = list(db.session.scalars(select(AuditEntry.verb).where(AuditEntry.actor == "Olga Marsh")))
    assert {"payment.recorded", "payment.reversed", "invoice.settled", "invoice.reopened"} <= set(verbs)
    assert proof().is_right


def test_one_settlement_is_taken_back_and_its_money_may_go_elsewhere(aurora):
    wrong, right = make(aurora), make(aurora)
    payment = pay(aurora, "100", (wrong, "100"))
    (settlement,) = db.session.scalars(select(Settlement)).all()

    payments.take_back(settlement, OLGA)
    payments.settle(payment, {right.id: Decimal(100)}, OLGA)

    assert told(wrong, right) == [("sent", 100, 0), ("paid", 0, 0)]
    with pytest.raises(MoveRefused, match="taken back already"):
        payments.take_back(settlement, OLGA)


def test_an_unused_rest_is_refunded_once_and_a_refund_can_be_reversed(aurora):
    payment = pay(aurora, "120", (make(aurora), "100"))

    back = payments.refund(payment, facts("20"), OLGA)

    assert (back.kind, payment.unused) == ("refund", 0)
    with pytest.raises(MoveRefused, match=r"Only US\$0.00 is left of it"):
        payments.refund(payment, facts("1"), OLGA)
    with pytest.raises(MoveRefused, match=r"was refunded\. Reverse that refund first"):
        payments.reverse(payment, "Mistake", OLGA)
    payments.reverse(back, "Was not paid out", OLGA)
    assert payment.unused == 20
    assert proof().is_right


@pytest.mark.req("T-04")
def test_who_knows_the_project_is_told_that_money_came_in(aurora):
    project = factories.make_project(aurora, source="zoho_projects")
    invoice = make(aurora, project=project)

    pay(aurora, "30", (invoice, "30"))

    note = db.session.scalars(select(Outbox).where(Outbox.event == "settled")).one()
    assert (note.payload["status"], note.payload["number"]) == ("partially_paid", invoice.number)


@pytest.mark.req("T-26")
def test_an_invoice_with_money_on_it_is_not_voided_and_the_sentence_names_it(aurora):
    invoice = make(aurora)
    payment = pay(aurora, "30", (invoice, "30"))

    with pytest.raises(MoveRefused, match=r"is settled by a payment of US\$30.00. Take that back first, or write a cr"):
        transactions.void(invoice, "Mistake", OLGA)
    payments.reverse(payment, "Bounced", OLGA)
    transactions.void(invoice, "Mistake", OLGA)

    assert told(invoice) == [("void", 0, 0)]


# ---- retainers


@pytest.mark.both_databases
@pytest.mark.req("T-20")
def test_a_retainer_is_paid_drawn_by_several_invoices_and_used_up(aurora):
    retainer, first, second = make(aurora, "retainer", rates=("500",)), make(aurora), make(aurora, rates=("900",))
    steps = [told(retainer)]

    pay(aurora, "200", (retainer, "200"))
    steps.append(told(retainer))
    pay(aurora, "300", (retainer, "300"))
    steps.append(told(retainer))
    payments.draw_credit(retainer, first, Decimal(100), DAY, OLGA)
    steps.append(told(retainer))
    payments.draw_credit(retainer, second, Decimal(400), DAY, OLGA)
    steps.append(told(retainer))

    assert steps == [
        [("sent", 500, 0)], [("partially_paid", 300, 200)], [("paid", 0, 500)], [("partly_drawn", 0, 400)],
        [("drawn", 0, 0)],
    ]  # fmt: skip
    assert told(first, second) == [("paid", 0, 0), ("partially_paid", 500, 0)]
    assert [put.number for put in payments.settlements_by(retainer)] == [first.number, second.number]
    assert proof().is_right


@pytest.mark.req("T-20")
def test_several_retainers_pay_for_one_invoice(aurora):
    one, two, invoice = paid_retainer(aurora, "60"), paid_retainer(aurora, "60"), make(aurora)

    payments.draw_credit(one, invoice, Decimal(60), DAY, OLGA)
    payments.draw_credit(two, invoice, Decimal(40), DAY, OLGA)

    assert told(invoice, one, two) == [("paid", 0, 0), ("drawn", 0, 0), ("partly_drawn", 0, 20)]
    assert [put.number for put in payments.settlements_of(invoice)] == [one.number, two.number]


@pytest.mark.req("T-20")
def test_what_is_left_of_a_retainer_is_refunded_and_comes_back_when_that_was_a_mistake(aurora):
    retainer = paid_retainer(aurora)

    part = payments.refund(retainer, facts("200"), OLGA)
    half = told(retainer)
    payments.refund(retainer, facts("300"), OLGA)
    whole = told(retainer)
    with pytest.raises(MoveRefused, match="is Refunded and holds no credit to refund"):
        payments.refund(retainer, facts("1"), OLGA)
    payments.reverse(part, "Not paid out", OLGA)

    assert (half, whole) == ([("partly_drawn", 0, 300)], [("refunded", 0, 0)])
    assert told(retainer) == [("partly_drawn", 0, 200)]


@pytest.mark.req("T-20")
def test_a_payment_of_a_retainer_that_was_drawn_is_not_reversed_before_that_is_taken_back(aurora):
    retainer, invoice = make(aurora, "retainer", rates=("500",)), make(aurora)
    payment = pay(aurora, "500", (retainer, "500"))
    drawn = payments.draw_credit(retainer, invoice, Decimal(100), DAY, OLGA)
    step = db.session.begin_nested()

    with pytest.raises(MoveRefused, match=f"US\\$100.00 of {retainer.number} was used or refunded already"):
        payments.reverse(payment, "Bounced", OLGA)
    step.rollback()
    db.session.expire_all()
    payments.take_back(drawn, OLGA)
    payments.reverse(payment, "Bounced", OLGA)

    assert told(retainer, invoice) == [("sent", 500, 0), ("sent", 100, 0)]


@pytest.mark.req("T-21")
@pytest.mark.parametrize("where", ["other project", "no project", "one line of another"])
def test_a_projects_retainer_never_pays_for_other_work(aurora, where):
    web, shop = factories.make_project(aurora, "Web"), factories.make_project(aurora, "Shop")
    retainer = paid_retainer(aurora, project=web)
    invoice = make(aurora, project={"other project": shop, "no project": None}.get(where, web))
    if where == "one line of another":
        invoice.lines[0].project_id = shop.id
    own = make(aurora, project=web)

    with pytest.raises(MoveRefused, match="was paid in advance for Web only"):
        payments.draw_credit(retainer, invoice, Decimal(100), DAY, OLGA)
    payments.draw_credit(retainer, own, Decimal(100), DAY, OLGA)

    assert payments.usable_for(invoice) == []
    assert [(it.id, it.project_name) for it in payments.usable_for(own)] == [(retainer.id, "Web")]
    assert payments.credit_of(aurora.id)[0].bound == 400
    assert told(invoice, own) == [("sent", 100, 0), ("paid", 0, 0)]


@pytest.mark.req("T-20")
def test_a_retainer_without_a_project_pays_for_any_work_but_not_for_another_retainer(aurora):
    retainer, web = paid_retainer(aurora), factories.make_project(aurora, "Web")
    invoice, other = make(aurora, project=web), make(aurora, "retainer")

    payments.draw_credit(retainer, invoice, Decimal(100), DAY, OLGA)
    with pytest.raises(MoveRefused, match="A retainer cannot pay for another retainer"):
        payments.draw_credit(retainer, other, Decimal(100), DAY, OLGA)

    assert [it.id for it in payments.usable_for(make(aurora))] == [retainer.id]
    assert payments.usable_for(other) == []


def test_credit_is_drawn_for_the_same_customer_and_no_more_than_there_is(aurora):
    retainer, dear = paid_retainer(aurora, "60"), make(aurora)

    for amount in ("60.01", "0", "-5"):
        with pytest.raises(MoveRefused, match=r"above zero and at most US\$60.00"):
            payments.draw_credit(retainer, dear, Decimal(amount), DAY, OLGA)
    with pytest.raises(MoveRefused, match="belongs to another customer"):
        payments.draw_credit(retainer, make(factories.make_customer("Borealis")), Decimal(1), DAY, OLGA)


# ---- two tabs


@pytest.mark.both_databases
@pytest.mark.req("T-20")
def test_one_credit_is_never_spent_twice_from_many_tabs(app, aurora, db_session):
    retainer_id, ids = paid_retainer(aurora, "100").id, [make(aurora).id for _ in range(4)]
    db_session.commit()

    def draw(invoice_id: int):
        def work() -> str:
            retainer = db.session.get_one(Transaction, retainer_id)
            payments.draw_credit(retainer, db.session.get_one(Transaction, invoice_id), Decimal(100), DAY, OLGA)
            return "drawn"

        return work

    said = at_once(app, [draw(invoice_id) for invoice_id in ids])

    assert said.count("drawn") == 1
    assert sum(db_session.get_one(Transaction, it).status == "paid" for it in ids) == 1
    assert proof().is_right


@pytest.mark.both_databases
def test_one_invoice_is_never_paid_twice_nor_one_rest_spent_or_refunded_twice(app, aurora, db_session):
    invoice_id, payment_id = make(aurora).id, pay(aurora, "100").id
    db_session.commit()

    def settle() -> str:
        payments.settle(db.session.get_one(Payment, payment_id), {invoice_id: Decimal(100)}, OLGA)
        return "settled"

    def refund() -> str:
        payments.refund(db.session.get_one(Payment, payment_id), facts("100"), OLGA)
        return "refunded"

    said = at_once(app, [settle, refund, settle, refund])

    assert sum(not words.startswith("refused") for words in said) == 1
    assert db_session.get_one(Payment, payment_id).unused == 0
    assert proof().is_right
