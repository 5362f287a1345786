"""Invoices for milestones, task lists and tasks: at their hours or at a free amount, and each at most once."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from billing import transactions
from billing.errors import MoveRefused
from billing.hours.item_work import price_items
from billing.hours.items import items_of
from billing.hours.pricing import LAYOUTS
from billing.hours.time_entries import prices_left
from billing.proof import proof
from billing.transactions import Answer, Changes, ItemChoice, ItemPick, LineChange, TimeChoice
from extensions import db
from models import ItemAllocation, Milestone, Project, Task, TimeEntry, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import words_of
from tests.integration.test_billing_races import at_once

OLGA = Actor("person", "Olga Marsh")


@pytest.fixture(autouse=True)
def _plain_forms(app):
    app.config["WTF_CSRF_ENABLED"] = False


class Site:
    """A project: the milestone *Launch* holds *Drawing* and *Writing*, the list *Copy* holds *Writing* and *Proofs*.

    One hour on each task, two on Drawing, and one on no task.
    """

    def __init__(self, **values) -> None:
        self.project = factories.make_project(factories.make_customer("Aurora Outdoor"), "Website", **values)
        self.launch = Milestone(project_id=self.project.id, name="Launch")
        self.second = Milestone(project_id=self.project.id, name="Care")
        db.session.add_all([self.launch, self.second])
        db.session.flush()
        of = {"milestone_id": self.launch.id}
        self.drawing = factories.make_task(self.project, "Drawing", **of)
        self.writing = factories.make_task(self.project, "Writing", tasklist="Copy", **of)
        self.proofs = factories.make_task(self.project, "Proofs", tasklist="Copy")
        for day, task in enumerate((self.drawing, self.drawing, self.writing, self.proofs, None), start=1):
            task_id = task.id if task else None
            factories.make_time_entry(self.project, task_id=task_id, date=date(2026, 6, day))
        db.session.flush()

    @property
    def milestone(self) -> str:
        return f"milestone:{self.launch.id}"

    def bill(self, *picks: tuple[str, str | None], **more) -> Transaction:
        return transactions.start_from_items(self.choice(*picks, **more), OLGA)

    def choice(self, *picks: tuple[str, str | None], **more) -> ItemChoice:
        made = tuple(ItemPick(key, Decimal(amount) if amount else None) for key, amount in picks)
        return ItemChoice(self.project.id, made, **more)

    def states(self) -> list[str]:
        """Billing states of the entries in the order they were logged."""
        rows = select(TimeEntry.billing_state).where(TimeEntry.project_id == self.project.id).order_by(TimeEntry.id)
        return list(db.session.scalars(rows))


@pytest.fixture
def site(organisation, db_session):
    organisation.has_free_amounts = True
    made = Site()
    db_session.commit()
    return made


OPEN, HELD, DONE = "unbilled", "on_draft", "invoiced"


@pytest.mark.req("T-06")
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("milestone", [HELD, HELD, HELD, OPEN, OPEN]),
        ("tasklist", [OPEN, OPEN, HELD, HELD, OPEN]),
        ("task", [HELD, HELD, OPEN, OPEN, OPEN]),
    ],
)
def test_a_milestone_a_task_list_and_a_task_are_billed_at_their_own_unbilled_hours(site, which, expected):
    key = {"milestone": site.milestone, "tasklist": "tasklist:Copy", "task": f"task:{site.drawing.id}"}[which]

    draft = site.bill((key, None))

    assert site.states() == expected
    assert draft.total == 100 * expected.count(HELD)
    assert proof().is_right


@pytest.mark.req("T-06")
def test_an_hour_in_two_chosen_items_is_billed_once(site):
    draft = site.bill((site.milestone, None), ("tasklist:Copy", None))

    assert draft.total == 400
    assert proof().is_right


@pytest.mark.req("T-07")
@pytest.mark.both_databases
@pytest.mark.parametrize("method", ["project_hours", "task_hours", "staff_hours", "fixed"])
def test_a_free_amount_is_billed_whatever_the_billing_method_and_takes_the_hours_along(organisation, method):
    organisation.has_free_amounts = True
    site = Site(billing_method=method, fixed_amount=Decimal(9000))

    draft = site.bill((site.milestone, "1500"))
    line = draft.lines[0]
    transactions.issue(draft, OLGA)

    assert (line.name, line.description) == ("Launch", "Milestone of Website")
    assert (line.amount, line.logged_seconds, draft.total) == (1500, 3 * 3600, 1500)
    assert site.states() == [DONE, DONE, DONE, OPEN, OPEN]
    assert proof().is_right


@pytest.mark.req("T-07")
def test_hours_may_stay_behind_and_be_billed_later(site):
    site.bill((site.milestone, "1500"), takes_hours=False)

    assert site.states() == [OPEN] * 5
    assert transactions.start_from_time(TimeChoice((site.project.id,)), OLGA).total == 500
    assert proof().is_right


@pytest.mark.req("T-06", "T-07")
def test_amounts_and_hours_stand_on_one_invoice_and_no_hour_on_two_lines(site):
    draft = site.bill((f"task:{site.writing.id}", "700"), (site.milestone, None), ("tasklist:Copy", None))

    assert [line.name for line in draft.lines] == ["Writing", "Drawing", "Proofs"]
    assert draft.total == 700 + 200 + 100
    assert proof().is_right


@pytest.mark.req("T-07")
def test_a_free_amount_needs_the_preference(site, organisation):
    organisation.has_free_amounts = False

    with pytest.raises(MoveRefused, match="Free amounts are switched off"):
        site.bill((site.milestone, "1500"))


@pytest.mark.req("T-07", "T-14")
def test_on_a_fixed_cost_project_amounts_count_against_its_price(organisation):
    organisation.has_free_amounts = True
    site = Site(billing_method="fixed", fixed_amount=Decimal(9000))

    site.bill((site.milestone, "1500"))

    assert prices_left([site.project]) == {site.project.id: 7500}
    with pytest.raises(MoveRefused, match="Enter an amount for each of these, or for none"):
        site.bill((f"milestone:{site.second.id}", "100"), (f"task:{site.proofs.id}", None))


@pytest.mark.req("T-16", "T-14", "R-14")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_total_is_the_same_whichever_layout_and_the_preview_tells_it(organisation, layout):
    organisation.has_free_amounts = True
    site = Site(rate=Decimal("33.3333"))
    choice = site.choice((site.milestone, None), (f"task:{site.proofs.id}", "99.99"), layout=layout)

    told = price_items(choice).work.totals.total
    draft = transactions.start_from_items(choice, OLGA)

    assert told == draft.total == Decimal("199.99")


@pytest.mark.req("T-08")
@pytest.mark.both_databases
@pytest.mark.parametrize("second", ["same", "task", "overlapping list"])
def test_what_was_invoiced_at_an_amount_is_not_invoiced_again_alone_or_within_a_whole(site, second):
    site.bill((site.milestone, "1500"))
    key = {"same": site.milestone, "task": f"task:{site.drawing.id}", "overlapping list": "tasklist:Copy"}[second]

    for amount in ("200", None):
        with pytest.raises(MoveRefused, match="already invoiced on a draft"):
            site.bill((key, amount))

    holders = {item.name: item.holder for item in items_of(site.project.id)}
    assert holders == {
        "Launch": "a draft", "Care": "", "Copy": "a draft", "Drawing": "a draft", "Writing": "a draft", "Proofs": "",
    }  # fmt: skip


@pytest.mark.req("T-08")
def test_a_task_and_the_whole_it_belongs_to_cannot_both_carry_an_amount(site):
    with pytest.raises(MoveRefused, match="a task and the whole it belongs to"):
        site.bill((site.milestone, "1500"), (f"task:{site.drawing.id}", "200"))


@pytest.mark.req("T-08", "R-02")
@pytest.mark.both_databases
def test_the_database_itself_refuses_an_item_on_two_live_lines(site, db_session):
    draft = site.bill((site.milestone, "1500"))
    again = {"project_id": site.project.id, "transaction_id": draft.id, "line_id": draft.lines[0].id}

    def take(**what) -> None:
        with db_session.begin_nested():
            db_session.add(ItemAllocation(**again, **what))
            db_session.flush()

    take(tasklist="Copy")
    for what in ({"milestone_id": site.launch.id}, {"task_id": site.drawing.id}, {"tasklist": "Copy"}):
        with pytest.raises(IntegrityError):
            take(**what)


@pytest.mark.req("T-08", "R-02")
@pytest.mark.both_databases
@pytest.mark.parametrize("takes_hours", [True, False])
def test_two_who_invoice_overlapping_items_at_once_are_told_apart(app: Flask, site, db_session, takes_hours):
    keys = [site.milestone, f"task:{site.writing.id}", "tasklist:Copy", site.milestone]
    project_id = site.project.id
    db_session.commit()

    def bill(key: str):
        choice = ItemChoice(project_id, (ItemPick(key, Decimal(500)),), takes_hours=takes_hours)
        return lambda: str(transactions.start_from_items(choice, OLGA).id)

    said = at_once(app, [bill(key) for key in keys])

    assert sum(not sentence.startswith("refused") for sentence in said) == 1
    assert all("already" in sentence or "chosen twice" in sentence for sentence in said if "refused" in sentence)
    live = select(func.count()).where(ItemAllocation.released_at.is_(None), ItemAllocation.task_id == site.writing.id)
    assert db_session.scalar(live) == 1
    assert proof().is_right


@pytest.mark.req("T-08", "T-26")
@pytest.mark.both_databases
@pytest.mark.parametrize("way", ["delete", "void", "remove the line"])
def test_taking_an_invoice_back_frees_items_and_hours(site, way):
    draft = site.bill((site.milestone, "1500"), (f"task:{site.proofs.id}", "80"))

    if way == "delete":
        transactions.delete_draft(draft, OLGA)
    elif way == "void":
        transactions.issue(draft, OLGA)
        transactions.void(draft, "Mistake", OLGA)
    else:
        kept = draft.lines[1]
        lines = (LineChange(kept.id, kept.name, rate=kept.rate),)
        transactions.update(draft, Changes(draft.version, draft.date, draft.due_date, "", "", lines), OLGA)

    assert site.states()[:3] == [OPEN] * 3
    again = site.bill((site.milestone, "1200"))
    assert again.total == 1200
    assert proof().is_right


def test_items_of_another_customer_are_refused_on_a_draft(site):
    other = transactions.start_blank(factories.make_customer("Borealis").id, OLGA)

    with pytest.raises(MoveRefused, match="another customer or currency"):
        transactions.add_items(other, site.choice((site.milestone, "5")), OLGA)


def test_items_join_a_draft_of_hours(site):
    entry = db.session.scalars(select(TimeEntry.id).where(TimeEntry.task_id.is_(None))).one()
    draft = transactions.start_from_time(TimeChoice((site.project.id,), entry_ids=(entry,)), OLGA)

    transactions.add_items(draft, site.choice((site.milestone, "1500")), OLGA)

    assert draft.total == 1600
    assert proof().is_right


def test_a_milestone_that_the_remote_removes_leaves_its_line(site, db_session):
    draft = site.bill((site.milestone, "1500"), takes_hours=False)

    db_session.execute(delete(Milestone).where(Milestone.id == site.launch.id))
    db_session.expire_all()

    assert draft.lines[0].name == "Launch"
    assert db_session.scalars(select(ItemAllocation.milestone_id)).first() is None
    assert db_session.get(Task, site.drawing.id).milestone_id is None


# ---- whatever people do

PLACES = st.integers(0, 5)
STEPS = st.one_of(
    st.tuples(st.just("items"), st.lists(st.tuples(PLACES, st.sampled_from([None, "75.5"])), min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["hours", "quote"])),
    st.tuples(st.sampled_from(["issue", "void", "delete", "drop", "accept", "decline", "convert"]), PLACES),
)


def _step(site: Site, made: list[Transaction], verb: str, *given_values) -> None:
    keys = [
        site.milestone, f"milestone:{site.second.id}", "tasklist:Copy", f"task:{site.drawing.id}",
        f"task:{site.writing.id}", f"task:{site.proofs.id}",
    ]  # fmt: skip
    if verb == "items":
        picks = {keys[place]: amount for place, amount in given_values[0]}
        made.append(site.bill(*picks.items()))
    elif verb == "hours":
        made.append(transactions.start_from_time(TimeChoice((site.project.id,)), OLGA))
    elif verb == "quote":
        quote = transactions.start_blank(site.project.customer_id, OLGA, site.project.id, "quote")
        lines = (LineChange(None, "Work", rate=Decimal(90)),)
        transactions.update(quote, Changes(quote.version, quote.date, quote.due_date, "", "", lines), OLGA)
        made.append(quote)
    elif made:
        _move(made, made[given_values[0] % len(made)], verb)


def _move(made: list[Transaction], it: Transaction, verb: str) -> None:
    if verb == "convert":
        made.append(transactions.convert(it, OLGA))
    elif verb == "drop":
        kept = tuple(LineChange(x.id, x.name, rate=x.rate) for x in it.lines if x.kind != "rounding")[1:]
        transactions.update(it, Changes(it.version, it.date, it.due_date, "", "", kept), OLGA)
    elif verb in ("accept", "decline"):
        transactions.answer(it, Answer(verb, "Carla"), OLGA)
    else:
        verbs = {"issue": transactions.issue, "delete": transactions.delete_draft}
        verbs.get(verb, lambda one, actor: transactions.void(one, "Mistake", actor))(it, OLGA)


@pytest.mark.req("T-08", "T-25", "T-26", "M-05", "R-02", "R-08")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEPS, min_size=1, max_size=12))
def test_the_books_hold_after_any_sequence_of_items_quotes_and_hours(db_session, organisation, steps):
    organisation.has_free_amounts = True
    site, made = Site(), []

    for verb, *arguments in steps:
        step, before = db_session.begin_nested(), len(made)
        try:
            _step(site, made, verb, *arguments)
        except MoveRefused:
            step.rollback()
            del made[before:]
        else:
            step.commit()
        found = proof()
        assert found.is_right, found.violations
        _assert_unique()
    db_session.rollback()


def _assert_unique() -> None:
    """No task on two live amounts; quotes and invoices have numbers without gaps, each in its own series."""
    live = select(ItemAllocation.task_id).where(
        ItemAllocation.released_at.is_(None), ItemAllocation.task_id.is_not(None)
    )
    tasks = list(db.session.scalars(live))
    assert len(tasks) == len(set(tasks))
    for kind in ("quote", "invoice"):
        rows = db.session.scalars(
            select(Transaction.number).where(Transaction.type == kind, Transaction.number.is_not(None))
        )
        numbers = sorted(int(number.rsplit("-", 1)[1]) for number in rows)
        assert numbers == list(range(1, len(numbers) + 1))


# ---- in the browser


@pytest.fixture
def bruno_at(people, browser_of):
    return browser_of(people.bruno)


def url_of(project: Project) -> str:
    return f"/invoices/new/from-project/{project.id}/items"


PLAIN = {"layout": "task", "rounding": "none", "minutes": 15, "tax_id": 0}


@pytest.mark.req("T-06", "T-07")
def test_a_milestone_is_chosen_priced_and_put_on_a_draft(bruno_at, site):
    fields = PLAIN | {"item": site.milestone, f"amount-{site.milestone}": "1,500.00"}

    listed = words_of(bruno_at.get(url_of(site.project)))
    hours = words_of(bruno_at.get(url_of(site.project), query_string=PLAIN | {"item": site.milestone}))
    page = bruno_at.get(url_of(site.project), query_string=fields)
    hidden = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text.partition("item-result")[2])
    )
    made = bruno_at.post(url_of(site.project), data=hidden)

    assert "Milestones Launch 3 unbilled entries 3:00" in listed
    assert "Task lists Copy 2 unbilled entries 2:00" in listed
    assert "US$300.00" in hours
    assert "US$1,500.00" in words_of(page)
    assert "Their unbilled hours go along" in words_of(page)
    assert re.fullmatch(r"/invoices/\d+/edit", made.location)
    assert db.session.scalars(select(Transaction)).one().total == 1500
    assert "already invoiced on a draft" in words_of(bruno_at.get(url_of(site.project)))


@pytest.mark.req("T-07")
def test_without_the_preference_only_hours_are_offered(bruno_at, site, organisation):
    organisation.has_free_amounts = False
    db.session.commit()

    page = bruno_at.get(url_of(site.project), query_string=PLAIN | {"item": site.milestone})

    assert 'name="amount-' not in page.text
    assert "Free amounts can be switched on under Settings" in words_of(page)


@pytest.mark.parametrize("typed", ["-5", "0", "abc", "1e9", "99999999999"])
def test_an_amount_typed_wrong_is_marked_and_stays(bruno_at, site, typed):
    fields = PLAIN | {"item": site.milestone, f"amount-{site.milestone}": typed}

    looked, posted = (
        bruno_at.get(url_of(site.project), query_string=fields),
        bruno_at.post(url_of(site.project), data=fields),
    )

    assert (looked.status_code, posted.status_code) == (422, 422)
    assert f'value="{typed}"' in posted.text
    assert 'aria-invalid="true"' in posted.text
    assert db.session.scalar(select(func.count()).select_from(Transaction)) == 0


def test_a_draft_is_only_made_of_the_hours_that_were_seen(bruno_at, site):
    fields = PLAIN | {"item": site.milestone}
    page = bruno_at.get(url_of(site.project), query_string=fields).text
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    factories.make_time_entry(site.project, task_id=site.drawing.id)
    db.session.commit()

    refused = bruno_at.post(url_of(site.project), data=fields | {"seen": seen})

    assert refused.status_code == 422
    assert "The unbilled hours changed after you looked" in words_of(refused)


def test_looking_and_choosing_nothing_changes_nothing(bruno_at, site):
    looked = bruno_at.get(url_of(site.project), query_string=PLAIN | {"item": ["task:999", site.milestone]})
    nothing = bruno_at.post(url_of(site.project), data=PLAIN)

    assert "not there any more" in words_of(looked)
    assert "Choose at least one milestone, task list or task." in words_of(nothing)
    assert set(site.states()) == {OPEN}


def test_a_project_with_many_tasks_lists_some_and_finds_the_others(bruno_at, organisation):
    site = Site()
    for number in range(60):
        factories.make_task(site.project, f"Chore {number:02}")
    db.session.commit()

    page = words_of(bruno_at.get(url_of(site.project)))
    found = words_of(bruno_at.get(url_of(site.project), query_string=PLAIN | {"find": "chore 59"}))

    assert "23 more tasks are not shown." in page
    assert "Chore 59" not in page
    assert "Chore 59" in found


def test_staff_bill_items_and_timesheet_people_do_not(people, browser_of, site):
    assert browser_of(people.tim).get(url_of(site.project)).status_code == 403
    assert browser_of(people.petra).get(url_of(site.project)).status_code == 200


def test_hostile_names_are_only_text(bruno_at, organisation):
    organisation.has_free_amounts = True
    site = Site()
    evil = '"><script>alert(1)</script>{{7*7}}'
    factories.make_task(site.project, evil, tasklist=evil)
    db.session.commit()

    page = bruno_at.get(url_of(site.project), query_string=PLAIN | {"item": f"tasklist:{evil}"}).text
    made = bruno_at.post(
        url_of(site.project), data=PLAIN | {"item": f"tasklist:{evil}", f"amount-tasklist:{evil}": "9"}
    )

    assert "<script>alert(1)" not in page
    assert made.status_code == 303
    assert db.session.scalars(select(Transaction)).one().lines[0].name == evil
