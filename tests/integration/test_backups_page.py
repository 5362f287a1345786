"""Settings → Backups: snapshots of everything, and an export that others can read."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import threading
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import text

import archive
from archive.export import columns_of, tables
from billing import transactions
from billing.pdf import store
from billing.proof import proof
from extensions import db, utcnow
from models import AuditEntry, Customer, Tax, UserSession
from models.audit import Actor
from tests.factories import make_customer, make_project, make_time_entry
from tests.integration.connecting import text_of

PAGE = "/settings/backups"
ACTOR = Actor("person", "Olga Marsh")
pytestmark = pytest.mark.req("M-20")


@pytest.fixture(autouse=True)
def _plain_posts(app):
    """Tests post without the token; that it is asked for everywhere is tested once for all routes."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def browser(browser_of, olga):
    return browser_of(olga)


@pytest.fixture
def books(olga, db_session):
    """An issued invoice over an hour with its PDF, another hour unbilled, and a customer whose name is a formula."""
    make_customer("=HYPERLINK(1)")
    project = make_project(make_customer("Harbor & Pine"))
    first = make_time_entry(project, notes="-2+3")
    make_time_entry(project)
    made = transactions.start_from_time(
        transactions.TimeChoice(project_ids=(project.id,), entry_ids=(first.id,)), ACTOR
    )
    transactions.issue(made, ACTOR)
    store(made, db_session.commit)
    db_session.commit()
    return made


def made() -> None:
    """Wait for the backup that is being made."""
    thread = archive.making().thread
    assert thread is not None
    thread.join(30)


def unzipped(answer) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def rows_of(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"))))


# ── Snapshots ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_a_snapshot_before_danger_restores_to_the_same_ledger(books, db_session, command):
    before = proof()

    kept = archive.snapshot("Before deleting Zoho Projects")
    db_session.execute(text("UPDATE time_entries SET billing_state = 'written_off'"))
    db_session.commit()
    answer = command("restore", str(kept.path))

    assert answer.exit_code == 0, answer.output
    assert proof() == before
    assert proof().is_right


def test_a_snapshot_lies_where_only_its_owner_reads_and_says_why_it_was_made(books, config):
    kept = archive.snapshot("Before undoing a sync")

    assert kept.path.parent == config.data_folder / "backups"
    assert kept.path.parent.stat().st_mode & 0o077 == 0
    assert kept.path.stat().st_mode & 0o077 == 0
    assert [found.label for found in archive.snapshots()] == ["Before undoing a sync"]
    assert kept.name.endswith("-before-undoing-a-sync.tar.gz")


def test_two_snapshots_of_one_second_have_two_names(books):
    names = {archive.snapshot("Again").name for _ in range(3)}

    assert len(names) == 3


def test_a_snapshot_is_taken_before_writing_and_never_loses_what_was_written(books, db_session):
    db_session.add(Tax(name="Later", percent=7))

    with pytest.raises(RuntimeError, match="before writing"):
        archive.snapshot("Too late")


def test_nobody_who_writes_waits_for_a_snapshot(books, config, monkeypatch):
    """Written at the moment when the copy is open for reading."""
    file = config.data_folder / "crossbill.sqlite3"
    reading, go_on = threading.Event(), threading.Event()
    connect = sqlite3.connect

    class Slow(sqlite3.Connection):
        def backup(self, target, **options):
            self.execute("BEGIN").connection.execute("SELECT count(*) FROM customers").fetchone()
            reading.set()
            assert go_on.wait(10)
            self.execute("COMMIT")
            super().backup(target, **options)

    monkeypatch.setattr("archive.databases.sqlite3.connect", lambda path, **kw: connect(path, factory=Slow, **kw))
    archive.begin("Slow")
    assert reading.wait(10)
    writer = connect(file, timeout=0)
    with writer:
        writer.execute("UPDATE customers SET notes = 'written meanwhile'")
    writer.close()
    go_on.set()
    made()

    assert archive.making().problem == ""


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_can_be_made_seen_downloaded_and_deleted(books, browser, config, db_session):
    answer = browser.post(f"{PAGE}/make")
    made()
    [path] = (config.data_folder / "backups").iterdir()
    whole = path.read_bytes()
    page = text_of(browser.get(PAGE))

    assert answer.status_code == 303
    assert path.name in page
    assert "Asked for by Olga Marsh" in page
    fetched = browser.post(f"{PAGE}/{path.name}/download", buffered=True)
    assert fetched.data == whole
    assert fetched.headers["Content-Disposition"] == f"attachment; filename={path.name}"
    browser.post(f"{PAGE}/{path.name}/delete")
    assert not path.exists()
    verbs = set(db_session.scalars(db.select(AuditEntry.verb)))
    assert {"backup.started", "backup.downloaded", "backup.deleted"} <= verbs


def test_a_backup_that_fails_says_why_on_the_page(books, browser, monkeypatch):
    def full(target, label=""):
        raise OSError("No space left on device")

    monkeypatch.setattr("archive.keeping.write", full)
    browser.post(f"{PAGE}/make")
    made()

    assert "The last backup could not be made No space left on device" in text_of(browser.get(PAGE))


def test_while_a_backup_is_made_the_page_follows_it_and_a_second_one_is_not_started(books, browser, app, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr("archive.keeping.snapshot", lambda label: go_on.wait(10))
    browser.post(f"{PAGE}/make")

    page = browser.get(PAGE)
    again = browser.post(f"{PAGE}/make", follow_redirects=True)
    go_on.set()
    made()

    assert "A backup is being made" in text_of(page)
    assert 'hx-trigger="every 2s"' in page.text
    assert "A backup is being made already." in text_of(again)
    assert "every 2s" not in browser.get(PAGE).text


@pytest.mark.parametrize("name", ["nothing.tar.gz", "..%2Fsecret_key", "secret_key", ".tar.gz", "..tar.gz"])
@pytest.mark.parametrize("verb", ["download", "delete"])
def test_only_backups_have_an_address(books, browser, config, name, verb):
    (config.data_folder / "secret_key").write_text("kept")

    assert browser.post(f"{PAGE}/{name}/{verb}").status_code == 404
    assert (config.data_folder / "secret_key").exists()


def test_an_admin_makes_backups_but_only_an_owner_takes_the_keys_away(books, browser_of, ada):
    kept = archive.snapshot("Kept")
    browser = browser_of(ada)

    page = browser.get(PAGE)

    assert kept.name in text_of(page)
    assert "/download" not in page.text
    assert browser.post(f"{PAGE}/{kept.name}/download").status_code == 403
    assert browser.post(f"{PAGE}/{kept.name}/delete").status_code == 403
    assert browser.post(f"{PAGE}/export", buffered=True).status_code == 200


@pytest.mark.parametrize("verb", ["x.tar.gz/download", "x.tar.gz/delete", "export"])
def test_taking_everything_away_asks_for_the_password_again(books, browser, db_session, verb):
    db_session.execute(db.update(UserSession).values(confirmed_at=utcnow() - timedelta(hours=1)))

    answer = browser.post(f"{PAGE}/{verb}")

    assert answer.status_code == 422
    assert "Enter your password once more" in text_of(answer)


def test_a_file_that_is_no_backup_is_listed_as_such(books, browser, config):
    archive.snapshot("First")
    (config.data_folder / "backups" / "broken.tar.gz").write_bytes(b"hello")

    assert "broken.tar.gz cannot be read as a backup" in text_of(browser.get(PAGE))


# ── Export ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_the_export_holds_every_table_and_every_issued_document(books, browser):
    answer = browser.post(f"{PAGE}/export", buffered=True)

    files = unzipped(answer)
    assert answer.mimetype == "application/zip"
    for name in ("customers", "projects", "tasks", "bugs", "time_entries", "users", "transactions",
                 "transaction_lines", "allocations", "links"):  # fmt: skip
        assert f"{name}.csv" in files
    assert len(rows_of(files, "time_entries")) == 2
    [invoice] = rows_of(files, "transactions")
    assert (invoice["number"], invoice["total"], invoice["status"]) == (books.number, "100.0000", "issued")
    assert files[f"documents/invoice/{books.number}.pdf"].startswith(b"%PDF")
    assert "Brightline Studio" in files["README.txt"].decode()
    assert "customers.csv\n    Who is billed." in files["README.txt"].decode()


def test_no_cell_of_the_export_is_a_formula(books, browser):
    files = unzipped(browser.post(f"{PAGE}/export", buffered=True))

    assert "'=HYPERLINK(1)" in [row["name"] for row in rows_of(files, "customers")]
    assert "'-2+3" in [row["notes"] for row in rows_of(files, "time_entries")]
    for name in files:
        if name.endswith(".csv"):
            for row in csv.reader(io.StringIO(files[name].decode("utf-8-sig"))):
                assert not [cell for cell in row if re.match(r"\s*[=+@]|\s*-(?!\d)", cell)]


def test_the_export_holds_nothing_that_opens_anything(books, browser, olga):
    files = unzipped(browser.post(f"{PAGE}/export", buffered=True))

    told = b"".join(files.values())
    assert olga.password_hash.encode() not in told
    assert books.link_token.encode() not in told
    names = {column.name for table in tables() for column in columns_of(table)}
    assert not [name for name in names if re.search("password|secret|token", name)]
    assert not {"credentials", "user_sessions", "one_time_links"} & {table.name for table in tables()}


def test_the_export_is_written_while_it_is_sent_and_keeps_nobody_from_writing(books, app, db_session, config):
    db_session.commit()
    with app.test_request_context(PAGE, method="POST"):
        pieces = archive.exported()
        first = next(pieces)
        writer = sqlite3.connect(config.data_folder / "crossbill.sqlite3", timeout=0)
        with writer:
            writer.execute("UPDATE customers SET notes = 'written meanwhile'")
        writer.close()
        rest = b"".join(pieces)

    with zipfile.ZipFile(io.BytesIO(first + rest)) as packed:
        assert "README.txt" in packed.namelist()


def test_pieces_of_a_large_export_stay_small(books, app, db_session):
    db_session.execute(
        db.insert(Customer),
        [{"name": f"Customer {n}", "name_key": f"customer {n}", "currency": "USD", "notes": "x" * 500}
         for n in range(5000)],
    )  # fmt: skip
    db_session.commit()

    largest = max(len(piece) for piece in archive.exported())

    assert largest < 1024 * 1024
