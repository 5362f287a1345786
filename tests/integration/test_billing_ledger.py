"""Every hour is billed exactly once, whatever people do in whatever order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from billing import transactions
from billing.errors import MoveRefused
from billing.pricing import LAYOUTS, Rounding
from billing.proof import proof
from billing.time_entries import take_back, write_off
from billing.transactions import Changes, LineChange, TimeChoice
from extensions import db
from models import Allocation, TimeEntry, Transaction
from models.audit import Actor
from tests import factories

OLGA = Actor("person", "Olga Marsh")
PLACES = st.integers(0, 7)
STEPS = st.one_of(
    st.tuples(st.just("start"), st.sets(PLACES, min_size=1), st.sampled_from(list(LAYOUTS))),
    st.tuples(st.just("drop_line"), PLACES, PLACES),
    st.tuples(st.just("add"), PLACES, st.sets(PLACES, min_size=1)),
    st.tuples(st.sampled_from(["delete", "issue", "void", "send"]), PLACES),
    st.tuples(st.sampled_from(["write_off", "take_back"]), st.sets(PLACES, min_size=1)),
)


@dataclass
class World:
    """A project with eight entries, and what people made of them."""

    project_id: int
    entries: list[int]
    made: list[Transaction] = field(default_factory=list)

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


def build_world() -> World:
    project = factories.make_project(rate=Decimal("33.3333"))
    tasks = [factories.make_task(project, name).id for name in ("A", "B")]
    entries = [
        factories.make_time_entry(project, task_id=tasks[n % 2], seconds=1000 + 77 * n, date=date(2026, 6, 1 + n)).id
        for n in range(8)
    ]
    return World(project.id, entries)


def numbers() -> list[int]:
    found = db.session.scalars(select(Transaction.number).where(Transaction.number.is_not(None)))
    return sorted(int(number.rsplit("-", 1)[1]) for number in found)


@pytest.mark.req("M-05", "R-01", "R-02", "R-03", "R-08", "T-26")
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
def test_the_ledger_holds_after_any_sequence_of_verbs(db_session, organisation, steps):
    world = build_world()
    logged = sum(1000 + 77 * n for n in range(8))

    for verb, *arguments in steps:
        step = db_session.begin_nested()
        before = len(world.made)
        try:
            world.do(verb, *arguments)
        except MoveRefused:
            step.rollback()
            del world.made[before:]
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
    db_session.rollback()


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
