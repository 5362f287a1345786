"""Rates and costs that change on a day: earlier hours keep what they were worth (requirements T-12, T-19)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event

from billing.errors import MoveRefused
from billing.hours import radar
from billing.hours.budgets import worth_of
from billing.hours.costs import cost_of, costs_by
from billing.hours.dated import Place, history, remove_amount, set_amount
from billing.hours.time_entries import TimeChoice, price_work
from extensions import db
from models import TimeEntry
from models.audit import Actor
from sync.worth import worth_by_project
from tests import factories

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("organisation")]
OLGA = Actor("person", "Olga Marsh")
JUNE, JULY = date(2026, 6, 15), date(2026, 7, 15)
TURN = date(2026, 7, 1)


def amounts(project) -> dict[str, Decimal]:
    work = price_work(TimeChoice((project.id,), layout="entry"))
    pairs = zip(work.lines, work.totals.lines, strict=True)
    return {line.description.split(" · ")[-1]: amount for line, amount in pairs}


def place_of(method, project, person, task) -> Place:
    return {
        "project_hours": Place(project_id=project.id), "daily_rate": Place(project_id=project.id),
        "task_hours": Place(task_id=task.id), "staff_hours": Place(user_id=person.id, project_id=project.id),
    }[method]  # fmt: skip


@pytest.mark.req("T-12", "T-19")
@pytest.mark.parametrize(
    ("method", "before", "after"),
    [("project_hours", "100", "120"), ("task_hours", "80", "120"), ("staff_hours", "90", "120"),
     ("daily_rate", "12.5", "15")],
)  # fmt: skip
def test_an_hour_before_the_change_keeps_the_old_rate_and_one_after_has_the_new(method, before, after):
    project = factories.make_project(billing_method=method, rate=Decimal(100))
    person, task = factories.make_user(rate=Decimal(70)), factories.make_task(project, rate=Decimal(80))
    factories.make_staff(project, person, rate=Decimal(90))
    for day, words in ((JUNE, "june"), (TURN, "first"), (JULY, "july")):
        factories.make_time_entry(project, date=day, notes=words, user_id=person.id, task_id=task.id)

    set_amount("rate", place_of(method, project, person, task), TURN, Decimal(120), OLGA)

    new = Decimal(after)
    assert amounts(project) == {"june": Decimal(before), "first": new, "july": new}
    ready = radar.unbilled_summary(project.id)
    assert ready.amount == Decimal(before) + 2 * new
    assert worth_of([project.id]) == {project.id: ready.amount}
    assert worth_by_project(TimeEntry.project_id == project.id)[project.id].amounts == {"USD": ready.amount}


@pytest.mark.req("T-12", "T-19")
def test_a_fixed_price_does_not_move_with_rates():
    project = factories.make_project(billing_method="fixed", fixed_amount=Decimal(900))
    factories.make_time_entry(project, date=JULY)

    set_amount("rate", Place(project_id=project.id), TURN, Decimal(120), OLGA)

    assert price_work(TimeChoice((project.id,))).totals.total == Decimal(900)
    assert radar.unbilled_summary(project.id).amount == Decimal(900)


@pytest.mark.req("T-19")
def test_the_nearer_place_wins_over_the_later_date():
    project = factories.make_project(billing_method="staff_hours")
    person = factories.make_user(rate=Decimal(70))
    factories.make_staff(project, person, rate=Decimal(90))
    factories.make_time_entry(project, date=JULY, user_id=person.id, notes="july")

    set_amount("rate", Place(user_id=person.id), TURN, Decimal(200), OLGA)
    assert amounts(project) == {"july": Decimal(90)}
    set_amount("rate", Place(user_id=person.id, project_id=project.id), date(2026, 1, 1), Decimal(95), OLGA)

    assert amounts(project) == {"july": Decimal(95)}


@pytest.mark.req("T-19")
def test_of_two_changes_the_latest_one_before_the_day_counts_and_taking_one_back_restores_the_other():
    project = factories.make_project()
    factories.make_time_entry(project, date=JULY, notes="july")
    place = Place(project_id=project.id)
    set_amount("rate", place, date(2026, 1, 1), Decimal(110), OLGA)
    second = set_amount("rate", place, TURN, Decimal(120), OLGA)
    set_amount("rate", place, date(2026, 8, 1), Decimal(130), OLGA)
    assert amounts(project) == {"july": Decimal(120)}

    remove_amount(second.id, place.conditions(), OLGA)

    assert amounts(project) == {"july": Decimal(110)}
    with pytest.raises(MoveRefused, match="not there any more"):
        remove_amount(second.id, place.conditions(), OLGA)


@pytest.mark.req("T-19")
def test_the_same_day_again_replaces_the_amount():
    place = Place(project_id=factories.make_project().id)
    set_amount("rate", place, TURN, Decimal(110), OLGA)

    set_amount("rate", place, TURN, Decimal(115), OLGA)

    assert [(row.from_date, row.amount) for row in history("rate", place)] == [(TURN, Decimal(115))]


@pytest.mark.req("T-19")
def test_an_hour_costs_what_its_person_cost_on_that_day():
    project = factories.make_project()
    petra, unknown = factories.make_user("Petra"), factories.make_user("Unknown")
    for day in (JUNE, JULY):
        factories.make_time_entry(project, date=day, user_id=petra.id, seconds=5400)
    factories.make_time_entry(project, date=JULY, user_id=unknown.id)

    set_amount("cost", Place(user_id=petra.id), None, Decimal(40), OLGA)
    set_amount("cost", Place(user_id=petra.id), TURN, Decimal(50), OLGA)

    whole = cost_of([TimeEntry.project_id == project.id])
    assert (whole.seconds, whole.amount, whole.unknown) == (14400, Decimal(135), 3600)
    people = costs_by(TimeEntry.user_id)
    assert people[petra.id].amount == Decimal(135)
    assert (people[unknown.id].amount, people[unknown.id].unknown) == (Decimal(0), 3600)


@pytest.mark.req("T-19")
def test_a_cost_on_one_project_counts_there_only_and_never_as_a_rate():
    here, there = factories.make_project(), factories.make_project()
    petra = factories.make_user("Petra")
    for project in (here, there):
        factories.make_time_entry(project, user_id=petra.id)
    set_amount("cost", Place(user_id=petra.id), None, Decimal(40), OLGA)

    set_amount("cost", Place(user_id=petra.id, project_id=here.id), None, Decimal(65), OLGA)

    costs = {number: cost.amount for number, cost in costs_by(TimeEntry.project_id).items()}
    assert costs == {here.id: Decimal(65), there.id: Decimal(40)}
    assert price_work(TimeChoice((here.id,))).totals.total == Decimal(100)


@pytest.mark.req("T-19", "R-05")
def test_a_draft_keeps_the_rate_it_was_made_with():
    from billing import transactions

    project = factories.make_project()
    factories.make_time_entry(project, date=JULY)
    draft = transactions.start_from_time(TimeChoice((project.id,)), OLGA)

    set_amount("rate", Place(project_id=project.id), TURN, Decimal(500), OLGA)

    assert draft.lines[0].rate == Decimal(100)


@pytest.mark.req("T-19")
def test_pricing_takes_the_same_few_statements_whatever_the_number_of_hours_and_changes():
    project = factories.make_project(billing_method="staff_hours")
    people = [factories.make_user() for _ in range(3)]
    for number, person in enumerate(people):
        set_amount("rate", Place(user_id=person.id), TURN, Decimal(100 + number), OLGA)
        for day in range(1, 28):
            factories.make_time_entry(project, date=date(2026, 7, day), user_id=person.id)
    seen: list[str] = []
    db.session.flush()

    def note(_c, _cursor, text, *_rest):
        seen.append(text)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work = price_work(TimeChoice((project.id,), layout="project"))
        costs_by(TimeEntry.user_id)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

    assert work.totals.total == Decimal(27 * (100 + 101 + 102))
    assert len(seen) <= 5, seen
