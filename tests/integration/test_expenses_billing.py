"""Every expense is billed at most once, at what it comes to, whatever people do in whatever order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from billing import expenses, transactions
from billing.errors import MoveRefused
from billing.expenses import ExpenseValues
from billing.proof import proof
from billing.transactions import Changes, LineChange, TimeChoice
from extensions import db
from models import AuditEntry, Expense, ExpenseAllocation, ExpenseCategory, Transaction
from models.audit import Actor
from sync.invariants import broken_invariants
from tests import factories
from tests.integration.test_billing_races import at_once

pytestmark = pytest.mark.usefixtures("organisation")
OLGA = Actor("person", "Olga Marsh")


def spend(customer=None, project=None, **values) -> Expense:
    plain = {
        "date": date(2026, 6, 15), "category": "Travel", "vendor": "Deutsche Bahn", "description": "Train to Ulm",
        "currency": "USD", "amount": Decimal(100), "is_billable": customer is not None,
        "customer_id": customer.id if customer else None, "project_id": project.id if project else None,
    }  # fmt: skip
    return expenses.add(ExpenseValues(**(plain | values)), OLGA)


def change(transaction, kept) -> None:
    lines = tuple(LineChange(line.id, line.name, rate=line.rate, tax_id=line.tax_id) for line in kept)
    facts = Changes(transaction.version, transaction.date, transaction.due_date, "", "", lines)
    transactions.update(transaction, facts, OLGA)


@pytest.mark.req("T-24", "R-14")
@pytest.mark.parametrize(
    ("amount", "percent", "is_included", "markup", "billed", "total"),
    [
        ("100", "0", True, "0", "100.00", "100.00"),
        ("119", "19", True, "0", "100.00", "119.00"),
        ("100", "19", False, "0", "100.00", "119.00"),
        ("100", "19", False, "10", "110.00", "130.90"),
        ("33.33", "0", True, "12.5", "37.50", "37.50"),
        ("0.05", "0", True, "10", "0.06", "0.06"),
        ("10.01", "7", True, "5", "9.83", "10.52"),
    ],
)
def test_an_expense_comes_to_its_net_amount_with_markup_and_its_tax_on_top(
    db_session, amount, percent, is_included, markup, billed, total
):
    tax = factories.make_tax("VAT", percent) if Decimal(percent) else None
    expense = spend(
        factories.make_customer(), amount=Decimal(amount), tax_id=tax.id if tax else None, tax_is_included=is_included,
        markup_percent=Decimal(markup),
    )  # fmt: skip

    draft = expenses.start_from_expenses([expense.id], OLGA)

    (line,) = draft.lines
    assert line.amount == Decimal(billed)
    assert draft.total == Decimal(total)
    assert expenses.violations() == []


@pytest.mark.req("R-14")
@pytest.mark.parametrize(
    ("currency", "amount", "net", "tax"),
    [("JPY", "1100", "1000", "100"), ("KWD", "1.100", "1.000", "0.100"), ("USD", "0.99", "0.90", "0.09")],
)
def test_net_and_tax_are_rounded_to_the_currency_and_add_up_to_what_was_paid(db_session, currency, amount, net, tax):
    found = expenses.net_and_tax(Decimal(amount), Decimal(10), is_included=True, currency=currency)

    assert found == (Decimal(net), Decimal(tax))
    assert sum(found) == Decimal(amount)


@pytest.mark.req("T-24", "R-03")
def test_an_expense_goes_from_unbilled_to_invoiced_and_back_when_the_invoice_is_void(db_session):
    expense = spend(factories.make_customer("Aurora"))
    states = [expense.billing_state]

    draft = expenses.start_from_expenses([expense.id], OLGA)
    db_session.refresh(expense)
    states.append(expense.billing_state)
    transactions.issue(draft, OLGA)
    db_session.refresh(expense)
    states.append(expense.billing_state)
    transactions.void(draft, "Wrong", OLGA)
    db_session.refresh(expense)
    states.append(expense.billing_state)

    assert states == ["unbilled", "on_draft", "invoiced", "unbilled"]
    assert [event.kind for event in expenses.life(expense.id)] == ["changed", "on_draft", "invoiced", "released"]
    assert broken_invariants() == []


@pytest.mark.req("T-26", "T-24")
@pytest.mark.parametrize("way", ["line", "draft"])
def test_an_expense_is_unbilled_again_when_its_line_or_its_draft_goes(db_session, way):
    expense = spend(factories.make_customer())
    other = spend(factories.make_customer("Boreal"))
    draft = expenses.start_from_expenses([expense.id], OLGA)

    if way == "line":
        change(draft, [])
    else:
        transactions.delete_draft(draft, OLGA)

    db_session.refresh(expense)
    assert expense.billing_state == "unbilled"
    assert [it.id for it in expenses.unbilled(expense.customer_id)] == [expense.id]
    assert other.id != expense.id
    assert expenses.violations() == []


@pytest.mark.req("R-01", "R-04")
def test_the_editor_can_reword_and_tax_the_line_of_an_expense_but_not_change_what_it_comes_to(db_session):
    tax = factories.make_tax("VAT", "19")
    expense = spend(factories.make_customer(), markup_percent=Decimal(10))
    draft = expenses.start_from_expenses([expense.id], OLGA)
    (line,) = draft.lines

    words = LineChange(line.id, "Journey", quantity=Decimal(5), rate=Decimal(7), tax_id=tax.id)
    facts = Changes(draft.version, draft.date, draft.due_date, "", "", (words,))
    transactions.update(draft, facts, OLGA)

    (line,) = draft.lines
    assert (line.name, line.amount, line.quantity) == ("Journey", Decimal("110.00"), Decimal(1))
    assert draft.total == Decimal("130.90")
    assert expenses.violations() == []


@pytest.mark.req("T-10")
def test_only_expenses_of_exactly_the_project_and_the_customer_are_offered(db_session):
    aurora, boreal = factories.make_customer("Aurora"), factories.make_customer("Boreal")
    site, shop = factories.make_project(aurora, "Site"), factories.make_project(aurora, "Shop")
    both = spend(aurora, site, description="Both")
    spend(boreal, site, description="The project, but another customer's")
    spend(aurora, shop, description="The customer, but another project's")
    spend(aurora, description="The customer, no project")
    spend(description="Nobody's")
    expenses.start_from_expenses([spend(aurora, site, description="Billed already").id], OLGA)
    gone = spend(aurora, site, description="Deleted")
    expenses.delete(gone, OLGA)

    assert [expense.id for expense in expenses.unbilled(aurora.id, site.id)] == [both.id]


@pytest.mark.req("T-24")
def test_only_billable_expenses_can_be_invoiced(db_session):
    aurora = factories.make_customer("Aurora")
    mine = spend(aurora, is_billable=False)

    with pytest.raises(MoveRefused, match="Only billable expenses"):
        expenses.start_from_expenses([mine.id], OLGA)


def test_expenses_of_two_customers_do_not_share_an_invoice(db_session):
    ids = [spend(factories.make_customer("Aurora")).id, spend(factories.make_customer("Boreal")).id]

    with pytest.raises(MoveRefused, match="several customers"):
        expenses.start_from_expenses(ids, OLGA)


def test_an_expense_of_another_customer_is_not_put_on_a_draft(db_session):
    draft = transactions.start_blank(factories.make_customer("Aurora").id, OLGA)
    foreign = spend(factories.make_customer("Boreal"))

    with pytest.raises(MoveRefused, match="another customer"):
        expenses.take(draft, [foreign.id], OLGA)


def test_a_billable_expense_needs_a_customer(db_session):
    with pytest.raises(MoveRefused, match="needs a customer"):
        spend(is_billable=True)


@pytest.mark.req("T-24", "R-14")
def test_another_currency_needs_a_rate_and_is_rounded_once(db_session):
    expense = spend(factories.make_customer(), currency="EUR", amount=Decimal("33.33"), markup_percent=Decimal(10))

    with pytest.raises(MoveRefused, match=r"EUR.*Enter the exchange rate"):
        expenses.start_from_expenses([expense.id], OLGA)
    db_session.rollback()
    expense = spend(factories.make_customer(), currency="EUR", amount=Decimal("33.33"), markup_percent=Decimal(10))
    draft = expenses.start_from_expenses([expense.id], OLGA, {"EUR": Decimal("1.0855")})

    assert draft.currency == "USD"
    assert draft.lines[0].amount == Decimal("39.80")
    assert expenses.violations() == []


@pytest.mark.req("R-02")
def test_the_database_itself_refuses_an_expense_on_two_live_lines(db_session):
    expense = spend(factories.make_customer())
    draft = expenses.start_from_expenses([expense.id], OLGA)
    twice = {"expense_id": expense.id, "transaction_id": draft.id, "line_id": draft.lines[0].id, "amount": Decimal(1)}

    db_session.add(ExpenseAllocation(**twice))

    with pytest.raises(IntegrityError):
        db_session.flush()
    db_session.rollback()


@pytest.mark.req("R-02", "T-24")
def test_the_same_expenses_billed_from_many_tabs_are_on_one_invoice(app, db_session):
    aurora = factories.make_customer("Aurora")
    ids = [spend(aurora, description=f"Taxi {number}").id for number in range(10)]
    db_session.commit()

    said = at_once(app, [lambda: str(expenses.start_from_expenses(ids, OLGA).id)] * 5)

    losers = [sentence for sentence in said if sentence.startswith("refused")]
    assert len(losers) == 4
    assert all("already on a draft" in sentence for sentence in losers)
    assert db_session.scalar(select(func.count()).select_from(ExpenseAllocation)) == 10
    assert expenses.violations() == []


def test_an_expense_that_is_edited_while_it_is_billed_is_one_or_the_other(app, db_session):
    aurora = factories.make_customer("Aurora")
    ids = [spend(aurora, description=f"Taxi {number}").id for number in range(4)]
    values = ExpenseValues(date(2026, 6, 15), "Travel", "", "Taxi", "USD", Decimal(70), customer_id=aurora.id,
                           is_billable=True)  # fmt: skip
    db_session.commit()

    def edit(key: int):
        return lambda: expenses.change(db.session.get_one(Expense, key), values, OLGA) or "edited"

    for key in ids:
        at_once(app, [lambda key=key: str(expenses.start_from_expenses([key], OLGA).id), edit(key)])

    assert expenses.violations() == []
    for draft in db_session.scalars(select(Transaction)):
        assert draft.total in {Decimal(100), Decimal(70)}


def test_two_people_who_name_a_new_category_at_once_share_it(app, db_session):
    def add():
        spend(category="Software")
        return "added"

    assert at_once(app, [add] * 4) == ["added"] * 4
    assert db_session.scalars(select(ExpenseCategory.name)).all() == ["Software"]


@pytest.mark.req("T-05")
@pytest.mark.parametrize("verb", ["change", "delete"])
def test_what_is_on_a_line_can_be_neither_changed_nor_deleted(db_session, verb):
    expense = spend(factories.make_customer())
    draft = expenses.start_from_expenses([expense.id], OLGA)
    db_session.refresh(expense)
    values = ExpenseValues(date(2026, 6, 15), "Travel", "", "Taxi", "USD", Decimal(70))
    work = {"change": lambda: expenses.change(expense, values, OLGA), "delete": lambda: expenses.delete(expense, OLGA)}

    with pytest.raises(MoveRefused, match="on a draft"):
        work[verb]()
    transactions.issue(draft, OLGA)
    db_session.refresh(expense)
    with pytest.raises(MoveRefused, match="invoiced"):
        work[verb]()


def test_an_expense_changed_in_another_tab_is_not_overwritten(db_session):
    expense = spend()
    seen = expense.version
    values = ExpenseValues(date(2026, 6, 15), "Travel", "", "Taxi", "USD", Decimal(70))
    expenses.change(expense, values, OLGA, seen)

    with pytest.raises(MoveRefused, match="Somebody changed"):
        expenses.change(expense, values, OLGA, seen)


def test_a_deleted_expense_stays_while_history_names_it_and_is_gone_otherwise(db_session):
    aurora = factories.make_customer()
    billed, fresh = spend(aurora), spend(aurora)
    transactions.delete_draft(expenses.start_from_expenses([billed.id], OLGA), OLGA)
    db_session.refresh(billed)

    expenses.delete(billed, OLGA)
    fresh_id = fresh.id
    expenses.delete(fresh, OLGA)

    assert billed.deleted_at is not None
    assert db_session.get(Expense, fresh_id) is None
    assert expenses.unbilled(aurora.id) == []


@pytest.mark.req("R-12")
def test_the_audit_log_tells_who_wrote_changed_converted_and_deleted(db_session):
    expense = spend(factories.make_customer())
    values = ExpenseValues(date(2026, 6, 15), "Travel", "", "Taxi", "USD", Decimal(70), is_billable=True,
                           customer_id=expense.customer_id)  # fmt: skip
    expenses.change(expense, values, OLGA)
    draft = expenses.start_from_expenses([expense.id], OLGA)
    transactions.delete_draft(draft, OLGA)
    expenses.delete(db_session.get_one(Expense, expense.id, populate_existing=True), OLGA)

    told = db_session.scalars(select(AuditEntry).where(AuditEntry.subject == "expense").order_by(AuditEntry.id)).all()
    assert [entry.verb.partition(".")[2] for entry in told] == ["added", "changed", "converted", "deleted"]
    assert {entry.actor for entry in told} == {"Olga Marsh"}
    assert (told[1].before["amount"], told[1].after["amount"]) == ("100", "70")


@pytest.mark.req("T-11", "R-05")
def test_hours_and_expenses_share_an_invoice_that_adds_up(db_session):
    project = factories.make_project()
    factories.make_time_entry(project, seconds=1234)
    draft = transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    expense = spend(project.customer, project, amount=Decimal("19.99"))

    expenses.take(draft, [expense.id], OLGA)
    transactions.issue(draft, OLGA)

    assert draft.total == Decimal("34.28") + Decimal("19.99")
    assert [line.kind for line in draft.lines] == ["time", "expense"]
    assert proof().is_right
    assert broken_invariants() == []


PLACES = st.integers(0, 4)
STEPS = st.one_of(
    st.tuples(st.just("start"), st.sets(PLACES, min_size=1)),
    st.tuples(st.just("take"), PLACES, st.sets(PLACES, min_size=1)),
    st.tuples(st.just("drop_line"), PLACES, PLACES),
    st.tuples(st.sampled_from(["throw_away", "issue", "void"]), PLACES),
    st.tuples(st.sampled_from(["edit", "unbill", "delete"]), PLACES),
)


@dataclass
class World:
    """A customer with five expenses, and what people made of them."""

    customer: object
    ids: list[int]
    made: list[Transaction] = field(default_factory=list)

    def one(self, place: int) -> Transaction:
        if not self.made:
            raise MoveRefused("there is none yet")
        return self.made[place % len(self.made)]

    def expense(self, place: int) -> Expense:
        found = db.session.get(Expense, self.ids[place], populate_existing=True)
        if found is None:
            raise MoveRefused("it is gone")
        return found

    def chosen(self, places) -> list[int]:
        return [self.ids[place] for place in sorted(places)]

    def do(self, verb: str, *arguments) -> None:
        getattr(self, f"do_{verb}")(*arguments)

    def do_start(self, places) -> None:
        self.made.append(expenses.start_from_expenses(self.chosen(places), OLGA))

    def do_take(self, place: int, places) -> None:
        expenses.take(self.one(place), self.chosen(places), OLGA)

    def do_drop_line(self, place: int, line: int) -> None:
        it = self.one(place)
        kept = [row for row in it.lines if row.kind != "rounding"]
        del kept[line : line + 1]
        change(it, kept)

    def do_throw_away(self, place: int) -> None:
        transactions.delete_draft(self.one(place), OLGA)

    def do_issue(self, place: int) -> None:
        transactions.issue(self.one(place), OLGA)

    def do_void(self, place: int) -> None:
        transactions.void(self.one(place), "Mistake", OLGA)

    def do_edit(self, place: int) -> None:
        self._change(place, is_billable=True)

    def do_unbill(self, place: int) -> None:
        self._change(place, is_billable=False)

    def _change(self, place: int, *, is_billable: bool) -> None:
        values = ExpenseValues(date(2026, 6, 15), "Travel", "", "Taxi", "USD", Decimal(10 + place), None,
                               customer_id=self.customer.id, is_billable=is_billable)  # fmt: skip
        expenses.change(self.expense(place), values, OLGA)

    def do_delete(self, place: int) -> None:
        expenses.delete(self.expense(place), OLGA)


def lost(world: World) -> list[int]:
    """Expenses that are neither offered, nor on a living line, nor set aside or deleted by a person."""
    rows = db.session.execute(select(Expense.id, Expense.billing_state, Expense.deleted_at)).all()
    offered = {expense.id for expense in expenses.unbilled(world.customer.id)}
    live = set(db.session.scalars(
        select(ExpenseAllocation.expense_id).join(Transaction)
        .where(ExpenseAllocation.released_at.is_(None), Transaction.status.not_in(("void", "deleted")))
    ))  # fmt: skip
    kept_back = {row.id for row in rows if row.deleted_at or row.billing_state == "not_billable"}
    return [row.id for row in rows if (row.id in offered) + (row.id in live) + (row.id in kept_back) != 1]


@pytest.mark.req("R-02", "T-24", "T-26")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=14))
def test_no_order_of_taking_voiding_deleting_and_editing_bills_an_expense_twice_or_loses_it(db_session, steps):
    customer = factories.make_customer()
    world = World(customer, [spend(customer, amount=Decimal(10 + place)).id for place in range(5)])
    db_session.flush()
    for step in steps:
        moment = db_session.begin_nested()
        try:
            world.do(*step)
            moment.commit()
        except MoveRefused:
            moment.rollback()
        assert expenses.violations() == []
        assert lost(world) == []

    assert all(draft.total == sum(line.amount for line in draft.lines) for draft in world.made)
    db_session.rollback()
