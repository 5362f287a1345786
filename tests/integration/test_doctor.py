"""The doctor finds every fault that is planted, and finds nothing where nothing is wrong (quality §2)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from extensions import encrypt, reading
from models import MailMessage, NumberSeries, Organisation, TimeEntry, Transaction
from sync.invariants import INVARIANTS, broken_invariants
from tests.factories import (
    make_allocation,
    make_credential,
    make_customer,
    make_integration,
    make_line,
    make_link,
    make_organisation,
    make_project,
    make_run,
    make_time_entry,
    make_transaction,
)

LATE = datetime(2026, 7, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def sound(db_session, config):
    """A small business in which everything is in order."""
    make_organisation(mail_password=encrypt("secret"))
    integration = make_integration(synced_until=datetime(2026, 7, 1, 9, 0, tzinfo=UTC))
    make_credential(integration, encrypt("{}"))
    project = make_project(make_customer("Harbor & Pine", source="zoho_projects"), source="zoho_projects")
    run = make_run(
        integration, {"projects": {"seen": 2, "added": 1, "excluded": 1}}, started_at=integration.synced_until
    )
    make_link(integration, "customers", local_id=project.customer_id, run_id=run.id - 1)
    make_link(integration, "projects", local_id=project.id, run_id=run.id, created_run_id=run.id)
    make_link(integration, "projects", outcome="excluded", reason="PRJ-NO-PRIMARY", run_id=run.id)
    db_session.add(NumberSeries(type="invoice", pattern="INV-{year}-{number:05}", next_number=3, year=2026))
    for number in (1, 2):
        make_issued(project, f"INV-2026-0000{number}")
    make_time_entry(project)
    db_session.commit()


def make_issued(project, number, **values):
    """An issued invoice over one hour at 100."""
    entry = make_time_entry(project, billing_state="invoiced")
    plain = {"status": "issued", "issued_at": LATE, "subtotal": 100, "total": 100, "balance": 100}
    invoice = make_transaction(project.customer, number=number, project_id=project.id, **(plain | values))
    line = make_line(
        invoice, kind="time", project_id=project.id, unit="h", logged_seconds=3600, seconds=3600, rate=Decimal(100)
    )
    make_allocation(entry, line)
    return invoice


def titles(answer):
    return {row["title"]: row for row in json.loads(answer.output)}


@pytest.mark.both_databases
def test_where_nothing_is_wrong_nothing_is_found(sound, command):
    answer = command("doctor", "--json")

    assert [row for row in titles(answer).values() if row["level"] == "broken"] == []
    assert answer.exit_code == 0


def sql(*statements):
    def plant(session):
        for statement in statements:
            session.execute(text(statement))

    return plant


FAULTS = {
    "a line that lost its hour": ("ledger", sql("UPDATE allocations SET released_at = '2026-07-03' WHERE id = 1")),
    "an hour on a line that does not say so": ("ledger", sql("UPDATE time_entries SET billing_state = 'unbilled'")),
    "an hour on two lines": (
        "ledger",
        sql(
            "DROP INDEX uq_allocations_live",
            "INSERT INTO allocations (time_entry_id, transaction_id, line_id, seconds, allocated_at, release_reason) "
            "SELECT 1, transaction_id, line_id, seconds, allocated_at, '' FROM allocations WHERE id = 2",
        ),
    ),
    "an hour on a draft that was issued": (
        "ledger", sql("UPDATE time_entries SET billing_state = 'on_draft' WHERE id = 1"),
    ),
    "a live allocation without a line": ("ledger", sql("UPDATE allocations SET line_id = NULL WHERE id = 1")),
    "a line that lost seconds": ("ledger", sql("UPDATE transaction_lines SET logged_seconds = 1 WHERE id = 1")),
    "a subtotal that is not its lines": ("ledger", sql("UPDATE transactions SET subtotal = subtotal + 1 WHERE id = 1")),
    "a line that does not re-compute": (
        "totals",
        sql(
            "UPDATE transaction_lines SET amount = amount + 10000 WHERE id = 1",
            "UPDATE transactions SET subtotal = subtotal + 10000, total = total + 10000 WHERE id = 1",
        ),
    ),
    "a tax that is not that of the lines": (
        "totals", sql("UPDATE transactions SET tax_total = 10000, total = total + 10000 WHERE id = 1"),
    ),
    "a number that is skipped": ("numbers", sql("UPDATE transactions SET number = 'INV-2026-00005' WHERE id = 2")),
    "a number that comes again": ("numbers", sql("UPDATE number_series SET next_number = 2")),
    "an issued invoice without a number": (
        "numbers", sql("UPDATE transactions SET number = NULL WHERE id = 2"),
    ),
    "a draft with a number": ("numbers", sql("UPDATE transactions SET status = 'draft' WHERE id = 1")),
    "a link that leads nowhere": ("links", sql("UPDATE links SET local_id = 999 WHERE id = 2")),
    "two links to one record": (
        "links",
        sql("DROP INDEX uq_links_local", "UPDATE links SET module = 'projects', local_id = 1 WHERE id IN (1, 2)"),
    ),
    "a record kept out without a reason": ("decisions", sql("UPDATE links SET reason = NULL WHERE id = 3")),
    "a record kept out for a reason nobody knows": ("decisions", sql("UPDATE links SET reason = 'HUH' WHERE id = 3")),
    "a record that counts as fetched and is not here": (
        "decisions", sql("UPDATE links SET local_id = NULL WHERE id = 2"),
    ),
    "a decision that does not exist": ("decisions", sql("UPDATE links SET outcome = 'maybe' WHERE id = 2")),
    "a run that counted too little": ("run_counts", sql("UPDATE sync_run_modules SET added = 0")),
    "an expense that is invoiced nowhere": (
        "expenses",
        sql(
            "INSERT INTO expense_categories (id, name, name_key, is_active) VALUES (1, 'Travel', 'travel', 1)",
            "INSERT INTO expenses (id, date, category_id, vendor, vendor_key, description, title_key, currency, "
            "amount, tax_percent, tax_is_included, net, tax_amount, total, billing_state, markup_percent, "
            "receipt_file, receipt_name, receipt_type, receipt_size, version, created_at, updated_at) VALUES "
            "(1, '2026-07-01', 1, '', '', 'Train', 'train', 'USD', 10000, 0, 0, 10000, 0, 10000, 'invoiced', 0, "
            "'', '', '', 0, 1, '2026-07-01 10:00:00', '2026-07-01 10:00:00')",
        ),
    ),
    "a row that points nowhere": (
        "orphans", sql("UPDATE transactions SET customer_id = 999 WHERE id = 1"),
    ),
    "a fetched record without a link": ("orphans", sql("DELETE FROM links WHERE id = 2")),
    "a sync that skipped a while": ("cursors", sql("UPDATE integrations SET synced_until = '2026-07-01 10:00:00'")),
    "a module that was read to an end it never reached": (
        "cursors", sql("UPDATE sync_run_modules SET is_complete = 1, state = 'failed'"),
    ),
    "a run that hangs": (
        "liveness", sql("UPDATE sync_runs SET state = 'running', heartbeat_at = '2026-01-01 00:00:00'"),
    ),
}  # fmt: skip


@pytest.mark.req("M-05", "R-02", "R-04", "R-08", "R-13", "R-14")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(sound, db_session, command, fault):
    key, plant = FAULTS[fault]
    title = next(str(rule.title) for rule in INVARIANTS if rule.key == key)
    for statement in ("COMMIT", "PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE"):
        db_session.connection().exec_driver_sql(statement)
    plant(db_session)

    answer = command("doctor", "--json")

    assert answer.exit_code == 1
    assert titles(answer)[title]["level"] == "broken"
    assert titles(answer)[title]["sentences"]


def test_every_invariant_has_a_planted_fault():
    assert {key for key, _plant in FAULTS.values()} == {rule.key for rule in INVARIANTS}


@pytest.mark.both_databases
def test_invariants_hold_for_an_empty_installation(db_session):
    assert broken_invariants() == []


def test_numbers_of_two_years_do_not_count_as_a_gap(sound, db_session):
    make_issued(db_session.get(TimeEntry, 1).project, "INV-2025-00017")

    assert broken_invariants() == []


def test_others_must_not_read_the_data_folder(sound, command, config):
    config.data_folder.chmod(0o755)

    assert titles(command("doctor", "--json"))["The data folder is private"]["level"] == "broken"


def test_credentials_that_no_key_opens_are_told(sound, db_session, command):
    db_session.execute(text("UPDATE credentials SET secret = 'gAAAA'"))

    found = titles(command("doctor", "--json"))["Secrets can be decrypted"]

    assert found["level"] == "broken"
    assert "zoho_projects" in found["sentences"][0]


def test_a_mail_password_that_no_key_opens_is_told(sound, db_session, command):
    db_session.get(Organisation, 1).mail_password = "gAAAA"

    assert titles(command("doctor", "--json"))["Secrets can be decrypted"]["level"] == "broken"


@pytest.mark.req("R-05")
@pytest.mark.parametrize("content", [None, b"scribbled over"])
def test_a_stored_document_that_is_gone_or_changed_is_told(sound, db_session, command, config, content):
    invoice = db_session.get(Transaction, 1)
    invoice.pdf_file, invoice.pdf_hash = "1.pdf", "0" * 64
    (config.data_folder / "documents").mkdir()
    if content:
        (config.data_folder / "documents" / "1.pdf").write_bytes(content)

    found = titles(command("doctor", "--json"))["Stored documents are as they were issued"]

    assert found["level"] == "broken"
    assert "INV-2026-00001" in found["sentences"][0]


def test_mail_that_was_given_up_is_worth_a_note(sound, db_session, command):
    db_session.add(
        MailMessage(press="a", message_id="<a@b>", to="x@y.example", subject="s", text="t", html="h", status="failed")
    )

    answer = command("doctor", "--json")

    assert titles(answer)["Mail can be sent"]["level"] == "note"
    assert answer.exit_code == 0


def test_a_database_that_was_not_migrated_is_told(sound, db_session, command):
    db_session.execute(text("DELETE FROM alembic_version"))
    db_session.execute(text("INSERT INTO alembic_version VALUES ('old')"))

    answer = command("doctor", "--json")

    assert answer.exit_code == 1
    assert "Start ./crossbill up once" in titles(answer)["The database is in order"]["sentences"][0]


def test_people_read_signs_and_sentences(sound, command):
    text_shown = command("doctor").output

    assert "✓ Every hour is billed exactly once" in text_shown
    assert "· Mail can be sent" in text_shown


def test_the_doctor_does_not_keep_others_from_writing(sound, app, db_session):
    db_session.rollback()
    with reading():
        assert broken_invariants() == []
        with closing(sqlite3.connect(db_session.get_bind().url.database, timeout=0)) as other:
            other.execute("UPDATE customers SET notes = 'written meanwhile'")
            other.commit()
        db_session.rollback()
