"""What happens to a transaction leaves one note; only the newest is told, and only what somebody could have seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from billing import outbox, transactions
from billing.errors import MoveRefused
from billing.transactions import Changes, LineChange
from extensions import db, utcnow
from models import Organisation, Outbox, TimeEntry
from models.audit import Actor
from sync.outbox import notes, writeback
from tests import factories
from tests.telling import OLGA, Teller, notes_of, teller, the_note


@pytest.fixture
def told(standin: Any, organisation: Organisation) -> Teller:
    return teller(standin)


def change(transaction: Any, rate: str = "100") -> None:
    lines = tuple(
        LineChange(line.id, line.name, rate=factories.Decimal(rate)) for line in transaction.lines
        if line.kind != "rounding"
    )  # fmt: skip
    transactions.update(
        transaction, Changes(transaction.version, transaction.date, transaction.due_date, "PO 7", "", lines), OLGA
    )
    db.session.commit()


@pytest.mark.req("T-04", "R-12")
def test_each_verb_leaves_a_note_with_what_was_true_and_who_did_it(told):
    invoice = told.draft()
    change(invoice)
    transactions.issue(invoice, OLGA)
    transactions.mark_sent(invoice, Actor("schedule", "Mail queue"))
    transactions.void(invoice, "Wrong customer", OLGA)
    db.session.commit()

    rows = db.session.scalars(db.select(Outbox).order_by(Outbox.id)).all()

    assert [row.event for row in rows] == ["created", "changed", "issued", "sent", "voided"]
    assert [row.payload["status"] for row in rows] == ["draft", "draft", "issued", "sent", "void"]
    assert [row.actor for row in rows] == ["Olga Marsh"] * 3 + ["Mail queue", "Olga Marsh"]
    assert rows[3].actor_kind == "schedule"
    assert rows[2].payload == {
        "type": "invoice", "number": "INV-2026-00001", "status": "issued", "total": "100.00", "currency": "USD",
        "link": f"http://127.0.0.1:8000/c/{invoice.link_token}",
    }  # fmt: skip
    assert rows[0].payload["link"] == "", "a draft's link opens nothing"
    assert len({row.reference for row in rows}) == 5


@pytest.mark.req("T-04")
def test_a_verb_that_is_taken_back_leaves_no_note(told):
    invoice = told.draft()
    transactions.issue(invoice, OLGA)

    db.session.rollback()

    assert notes_of(invoice) == [("created", "pending")]


@pytest.mark.req("T-04")
def test_nothing_is_noted_about_a_project_that_nobody_else_knows(told):
    here = factories.make_project()
    factories.make_time_entry(here)
    transactions.start_from_time(transactions.TimeChoice((here.id,)), OLGA)
    transactions.start_blank(here.customer_id, OLGA)
    db.session.commit()

    assert db.session.scalars(db.select(Outbox)).all() == []


@pytest.mark.req("T-04")
def test_a_note_costs_one_statement(told):
    invoice = told.draft()
    assert invoice.project.source == "zoho_projects"
    db.session.commit()
    assert invoice.id, "the verb has read both before"
    assert invoice.project.name
    statements: list[str] = []
    listen = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        outbox.note(invoice, "changed", OLGA)
        db.session.flush()
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)

    assert [statement.split()[0] for statement in statements] == ["INSERT"]


@pytest.mark.req("T-04")
def test_only_the_newest_status_is_told(told):
    invoice = told.draft()
    change(invoice)
    transactions.issue(invoice, OLGA)
    transactions.mark_sent(invoice, OLGA)
    db.session.commit()

    told.tell_all()

    assert notes_of(invoice) == [
        ("created", "dropped"), ("changed", "dropped"), ("issued", "dropped"), ("sent", "done"),
    ]  # fmt: skip
    assert len(told.feed()) == 1
    assert "INV-2026-00001 was sent to the customer (Olga Marsh). Total: US$100.00." in told.feed()[0]


@pytest.mark.req("T-04")
def test_what_happens_later_is_told_as_well(told):
    invoice = told.invoice()
    told.tell_all()
    transactions.void(invoice, "Wrong customer", OLGA)
    db.session.commit()

    told.tell_all()

    assert [line.partition(" (")[0] for line in told.feed()] == [
        "Invoice INV-2026-00001 was issued", "Invoice INV-2026-00001 was voided",
    ]  # fmt: skip


@pytest.mark.req("T-04")
def test_a_draft_is_told_when_nobody_worked_on_it_for_a_moment(told):
    invoice = told.draft()
    assert told.tell() == 0
    told.later(seconds=40)
    change(invoice, "120")
    db.session.scalars(db.select(Outbox).where(Outbox.event == "changed")).one().not_before = told.now() + timedelta(
        seconds=45
    )
    db.session.commit()
    assert told.tell() == 0

    told.later(seconds=50)

    assert told.tell() == 1
    assert told.feed()[0].startswith("Invoice was changed (Olga Marsh). Total: US$120.00.")


@pytest.mark.req("T-04")
def test_nobody_is_told_twice_that_nothing_changed(told):
    invoice = told.invoice()
    transactions.mark_sent(invoice, OLGA)
    db.session.commit()
    told.tell_all()
    transactions.mark_sent(invoice, OLGA)
    db.session.commit()

    told.tell_all()

    assert len(told.feed()) == 1
    assert the_note(invoice).state == "dropped"
    assert the_note(invoice).problem == "Nothing changed since it was told last."


@pytest.mark.req("T-04", "T-05")
def test_a_draft_that_nobody_was_told_of_goes_without_a_word(told):
    unseen, seen = told.draft(), told.draft()
    transactions.delete_draft(unseen, OLGA)
    db.session.commit()
    told.tell_all()
    transactions.delete_draft(seen, OLGA)
    db.session.commit()

    told.tell_all()

    assert [line.partition(" (")[0] for line in told.feed()] == [
        "Invoice was started as a draft",
        "Invoice was deleted",
    ]
    assert the_note(unseen).problem == "It was deleted before anybody was told of it."


@pytest.mark.req("T-04")
def test_without_amounts_neither_total_nor_link_is_told(told):
    told.portal.choose(write_back_amounts=False)
    invoice = told.invoice()

    told.tell_all()

    assert told.feed() == [f"Invoice INV-2026-00001 was issued (Olga Marsh). [{the_note(invoice).reference}]"]


@pytest.mark.req("T-04")
def test_telling_is_off_until_the_owner_chose_it(told):
    told.portal.integration.settings = {"preferences_chosen": True}
    invoice = told.invoice()

    told.tell_all()
    told.portal.choose(write_back="feed")
    told.tell_all()

    assert told.feed() == []
    assert the_note(invoice).state == "dropped"
    assert told.calls("POST") == 0


@pytest.mark.req("P-53")
@pytest.mark.parametrize("state", ["paused", "disabling", "disabled", "needs_reauth"])
def test_notes_of_an_integration_that_is_not_active_are_parked_and_say_so(told, state):
    told.portal.integration.state = state
    invoice = told.invoice()

    told.tell_all(3)

    assert the_note(invoice).state == "parked"
    assert the_note(invoice).problem
    assert told.feed() == []
    assert told.calls("POST") == 0


@pytest.mark.req("P-53")
def test_notes_of_a_deleted_integration_are_parked(told):
    told.portal.integration.state = "deleted"
    invoice = told.invoice()

    told.tell_all(3)

    assert the_note(invoice).state == "parked"
    assert the_note(invoice).problem == "The integration was deleted, so there is nobody to tell."


@pytest.mark.req("P-53")
def test_once_enabled_again_only_what_still_holds_is_told(told):
    told.portal.integration.state = "disabled"
    kept, undone = told.invoice(), told.draft()
    told.tell()
    transactions.mark_sent(kept, OLGA)
    transactions.delete_draft(undone, OLGA)
    db.session.commit()
    told.tell()
    assert notes_of(kept)[-2:] == [("issued", "dropped"), ("sent", "parked")]

    told.portal.integration.state = "active"
    db.session.commit()
    told.tell_all()

    assert [line.partition(" (")[0] for line in told.feed()] == ["Invoice INV-2026-00001 was sent to the customer"]


@pytest.mark.req("P-53")
def test_what_moved_on_without_a_note_is_told_as_it_is_by_now(told):
    told.portal.integration.state = "disabled"
    invoice = told.invoice()
    told.tell()
    invoice.status = "paid"
    told.portal.integration.state = "active"
    db.session.commit()

    told.tell_all()

    assert told.feed()[0].startswith("Invoice INV-2026-00001: Paid")


@pytest.mark.req("P-53")
def test_notes_of_projects_that_became_local_are_dropped(told):
    invoice = told.invoice()
    told.projects[0].source = "local"
    db.session.commit()

    told.tell_all(3)

    assert the_note(invoice).state == "dropped"
    assert told.feed() == []


def test_a_project_that_is_not_linked_has_nobody_to_tell(told):
    loose = factories.make_project(source="zoho_projects")
    invoice = told.invoice(loose)

    told.tell_all(3)

    assert the_note(invoice).state == "dropped"


@pytest.mark.req("T-04")
def test_other_subjects_can_be_told_of_too(told):
    about = outbox.Subject("expense", 7, told.projects[0].id)
    outbox.put(about, "created", {"type": "expense", "number": "Train to Ulm", "status": "unbilled"}, OLGA)
    db.session.commit()

    told.tell_all()

    assert told.feed()[0].startswith("Expense Train to Ulm was entered (Olga Marsh).")


def test_old_notes_are_forgotten_but_what_waits_stays(told):
    invoice = told.draft()
    transactions.issue(invoice, OLGA)
    db.session.commit()
    told.tell()

    notes.prune(utcnow() + timedelta(days=40))
    db.session.commit()

    assert notes_of(invoice) == [("issued", "done")]


@pytest.mark.req("R-12")
def test_a_note_that_failed_is_told_when_a_person_asks_again(told):
    told.trouble(kind="status", status=403, title="FORBIDDEN")
    invoice = told.invoice()
    told.tell()
    assert the_note(invoice).state == "failed"
    assert "may not post to the feed" in the_note(invoice).problem
    told.calm()

    notes.retry(the_note(invoice), OLGA)
    db.session.commit()
    told.tell()

    assert the_note(invoice).state == "done"
    with pytest.raises(MoveRefused):
        notes.retry(the_note(invoice), OLGA)


def test_a_note_that_was_overtaken_is_not_tried_again(told):
    told.trouble(kind="status", status=403, title="FORBIDDEN")
    invoice = told.invoice()
    told.tell()
    failed = the_note(invoice)
    transactions.void(invoice, "Wrong", OLGA)
    db.session.commit()

    with pytest.raises(MoveRefused, match="Something newer"):
        notes.retry(failed, OLGA)


def test_hours_are_freed_all_the_same(told):
    """A note is never in the way of the verb."""
    invoice = told.invoice()
    transactions.void(invoice, "Wrong", OLGA)
    db.session.commit()

    assert db.session.scalars(db.select(TimeEntry)).one().billing_state == "unbilled"
    assert writeback.subject_of(the_note(invoice)) == "Invoice INV-2026-00001"
