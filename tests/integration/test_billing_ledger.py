"""Every hour is billed exactly once, whatever people do in whatever order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from billing import payments, transactions
from billing.credit import credit_notes
from billing.credit.credit_notes import CreditChoice, LineCredit
from billing.errors import MoveRefused
from billing.hours.pricing import LAYOUTS, Rounding
from billing.hours.time_entries import take_back, write_off
from billing.payments import PaymentFacts
from billing.proof import proof
from billing.transactions import Changes, LineChange, TimeChoice
from extensions import db
from models import Allocation, Payment, Settlement, TimeEntry, Transaction
from models.audit import Actor
from tests import factories

OLGA = Actor("person", "Olga Marsh")
PLACES = st.integers(0, 7)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["start", "bill"]), st.sets(PLACES, min_size=1), st.sampled_from(list(LAYOUTS))),
    st.tuples(st.just("drop_line"), PLACES, PLACES),
    st.tuples(st.just("add"), PLACES, st.sets(PLACES, min_size=1)),
    st.tuples(st.sampled_from(["delete", "issue", "void", "send"]), PLACES),
    st.tuples(st.sampled_from(["write_off", "take_back"]), st.sets(PLACES, min_size=1)),
    st.tuples(st.just("credit"), PLACES, st.sets(PLACES), st.booleans()),
    st.tuples(st.just("credit_rest"), PLACES),
    st.tuples(st.sampled_from(["pay", "refund", "draw", "reverse", "unsettle"]), PLACES, st.integers(1, 120)),
)


@dataclass
class World:
    """A project with eight entries, and what people made of them."""

    project_id: int
    entries: list[int]
    made: list[Transaction] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    def ids(self, places) -> tuple[int, ...]:
        return tuple(self.entries[place] for place in sorted(places))

    def one(self, place: int) -> Transaction:
        if not self.made:
            raise MoveRefused("there is none yet")
        return self.made[place % len(self.made)]

    def do(self, verb: str, *arguments) -> None:
        getattr(self, f"do_{verb}")(*arguments)

    def do_start(self, places, layout: str) -> None:
        choice = TimeChoice((self.project_id,), entry_ids=self.ids(places), layout=layout, rounding=Rounding("up", 15))
        self.made.append(transactions.start_from_time(choice, OLGA))

    def do_add(self, place: int, places) -> None:
        transactions.add_time(self.one(place), TimeChoice((self.project_id,), entry_ids=self.ids(places)), OLGA)

    def do_bill(self, places, layout: str) -> None:
        self.do_start(places, layout)
        transactions.issue(self.made[-1], OLGA)

    def do_drop_line(self, place: int, line: int) -> None:
        it = self.one(place)
        kept = [x for x in it.lines if x.kind != "rounding"]
        del kept[line : line + 1]
        lines = tuple(LineChange(x.id, x.name, rate=x.rate) for x in kept)
        transactions.update(it, Changes(it.version, it.date, it.due_date, "", "", lines), OLGA)

    def do_delete(self, place: int) -> None:
        transactions.delete_draft(self.one(place), OLGA)

    def do_issue(self, place: int) -> None:
        transactions.issue(self.one(place), OLGA)

    def do_send(self, place: int) -> None:
        transactions.mark_sent(self.one(place), OLGA)

    def do_void(self, place: int) -> None:
        transactions.void(self.one(place), "Mistake", OLGA)

    def do_write_off(self, places) -> None:
        write_off(self.ids(places), "Goodwill", OLGA)

    def do_take_back(self, places) -> None:
        take_back(self.ids(places), "", OLGA)

    def invoice(self, place: int) -> Transaction:
        invoices = [it for it in self.made if it.type == "invoice"]
        return invoices[place % len(invoices)] if invoices else self.one(place)

    def do_credit(self, place: int, places, is_off: bool) -> None:
        """Credit these entries where they stand on the invoice; with none of them, half of its first line."""
        invoice, chosen = self.invoice(place), set(self.ids(places))
        lines = credit_notes.to_credit(invoice)
        picks = [(it, tuple(e.entry_id for e in it.entries if e.entry_id in chosen)) for it in lines]
        wanted = tuple(LineCredit(it.line.id, ids) for it, ids in picks if ids)
        half = (LineCredit(lines[0].line.id, (), round(lines[0].left / 2, 2)),) if lines else ()
        self.made.append(credit_notes.start(invoice, CreditChoice(wanted or half, is_off), OLGA))

    def do_credit_rest(self, place: int) -> None:
        self.made.append(credit_notes.start(self.invoice(place), CreditChoice(), OLGA))

    def do_pay(self, place: int, percent: int) -> None:
        """Pay so many per cent of what is open; what is above a hundred is the customer's credit."""
        it = self.invoice(place)
        amount, day = round(it.balance * percent / 100, 2), date(2026, 7, 1)
        amounts = {it.id: min(amount, it.balance)} if it.balance and amount else {}
        facts = PaymentFacts(day, it.currency, amount or Decimal(percent))
        self.payments.append(payments.record_payment(it.customer_id, facts, amounts, OLGA))

    def do_refund(self, place: int, percent: int) -> None:
        held = [(it, it.credit) for it in self.made if it.credit] + [
            (it, it.unused) for it in self.payments if it.unused
        ]
        if not held:
            raise MoveRefused("there is none yet")
        source, most = held[place % len(held)]
        facts = PaymentFacts(date(2026, 7, 2), source.currency, max(round(most * percent / 100, 2), Decimal("0.01")))
        self.payments.append(payments.refund(source, facts, OLGA))

    def do_draw(self, place: int, percent: int) -> None:
        invoice = self.invoice(place)
        for source in payments.usable_for(invoice):
            amount = min(source.amount, invoice.balance)
            if source.type:
                credit = db.session.get_one(Transaction, source.id)
                payments.draw_credit(credit, invoice, amount, date(2026, 7, 3), OLGA)
            else:
                payments.settle(db.session.get_one(Payment, source.id), {invoice.id: amount}, OLGA)
            return

    def do_reverse(self, place: int, _percent: int) -> None:
        if self.payments:
            payments.reverse(self.payments[place % len(self.payments)], "Mistake", OLGA)

    def do_unsettle(self, place: int, _percent: int) -> None:
        living = db.session.scalars(select(Settlement).where(Settlement.reversed_at.is_(None))).all()
        if living:
            payments.take_back(living[place % len(living)], OLGA)


def build_world() -> World:
    project = factories.make_project(rate=Decimal("33.3333"))
    tasks = [factories.make_task(project, name).id for name in ("A", "B")]
    entries = [
        factories.make_time_entry(project, task_id=tasks[n % 2], seconds=1000 + 77 * n, date=date(2026, 6, 1 + n)).id
        for n in range(8)
    ]
    return World(project.id, entries)


def numbers() -> list[int]:
    invoices = Transaction.number.is_not(None) & (Transaction.type == "invoice")
    found = db.session.scalars(select(Transaction.number).where(invoices))
    return sorted(int(number.rsplit("-", 1)[1]) for number in found)


@pytest.mark.req("M-05", "R-01", "R-02", "R-03", "R-08", "T-20", "T-26", "T-27")
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEPS, min_size=1, max_size=18))
def test_the_ledger_holds_after_any_sequence_of_verbs(db_session, organisation, steps):
    try:
        walk(db_session, steps)
    finally:
        db_session.rollback()


def walk(db_session, steps) -> None:
    """Do the steps one after the other; what is refused changes nothing, and the ledger is right after each."""
    world = build_world()
    logged = sum(1000 + 77 * n for n in range(8))

    for verb, *arguments in steps:
        step = db_session.begin_nested()
        before, paid = len(world.made), len(world.payments)
        try:
            world.do(verb, *arguments)
        except MoveRefused:
            step.rollback()
            db_session.expire_all()
            del world.made[before:], world.payments[paid:]
        else:
            step.commit()

        found = proof()
        assert found.violations == ()
        assert found.is_right
        assert found.total.fetched == logged
        assert numbers() == list(range(1, len(numbers()) + 1))
        held = select(func.count()).select_from(Allocation).where(Allocation.released_at.is_(None))
        in_lines = select(func.count()).where(TimeEntry.billing_state.in_(("on_draft", "invoiced")))
        assert db_session.scalar(held) == db_session.scalar(in_lines)
        assert_money_is_kept(db_session)


def assert_money_is_kept(db_session) -> None:
    """What came in is on invoices, the customer's, or went back; what was credited likewise. Nothing else."""
    total = lambda column, *where: db_session.scalar(select(func.sum(column)).where(*where)) or 0  # noqa: E731
    living, real = Settlement.reversed_at.is_(None), Payment.reversed_at.is_(None)
    came = total(Payment.amount, real, Payment.kind == "payment")
    put = total(Settlement.amount, living, Settlement.payment_id.is_not(None))
    went = total(Payment.amount, real, Payment.from_payment_id.is_not(None))
    assert came == put + total(Payment.unused, real) + went
    notes = (Transaction.type == "credit_note", Transaction.status.in_(("issued", "sent", "closed")))
    drawn = total(Settlement.amount, living, Settlement.credit_id.is_not(None))
    back = total(Payment.amount, real, Payment.from_transaction_id.is_not(None))
    assert total(Transaction.total, *notes) == drawn + back + total(Transaction.credit, *notes)


def broken_in(statement) -> tuple[str, ...]:
    db.session.execute(statement, execution_options={"synchronize_session": False})
    return proof().violations


@pytest.mark.req("M-05")
@pytest.mark.both_databases
def test_the_proof_tells_what_is_wrong_when_rows_were_changed_by_hand(db_session, organisation):
    world = build_world()
    world.do("start", {0, 1}, "task")
    assert proof().is_right

    told = [
        broken_in(update(TimeEntry).where(TimeEntry.id == world.entries[0]).values(billing_state="unbilled")),
        broken_in(update(TimeEntry).where(TimeEntry.id == world.entries[5]).values(billing_state="invoiced")),
        broken_in(update(Transaction).values(total=Decimal(1))),
    ]

    assert [any(words in sentence for sentence in found) for found, words in zip(
        told, ("do not say so", "no line holds", "do not add up to their lines"), strict=True
    )] == [True, True, True]  # fmt: skip
