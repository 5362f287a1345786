"""Credit notes: what they take back, exactly that, once, and how it comes back (R-01, T-27)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from billing import expenses, payments, transactions
from billing.credit import credit_notes
from billing.credit.credit_notes import CreditChoice, LineCredit
from billing.errors import MoveRefused
from billing.hours.time_entries import write_off
from billing.proof import life, proof
from billing.transactions import Changes, LineChange, TimeChoice
from extensions import db
from models import CreditPick, EntryChange, TimeEntry, Transaction
from tests import factories
from tests.integration.test_billing_races import at_once
from tests.integration.test_expenses_billing import spend
from tests.money_kit import DAY, OLGA, facts, make, pay

pytestmark = pytest.mark.usefixtures("organisation")


@pytest.fixture
def aurora(db_session):
    return factories.make_customer("Aurora Outdoor")


@pytest.fixture
def web(aurora):
    return factories.make_project(aurora, "Web")


def hours(project, *minutes: int) -> list[int]:
    return [factories.make_time_entry(project, seconds=part * 60).id for part in minutes]


def bill(project, layout: str = "project") -> Transaction:
    invoice = transactions.start_from_time(TimeChoice((project.id,), layout=layout), OLGA)
    transactions.issue(invoice, OLGA)
    return invoice


def credit(invoice, *lines: LineCredit, is_off: bool = False, to: str = "issued") -> Transaction:
    note = credit_notes.start(invoice, CreditChoice(lines or None, is_off), OLGA)
    if to == "issued":
        transactions.issue(note, OLGA)
    return note


def states(ids: list[int]) -> list[str]:
    return [db.session.scalar(select(TimeEntry.billing_state).where(TimeEntry.id == key)) for key in ids]


@pytest.mark.both_databases
@pytest.mark.req("R-01", "T-27")
def test_exactly_the_picked_entries_are_unbilled_again_once_the_credit_note_is_issued(web):
    ids = hours(web, 60, 60, 120)
    invoice = bill(web)
    line = invoice.lines[0].id

    note = credit(invoice, LineCredit(line, (ids[0],)), to="draft")
    as_draft = states(ids)
    transactions.issue(note, OLGA)

    assert as_draft == ["invoiced"] * 3
    assert states(ids) == ["unbilled", "invoiced", "invoiced"]
    assert (note.total, note.status, note.credit) == (100, "closed", 0)
    assert (invoice.total, invoice.balance, invoice.status) == (400, 300, "partially_paid")
    assert [event.sentence for event in life(ids[0])][-1] == f"Back to unbilled: credited from {invoice.number}"
    assert proof().is_right


@pytest.mark.req("R-01", "T-27")
def test_credited_hours_may_be_billed_anew(web):
    ids = hours(web, 60, 60)
    invoice = bill(web)
    credit(invoice, LineCredit(invoice.lines[0].id, (ids[0],)))

    again = bill(web)

    assert (again.total, states(ids)) == (100, ["invoiced", "invoiced"])
    assert proof().is_right


@pytest.mark.req("T-27")
def test_credited_hours_are_written_off_when_asked_and_say_why(web):
    ids = hours(web, 60, 60)
    invoice = bill(web)

    note = credit(invoice, LineCredit(invoice.lines[0].id, (ids[1],)), is_off=True)

    assert states(ids) == ["invoiced", "written_off"]
    change = db.session.scalars(select(EntryChange)).one()
    assert (change.from_state, change.to_state, change.actor) == ("invoiced", "written_off", "Olga Marsh")
    assert note.number in change.reason
    assert proof().is_right


@pytest.mark.req("T-27")
def test_an_amount_without_entries_takes_money_off_and_moves_no_hours(web):
    ids = hours(web, 60, 60)
    invoice = bill(web)

    note = credit(invoice, LineCredit(invoice.lines[0].id, (), Decimal("49.50")))

    assert (note.total, invoice.balance, states(ids)) == (Decimal("49.50"), Decimal("150.50"), ["invoiced"] * 2)
    assert proof().is_right


@pytest.mark.both_databases
@pytest.mark.req("T-27", "R-14")
@pytest.mark.parametrize("mode", ["exclusive", "inclusive"])
def test_parts_and_the_rest_come_to_exactly_the_invoice_whatever_the_cents(web, mode):
    tax = factories.make_tax(percent="8.875")
    ids = hours(web, 17, 23, 41, 50)
    draft = transactions.start_from_time(TimeChoice((web.id,), layout="entry", tax_id=tax.id), OLGA)
    draft.tax_mode, draft.discount_value = mode, Decimal("3.5")
    lines = tuple(LineChange(it.id, it.name, rate=Decimal("33.33"), tax_id=tax.id) for it in draft.lines
                  if it.kind != "rounding")  # fmt: skip
    transactions.update(draft, Changes(draft.version, draft.date, draft.due_date, "", "", lines), OLGA)
    transactions.issue(draft, OLGA)

    for line in [it for it in draft.lines if it.kind != "rounding"][:2]:
        credit(draft, LineCredit(line.id))
    rest = credit(draft)

    notes = db.session.scalars(select(Transaction).where(Transaction.credits_id == draft.id)).all()
    assert sum(note.total for note in notes) == draft.total
    assert abs(rest.adjustment) <= Decimal("0.02")
    assert (draft.balance, draft.status, states(ids)) == (0, "paid", ["unbilled"] * 4)
    with pytest.raises(MoveRefused, match="Nothing is left to credit"):
        credit(draft)
    assert proof().is_right


@pytest.mark.both_databases
@pytest.mark.req("R-02", "T-27")
def test_an_entry_is_credited_once_even_when_rows_are_written_by_hand(web):
    ids = hours(web, 60, 60)
    invoice = bill(web)
    line = invoice.lines[0].id
    note = credit(invoice, LineCredit(line, (ids[0],)), to="draft")

    with pytest.raises(MoveRefused, match="credited already, or not on this line"):
        credit(invoice, LineCredit(line, (ids[0],)))
    pick = db.session.scalars(select(CreditPick)).one()
    db.session.add(CreditPick(transaction_id=note.id, line_id=pick.line_id, allocation_id=pick.allocation_id))
    with pytest.raises(IntegrityError):
        db.session.flush()


@pytest.mark.req("T-27")
def test_no_line_and_no_invoice_is_credited_above_what_it_comes_to(aurora):
    invoice = make(aurora, rates=("100", "50"))
    first = invoice.lines[0]

    with pytest.raises(MoveRefused, match=r"100 is left to credit. Enter an amount above zero"):
        credit(invoice, LineCredit(first.id, amount=Decimal("100.01")))
    note = credit(invoice, LineCredit(first.id, amount=Decimal(60)), to="draft")
    raised = (LineChange(note.lines[0].id, "More", "", Decimal(1), "", Decimal(160)),)
    transactions.update(note, Changes(note.version, note.date, None, "", "", raised), OLGA)
    with pytest.raises(MoveRefused, match=r"only US\$150.00 is left|cannot be credited above that"):
        transactions.issue(note, OLGA)


@pytest.mark.both_databases
@pytest.mark.req("T-27", "T-26")
def test_a_voided_credit_note_puts_everything_back_where_it_was(web):
    ids = hours(web, 60, 60)
    invoice = bill(web)
    note = credit(invoice, LineCredit(invoice.lines[0].id, (ids[0],)))

    transactions.void(note, "Sent by mistake", OLGA)

    assert states(ids) == ["invoiced", "invoiced"]
    assert (note.status, note.credit, invoice.status, invoice.balance) == ("void", 0, "issued", 200)
    again = credit(invoice)
    assert (again.total, states(ids)) == (200, ["unbilled", "unbilled"])
    assert proof().is_right


@pytest.mark.req("T-27")
def test_a_credit_note_whose_hours_are_billed_anew_is_not_voided_and_says_where(web):
    ids = hours(web, 60, 60)
    invoice = bill(web)
    note = credit(invoice, LineCredit(invoice.lines[0].id, (ids[0],)))
    again = bill(web)
    step = db.session.begin_nested()

    with pytest.raises(MoveRefused, match=f"{note.number} credited is on {again.number} by now"):
        transactions.void(note, "Mistake", OLGA)
    step.rollback()
    db.session.expire_all()
    transactions.void(again, "Mistake", OLGA)
    write_off([ids[0]], "Goodwill", OLGA)
    with pytest.raises(MoveRefused, match="were written off or moved meanwhile"):
        transactions.void(note, "Mistake", OLGA)


@pytest.mark.req("T-27")
def test_a_credit_note_that_was_used_or_refunded_is_not_voided_before_that_is_taken_back(aurora):
    paid, later = make(aurora), make(aurora)
    pay(aurora, "100", (paid, "100"))
    note = credit(paid)
    drawn = payments.draw_credit(note, later, Decimal(40), DAY, OLGA)
    back = payments.refund(note, facts("60"), OLGA)

    assert (note.status, note.credit) == ("closed", 0)
    with pytest.raises(MoveRefused, match=f"was used on {later.number}"):
        transactions.void(note, "Mistake", OLGA)
    payments.take_back(drawn, OLGA)
    with pytest.raises(MoveRefused, match=r"was refunded. Reverse that refund first"):
        transactions.void(note, "Mistake", OLGA)
    payments.reverse(back, "Not paid out", OLGA)
    assert (note.status, note.credit) == ("issued", 100)
    transactions.void(note, "Mistake", OLGA)
    assert (paid.status, paid.balance, later.balance) == ("paid", 0, 100)
    assert proof().is_right


@pytest.mark.req("T-26")
def test_an_invoice_with_a_credit_note_is_not_voided_not_even_with_a_draft_of_one(web):
    hours(web, 60)
    invoice = bill(web)
    note = credit(invoice, to="draft")

    with pytest.raises(MoveRefused, match=r"is credited by a draft. Void or delete that first"):
        transactions.void(invoice, "Mistake", OLGA)
    transactions.delete_draft(note, OLGA)
    transactions.void(invoice, "Mistake", OLGA)

    assert invoice.status == "void"
    assert proof().is_right


@pytest.mark.req("T-27")
def test_entries_of_a_line_that_is_removed_from_the_draft_stay_on_the_invoice(web):
    ids = hours(web, 60, 60)
    invoice = bill(web, "entry")
    note = credit(invoice, to="draft")
    keep = note.lines[0]
    lines = (LineChange(keep.id, keep.name, rate=keep.rate),)

    transactions.update(note, Changes(note.version, note.date, None, "", "", lines), OLGA)
    transactions.issue(note, OLGA)

    assert sorted(states(ids)) == ["invoiced", "unbilled"]
    assert len(credit_notes.to_credit(invoice)[1].entries) == 1
    assert proof().is_right


@pytest.mark.req("T-24", "T-27")
def test_an_expense_that_is_credited_whole_is_unbilled_again_and_a_part_is_not(aurora):
    expense = spend(aurora)
    invoice = expenses.start_from_expenses([expense.id], OLGA)
    transactions.issue(invoice, OLGA)
    line = invoice.lines[0]

    credit(invoice, LineCredit(line.id, amount=Decimal(1)))
    in_part = db.session.scalar(select(type(expense).billing_state).where(type(expense).id == expense.id))
    rest = credit(invoice)
    whole = db.session.scalar(select(type(expense).billing_state).where(type(expense).id == expense.id))
    transactions.void(rest, "Mistake", OLGA)

    assert (in_part, whole) == ("invoiced", "unbilled")
    assert db.session.scalar(select(type(expense).billing_state).where(type(expense).id == expense.id)) == "invoiced"
    assert expenses.violations() == []


@pytest.mark.req("R-06")
def test_a_foreign_credit_note_undoes_at_the_rate_of_its_invoice(db_session):
    cielo = factories.make_customer("Cielo", currency="EUR")
    invoice = make(cielo)

    note = credit(invoice)

    assert (note.currency, note.exchange_rate) == ("EUR", invoice.exchange_rate)
    assert invoice.number in note.exchange_source


def test_a_blank_credit_note_is_credit_of_the_customer_at_once(aurora):
    note = make(aurora, "credit_note", rates=("25",))

    assert (note.status, note.credit, note.due_date, note.balance) == ("sent", 25, None, 0)
    assert [(it.amount, it.sources[0].number) for it in payments.credit_of(aurora.id)] == [(25, note.number)]


@pytest.mark.both_databases
@pytest.mark.req("R-02", "T-27")
def test_the_same_hours_credited_from_many_tabs_are_on_one_credit_note(app, web, db_session):
    hours(web, 60, 60)
    invoice_id = bill(web).id
    db_session.commit()

    def work() -> str:
        note = credit_notes.start(db.session.get_one(Transaction, invoice_id), CreditChoice(), OLGA)
        transactions.issue(note, OLGA)
        return "credited"

    said = at_once(app, [work] * 4)

    assert said.count("credited") == 1
    assert db_session.get_one(Transaction, invoice_id).balance == 0
    assert proof().is_right
