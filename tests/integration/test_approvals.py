"""Only approved hours are invoiced: a manager's verdict, a customer's answer by link (requirements T-18, M-18)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from billing import approvals, transactions
from billing.approvals import Question, ask, asked_entries, decide, find, link_of, policy_changed
from billing.errors import MoveRefused
from billing.hours import ledger, radar
from billing.hours.time_entries import TimeChoice, price_work, write_off
from billing.mail import letters
from billing.proof import proof
from extensions import db, utcnow
from models import Allocation, ApprovalAnswer, MailMessage, TimeEntry
from models.audit import Actor
from tests import factories
from tests.browsing import words_of

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("organisation")]
OLGA = Actor("person", "Olga Marsh")
CARLA = ("Carla Reyes", "")


@pytest.fixture(autouse=True)
def _no_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = False


def token_of(request) -> str:
    return link_of(request).removeprefix("/a/")


def offered(project) -> set[int]:
    work = price_work(TimeChoice((project.id,), layout="entry"))
    return {entry_id for line in work.lines for entry_id in line.entry_ids}


def state(entry) -> str:
    db.session.refresh(entry)
    return entry.approval


def two_hours(policy: str = "customer"):
    project = factories.make_project(approval_policy=policy)
    return project, [factories.make_time_entry(project, notes=word) for word in ("first", "second")]


@pytest.mark.req("T-18")
@pytest.mark.parametrize(("usual", "own", "is_ready"), [
    ("none", "", True), ("internal", "", False), ("customer", "", False), ("internal", "none", True),
    ("none", "internal", False), ("none", "customer", False), ("customer", "none", True),
])  # fmt: skip
def test_an_hour_is_ready_without_approval_only_where_nobody_has_to_approve(organisation, usual, own, is_ready):
    organisation.approval_policy = usual
    project = factories.make_project(approval_policy=own)
    entry = factories.make_time_entry(project)

    assert offered(project) == ({entry.id} if is_ready else set())
    assert (radar.unbilled_summary(project.id) is not None) == is_ready


@pytest.mark.req("T-18")
def test_hours_that_zoho_approved_need_no_manager_but_the_customer_all_the_same():
    internal, customer = (factories.make_project(approval_policy=policy) for policy in ("internal", "customer"))
    here, there = (factories.make_time_entry(project, source="zoho_projects") for project in (internal, customer))

    assert (offered(internal), offered(customer)) == ({here.id}, set())
    decide([here.id], "rejected", "Not ours", OLGA)

    assert offered(internal) == set()
    assert there.approval == "none"


@pytest.mark.req("T-18")
def test_a_manager_approves_some_and_only_those_are_invoiced():
    project, (first, second) = two_hours("internal")

    assert decide([first.id], "approved", "", OLGA) == 1

    assert offered(project) == {first.id}
    draft = transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    assert draft.total == Decimal(100)
    assert (state(first), state(second)) == ("approved", "none")


@pytest.mark.req("T-18")
def test_a_rejection_needs_its_reason_and_can_be_turned_into_an_approval():
    project, (first, _second) = two_hours("internal")

    with pytest.raises(MoveRefused, match="Say why"):
        decide([first.id], "rejected", " ", OLGA)
    decide([first.id], "rejected", "Wrong project", OLGA)
    assert offered(project) == set()
    decide([first.id], "approved", "", OLGA)

    assert offered(project) == {first.id}
    assert [row.verdict for row in approvals.said_about(first.id)] == ["rejected", "approved"]


@pytest.mark.req("T-18")
def test_what_is_on_a_transaction_cannot_be_decided_and_nothing_else_of_the_choice_is():
    project, (first, second) = two_hours("internal")
    decide([first.id], "approved", "", OLGA)
    transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    db.session.commit()

    with pytest.raises(MoveRefused, match="changed meanwhile"):
        decide([first.id, second.id], "rejected", "no", OLGA)
    db.session.rollback()

    assert (first.approval, second.approval) == ("approved", "none")


@pytest.mark.req("T-18", "R-03")
def test_the_database_step_that_takes_hours_refuses_an_unapproved_one():
    """An hour whose approval was taken back after it was priced is not taken."""
    project, (first, _second) = two_hours("internal")
    draft = factories.make_transaction(project.customer)
    factories.make_line(draft, kind="time", project_id=project.id)

    with pytest.raises(MoveRefused, match="not unbilled and approved"):
        ledger.allocate(draft.id, [(first.id, 1)])

    assert first.billing_state == "unbilled"


@pytest.mark.req("M-18", "T-18")
def test_a_customer_ticks_one_of_two_hours_and_only_that_one_becomes_billable():
    project, (first, second) = two_hours()
    asked = ask(Question(project.id), "carla@customer.example", "", OLGA)
    assert {entry.id for entry in asked_entries(asked)} == {first.id, second.id}
    assert offered(project) == set()

    approvals.answer(asked, [first.id], [first.id, second.id], ("Carla Reyes", "The second was a test"))

    assert offered(project) == {first.id}
    assert (state(first), state(second)) == ("approved", "rejected")
    assert (asked.answered_by, asked.comment) == ("Carla Reyes", "The second was a test")


@pytest.mark.req("M-18")
def test_an_answer_can_be_changed_until_the_hours_are_invoiced():
    project, (first, second) = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    both = [first.id, second.id]
    approvals.answer(asked, [first.id], both, CARLA)
    approvals.answer(asked, [second.id], both, CARLA)
    assert offered(project) == {second.id}

    transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    approvals.answer(asked, [first.id], both, CARLA)

    assert (state(first), state(second)) == ("approved", "approved")
    assert [entry.is_fixed for entry in asked_entries(asked)] == [False, True]


@pytest.mark.req("T-18", "M-18")
def test_invoiced_hours_are_never_sent_for_approval():
    project = factories.make_project()
    factories.make_time_entry(project)
    transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    project.approval_policy = "customer"
    late = factories.make_time_entry(project)

    asked = ask(Question(project.id), "", "", OLGA)

    assert [entry.id for entry in asked_entries(asked)] == [late.id]
    with pytest.raises(MoveRefused, match="no hours to ask about"):
        ask(Question(project.id), "", "", OLGA)


@pytest.mark.req("M-18")
def test_only_the_days_asked_about_are_on_the_page():
    project = factories.make_project(approval_policy="customer")
    days = [date(2026, 6, day) for day in (1, 15, 30)]
    rows = [factories.make_time_entry(project, date=day) for day in days]

    asked = ask(Question(project.id, date(2026, 6, 10), date(2026, 6, 20)), "", "", OLGA)

    assert [entry.id for entry in asked_entries(asked)] == [rows[1].id]


@pytest.mark.req("M-18")
def test_a_closed_link_takes_no_answer_and_its_hours_can_be_asked_about_again():
    project, (first, second) = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)

    approvals.revoke(asked, OLGA)

    with pytest.raises(MoveRefused, match="closed"):
        approvals.answer(asked, [first.id], [first.id], CARLA)
    again = ask(Question(project.id), "", "", OLGA)
    assert {entry.id for entry in asked_entries(again)} == {first.id, second.id}
    assert asked_entries(asked) == []


@pytest.mark.req("M-18")
def test_an_expired_link_opens_nothing_and_the_next_question_takes_its_hours_over():
    project, rows = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    asked.expires_at = utcnow() - timedelta(minutes=1)
    assert not approvals.is_alive(asked)

    again = ask(Question(project.id), "", "", OLGA)

    assert {entry.id for entry in asked_entries(again)} == {row.id for row in rows}


@pytest.mark.req("M-18", "T-18")
def test_an_hour_that_changed_after_the_question_is_not_approved_by_the_answer():
    project, (first, second) = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    db.session.execute(update(TimeEntry).where(TimeEntry.id == first.id).values(seconds=7200))

    approvals.answer(asked, [first.id, second.id], [first.id, second.id], CARLA)

    assert offered(project) == {second.id}
    assert state(first) == "asked"


@pytest.mark.req("M-18")
def test_rejected_hours_are_asked_about_again_only_if_wanted():
    project, (first, second) = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    approvals.answer(asked, [], [first.id, second.id], CARLA)

    with pytest.raises(MoveRefused, match="no hours"):
        ask(Question(project.id), "", "", OLGA)
    db.session.rollback()


@pytest.mark.req("M-18")
def test_asking_again_about_rejected_hours_closes_the_older_question():
    project, (first, second) = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    approvals.answer(asked, [], [first.id, second.id], CARLA)

    again = ask(Question(project.id, with_rejected=True), "", "", OLGA)

    assert asked_entries(asked) == []
    approvals.answer(again, [first.id], [first.id, second.id], CARLA)
    assert offered(project) == {first.id}


@pytest.mark.req("M-18")
def test_a_link_that_was_altered_or_made_up_finds_nothing():
    project, _rows = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    token = token_of(asked)

    assert find(token).id == asked.id
    for wrong in ("", "x", token[:-1], token + "a", "ä", "a" * 400, token.swapcase()):
        assert find(wrong) is None


@pytest.mark.req("T-18")
def test_a_managers_approval_is_not_the_customers_but_the_customers_is_good_for_a_manager():
    project, (first, second) = two_hours("internal")
    decide([first.id, second.id], "approved", "", OLGA)
    mine = TimeEntry.project_id == project.id

    project.approval_policy = "customer"
    assert policy_changed("internal", "customer", mine, OLGA) == 2
    assert offered(project) == set()
    asked = ask(Question(project.id), "", "", OLGA)
    approvals.answer(asked, [first.id], [first.id, second.id], CARLA)
    project.approval_policy = "internal"
    policy_changed("customer", "internal", mine, OLGA)

    assert offered(project) == {first.id}
    db.session.refresh(asked)
    assert not approvals.is_alive(asked)


@pytest.mark.req("T-18")
def test_an_unapproved_hour_can_be_written_off():
    _project, (first, _second) = two_hours("internal")

    assert write_off([first.id], "Goodwill", OLGA) == 1


@pytest.mark.req("T-18")
def test_a_managers_page_shows_weeks_of_people_and_approves_exactly_what_was_shown(browser_of, people):
    project = factories.make_project(name="Harbour", approval_policy="internal")
    for day in (15, 17, 22):
        factories.make_time_entry(project, user_id=people.tim.id, date=date(2026, 6, day))
    browser = browser_of(people.petra)

    page = words_of(browser.get("/approvals/"))
    week = {"user_id": people.tim.id, "since": "2026-06-15", "until": "2026-06-21"}
    stale = browser.post("/approvals/decide-week", data={**week, "seen": "1:3600"}, follow_redirects=True)
    done = browser.post("/approvals/decide-week", data={**week, "seen": "2:7200"}, follow_redirects=True)

    assert "Tim Okafor" in page
    assert "changed after you looked" in words_of(stale)
    assert "2 entries approved" in words_of(done)
    approved = select(TimeEntry.date).where(TimeEntry.approval == "approved").order_by(TimeEntry.date)
    assert [day.day for day in db.session.scalars(approved)] == [15, 17]


@pytest.mark.req("T-18")
def test_chosen_hours_are_rejected_with_a_comment_that_their_page_shows(browser_of, people):
    project = factories.make_project(approval_policy="internal")
    entry = factories.make_time_entry(project, user_id=people.tim.id)
    browser = browser_of(people.petra)
    assert "Drew the home page" in words_of(browser.get("/approvals/entries"))

    values = {"ids": [entry.id], "verdict": "rejected", "comment": "Belongs to another project"}
    answer = browser.post("/approvals/decide", data=values, follow_redirects=True)

    assert "1 entry rejected" in words_of(answer)
    assert "Belongs to another project" in words_of(browser.get(f"/time/{entry.id}"))


@pytest.mark.req("M-18")
def test_asking_mails_a_link_that_opens_without_signing_in(browser_of, people, client, organisation):
    organisation.mail_host = "mail.example"
    project, (first, second) = two_hours()
    browser = browser_of(people.bruno)

    browser.post(f"/approvals/ask/{project.id}", data={"to": "carla@customer.example", "message": "Please look"})

    mail = db.session.scalars(select(MailMessage)).one()
    assert mail.to == "carla@customer.example"
    text, _html = letters.words_of(mail)
    assert "Please look" in text
    path = "/a/" + text.split("/a/")[1].split()[0]
    page = client.get(path)
    assert page.status_code == 200
    assert "first" in words_of(page)
    sent = client.post(path, data={"entry": [first.id], "seen": [first.id, second.id], "name": "Carla", "comment": ""},
                       follow_redirects=True)  # fmt: skip
    assert "Thank you" in words_of(sent)
    assert (state(first), state(second)) == ("approved", "rejected")


@pytest.mark.req("M-18")
def test_an_answer_without_a_name_keeps_the_ticks_and_changes_nothing(client, people):
    project, (first, second) = two_hours()
    path = link_of(ask(Question(project.id), "", "", OLGA))

    answer = client.post(path, data={"entry": [second.id], "seen": [first.id, second.id], "name": ""})

    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Enter your name." in words_of(answer)
    ticks = {number: f'value="{number}" id="entry-{number}"' in text for number in (first.id, second.id)}
    boxes = [box for box in re.findall(r'<input type="checkbox"[^>]*name="entry"[^>]*>', text) if "checked" in box]
    assert ticks == {first.id: True, second.id: True}
    assert [f'value="{second.id}"' in box for box in boxes] == [True]
    assert (state(first), state(second)) == ("asked", "asked")


@pytest.mark.req("M-18")
def test_a_revoked_link_says_so_and_shows_no_hours(browser_of, people, client):
    project, _rows = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    path = link_of(asked)

    browser_of(people.bruno).post(f"/approvals/requests/{asked.id}/revoke")

    page = client.get(path)
    assert page.status_code == 410
    assert "This link is closed" in words_of(page)
    assert "first" not in words_of(page)


@pytest.mark.req("M-18")
def test_hours_that_the_link_does_not_ask_about_cannot_be_approved_by_it(client, people):
    project, (first, _second) = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    other = factories.make_time_entry(factories.make_project(approval_policy="customer"))

    client.post(link_of(asked), data={"entry": [first.id, other.id], "seen": [first.id, other.id], "name": "Carla"})

    assert (state(first), state(other)) == ("approved", "none")


@pytest.mark.req("T-18")
def test_an_edited_hour_needs_approval_anew(browser_of, people):
    project, (first, second) = two_hours("internal")
    first.user_id = second.user_id = people.tim.id
    decide([first.id, second.id], "approved", "", OLGA)
    plain = {"project_id": project.id, "task_id": 0, "user_id": people.tim.id, "date": "2026-06-15", "is_billable": "y"}
    browser = browser_of(people.bruno)

    browser.post(f"/time/{first.id}/edit", data={**plain, "seconds": "9:00", "notes": "first"})
    browser.post(f"/time/{second.id}/edit", data={**plain, "seconds": "1:00", "notes": "second"})

    assert (state(first), state(second)) == ("none", "approved")


@pytest.mark.req("M-18")
def test_an_hour_stands_under_one_living_question_by_the_law_of_the_database():
    from sqlalchemy.exc import IntegrityError

    project, (first, _second) = two_hours()
    asked = ask(Question(project.id), "", "", OLGA)
    db.session.add(ApprovalAnswer(time_entry_id=first.id, request_id=asked.id, seconds=3600))

    with pytest.raises(IntegrityError):
        db.session.flush()


@pytest.mark.req("T-18", "M-05", "R-01")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    policies=st.lists(st.sampled_from(["none", "internal", "customer"]), min_size=2, max_size=2),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["approve", "reject", "ask", "answer", "draft", "delete", "edit", "switch", "write_off"]),
            st.integers(0, 3),
        ),
        max_size=14,
    ),
)
def test_whatever_happens_only_approved_hours_are_ever_taken_and_the_books_add_up(
    db_session, organisation, policies, steps
):
    projects = [factories.make_project(approval_policy=policy) for policy in policies]
    entries = [factories.make_time_entry(projects[number % 2]) for number in range(4)]
    drafts: list = []
    asked: list = []
    for verb, place in steps:
        entry, project = entries[place], projects[place % 2]
        try:
            with db_session.begin_nested():
                if verb in {"approve", "reject"}:
                    decide([entry.id], f"{verb}d" if verb == "approve" else "rejected", "why", OLGA)
                elif verb == "ask":
                    asked.append(ask(Question(project.id, with_rejected=place > 1), "", "", OLGA))
                elif verb == "answer" and asked:
                    approvals.answer(asked[-1], [entry.id], [row.id for row in entries], CARLA)
                elif verb == "draft":
                    db_session.expire_all()
                    before = {row.id: approved_by_hand(row) for row in entries}
                    draft = transactions.start_from_time(TimeChoice((project.id,)), OLGA)
                    drafts.append(draft)
                    held = db_session.scalars(select(Allocation.time_entry_id).where(
                        Allocation.transaction_id == draft.id))  # fmt: skip
                    assert all(before[number] for number in held)
                elif verb == "delete" and drafts:
                    transactions.delete_draft(drafts.pop(), OLGA)
                elif verb == "edit" and entry.billing_state == "unbilled":
                    entry.seconds += 60
                    approvals.forget(entry)
                elif verb == "switch":
                    old, project.approval_policy = project.approval_policy, ("none", "internal", "customer")[place % 3]
                    policy_changed(old, project.approval_policy, TimeEntry.project_id == project.id, OLGA)
                elif verb == "write_off":
                    write_off([entry.id], "", OLGA)
        except MoveRefused:
            db_session.expire_all()
    db_session.expire_all()
    found = proof()
    assert found.is_right, found.violations
    db_session.rollback()


def approved_by_hand(entry) -> bool:
    """The rule of T-18 in plain words, beside the one in SQL."""
    return entry.project.approval_policy == "none" or entry.approval == "approved"
