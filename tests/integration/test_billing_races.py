"""Two people at once: one wins, the other is told, nothing is doubled, no number is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from billing import transactions
from billing.errors import MoveRefused
from billing.numbering import take_number
from billing.proof import proof
from billing.transactions import TimeChoice
from extensions import db
from models import Allocation, Transaction
from models.audit import Actor
from tests import factories

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("organisation")]
OLGA = Actor("person", "Olga Marsh")


def at_once(app: Flask, works: list[Callable[[], str]]) -> list[str]:
    """Run all at the same moment, each in its own thread and database transaction; returns what each came to."""
    db.session.rollback()
    barrier = Barrier(len(works))

    def one(work: Callable[[], str]) -> str:
        with app.app_context():
            barrier.wait(timeout=30)
            try:
                said = work()
                db.session.commit()
            except MoveRefused as refusal:
                db.session.rollback()
                said = f"refused: {refusal}"
            finally:
                db.session.remove()
            return said

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(one, work) for work in works]]


@pytest.mark.req("R-02", "T-08")
@pytest.mark.parametrize("is_named", [True, False])
def test_the_same_hours_billed_from_many_tabs_are_on_one_invoice(app, db_session, is_named):
    project = factories.make_project()
    ids = tuple(factories.make_time_entry(project).id for _ in range(30))
    db_session.commit()
    choice = TimeChoice((project.id,), entry_ids=ids if is_named else None)

    def bill() -> str:
        return str(transactions.start_from_time(choice, OLGA).id)

    said = at_once(app, [bill] * 6)

    losers = [sentence for sentence in said if sentence.startswith("refused")]
    assert len(losers) == 5
    assert all("already on a draft" in sentence for sentence in losers)
    assert db_session.scalar(select(func.count()).select_from(Allocation)) == 30
    assert proof().is_right


def test_overlapping_choices_bill_no_hour_twice(app, db_session):
    project = factories.make_project()
    ids = [factories.make_time_entry(project).id for _ in range(20)]
    db_session.commit()

    project_id = project.id

    def bill(first: int, step: int) -> Callable[[], str]:
        chosen = tuple(ids[first : first + 10][::step])
        return lambda: str(transactions.start_from_time(TimeChoice((project_id,), entry_ids=chosen), OLGA).id)

    said = at_once(app, [bill(0, 1), bill(5, -1), bill(10, 1), bill(3, -1)])

    assert any(not sentence.startswith("refused") for sentence in said)
    assert proof().is_right
    assert proof().total.on_draft == 10 * 3600 * sum(not sentence.startswith("refused") for sentence in said)


@pytest.mark.req("R-08")
def test_numbers_are_unique_and_without_gaps_when_many_issue_at_once(app, db_session):
    project = factories.make_project()
    drafts = []
    for _ in range(40):
        factories.make_time_entry(project)
        drafts.append(transactions.start_from_time(TimeChoice((project.id,)), OLGA).id)
    db_session.commit()

    def issue(draft_id: int) -> Callable[[], str]:
        def work() -> str:
            transaction = db.session.get_one(Transaction, draft_id)
            transactions.issue(transaction, OLGA)
            if draft_id % 4 == 0:
                raise MoveRefused("the mail address was wrong, so the page rolled back")
            return transaction.number or ""

        return work

    said = [sentence for n in range(0, 40, 8) for sentence in at_once(app, [issue(i) for i in drafts[n : n + 8]])]

    taken = sorted(int(number.rsplit("-", 1)[1]) for number in said if not number.startswith("refused"))
    assert taken == list(range(1, 31))


def test_one_draft_issued_from_two_tabs_gets_one_number(app, db_session):
    project = factories.make_project()
    factories.make_time_entry(project)
    draft_id = transactions.start_from_time(TimeChoice((project.id,)), OLGA).id
    db_session.commit()

    def issue() -> str:
        transaction = db.session.get_one(Transaction, draft_id)
        transactions.issue(transaction, OLGA)
        return transaction.number or ""

    said = at_once(app, [issue] * 4)

    assert sum(not sentence.startswith("refused") for sentence in said) == 1
    assert take_number("invoice", 2026).endswith("00002")


@pytest.mark.req("R-08")
def test_a_series_starts_again_each_year_and_never_goes_back(db_session):
    numbers = [take_number("invoice", year) for year in (2026, 2026, 2027, 2026)]

    assert numbers == ["INV-2026-00001", "INV-2026-00002", "INV-2027-00001", "INV-2027-00002"]


@pytest.mark.req("R-08")
def test_a_number_that_is_used_already_is_refused(db_session):
    factories.make_transaction(number="INV-2026-00001", status="issued")

    with pytest.raises(MoveRefused, match="INV-2026-00001 is already used"):
        take_number("invoice", 2026)
