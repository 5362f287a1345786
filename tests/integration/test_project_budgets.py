"""Budgets say what is used, what is left, and what is over (requirements T-13)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event

from billing.hours.budgets import budget_of, budgets_of
from billing.hours.dated import Place, set_amount
from extensions import db
from models.audit import Actor
from tests import factories

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("organisation")]
HOUR = 3600


@pytest.mark.req("T-13")
@pytest.mark.parametrize(("hours", "is_over", "percent"), [(9, False, 90), (10, False, 100), (11, True, 110)])
def test_a_budget_of_hours_is_over_only_above_its_limit(hours, is_over, percent):
    project = factories.make_project(budget_kind="total_hours", budget_seconds=10 * HOUR)
    factories.make_time_entry(project, seconds=hours * HOUR, billing_state="written_off")

    found = budget_of(project)

    assert (found.is_over, found.percent, found.left) == (is_over, percent, (10 - hours) * HOUR)


@pytest.mark.req("T-13")
def test_a_budget_of_cost_counts_billable_hours_at_the_rate_of_their_day():
    project = factories.make_project(budget_kind="total_cost", budget_amount=Decimal(300))
    for month in (6, 7):
        factories.make_time_entry(project, date=date(2026, month, 15))
    factories.make_time_entry(project, is_billable=False)

    set_amount("rate", Place(project_id=project.id), date(2026, 7, 1), Decimal(250), Actor("person", "Olga"))

    found = budget_of(project)
    assert (found.used, found.limit, found.currency, found.is_over) == (Decimal(350), Decimal(300), "USD", True)


@pytest.mark.req("T-13")
def test_one_task_over_its_hours_is_named_though_the_project_is_not_over():
    project = factories.make_project(budget_kind="task_hours")
    design, build = (factories.make_task(project, name, budget_seconds=4 * HOUR) for name in ("Design", "Build"))
    factories.make_task(project, "Without a budget")
    factories.make_time_entry(project, task_id=design.id, seconds=5 * HOUR)

    found = budget_of(project)

    assert (found.used, found.limit) == (5 * HOUR, 8 * HOUR)
    assert [(part.name, part.used, part.percent) for part in found.over] == [("Design", 5 * HOUR, 125)]
    assert [part.name for part in found.parts] == ["Design", build.name]
    assert found.is_over


@pytest.mark.req("T-13")
def test_hours_per_person_count_on_this_project_only():
    here, there = (factories.make_project(budget_kind="staff_hours") for _ in range(2))
    petra = factories.make_user("Petra")
    for project in (here, there):
        factories.make_staff(project, petra, budget_seconds=2 * HOUR)
    factories.make_time_entry(here, user_id=petra.id, seconds=3 * HOUR)

    found = budgets_of([here, there])

    assert [found[project.id].is_over for project in (here, there)] == [True, False]
    assert found[there.id].used == 0


@pytest.mark.req("T-13")
def test_budgets_of_a_whole_page_take_two_statements_and_projects_without_one_have_none(organisation):
    none = factories.make_project()
    kinds = ("total_hours", "total_cost", "task_hours", "staff_hours") * 5
    limits = {"budget_seconds": HOUR, "budget_amount": Decimal(10)}
    projects = [none, *(factories.make_project(budget_kind=kind, **limits) for kind in kinds)]
    for project in projects:
        factories.make_time_entry(project)
    db.session.flush()
    assert organisation.base_currency, "a page has read the organisation already"
    seen: list[str] = []

    def note(_c, _cursor, text, *_rest):
        seen.append(text)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        found = budgets_of(projects)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

    assert none.id not in found
    assert len(found) == 10, "tasks and people without a limit make no budget"
    assert len(seen) <= 2, seen
