"""Backups: everything in one file, proven whole, and the same books after restoring (requirements M-20)."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from datetime import timedelta

import pytest
from sqlalchemy import text

from billing import transactions
from billing.proof import proof
from extensions import Base, db, utcnow
from models import Customer, Lease
from models.audit import Actor
from tests.factories import make_customer, make_organisation, make_project, make_time_entry

ACTOR = Actor("person", "Olga Marsh")


def everything() -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    return {
        table.name: sorted(map(tuple, db.session.execute(db.select(table)).all()), key=repr)
        for table in Base.metadata.sorted_tables
        if table.name != "leases"
    }


@pytest.fixture
def books(db_session, config):
    """An issued invoice over an hour, another hour unbilled, and a stored document."""
    make_organisation()
    project = make_project(make_customer("Harbor & Pine"))
    first = make_time_entry(project)
    make_time_entry(project)
    choice = transactions.TimeChoice(project_ids=(project.id,), entry_ids=(first.id,))
    transactions.issue(transactions.start_from_time(choice, ACTOR), ACTOR)
    (config.data_folder / "documents").mkdir()
    (config.data_folder / "documents" / "1.pdf").write_bytes(b"%PDF as issued")
    db_session.commit()
    return everything()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "kept" / "everything.tar.gz"


@pytest.mark.req("M-20")
@pytest.mark.both_databases
def test_a_restored_backup_gives_the_same_books(books, db_session, command, config, file):
    before = proof()
    assert command("backup", str(file)).exit_code == 0
    db_session.execute(text("UPDATE time_entries SET billing_state = 'written_off'"))
    db_session.add(make_customer("Came later"))
    (config.data_folder / "documents" / "1.pdf").write_bytes(b"scribbled over")
    (config.data_folder / "documents" / "2.pdf").write_bytes(b"came later")

    answer = command("restore", str(file))

    assert answer.exit_code == 0, answer.output
    assert everything() == books
    assert proof() == before
    assert proof().is_right
    documents = config.data_folder / "documents"
    assert {path.name: path.read_bytes() for path in documents.iterdir()} == {"1.pdf": b"%PDF as issued"}


@pytest.mark.req("M-20")
def test_what_was_there_before_a_restore_is_kept_beside_it(books, db_session, command, config, file):
    command("backup", str(file))
    make_customer("Came later")

    command("restore", str(file))

    [kept] = config.data_folder.glob("before-restore-*")
    assert {path.name for path in kept.iterdir()} == {"database.sqlite3", "documents"}
    assert db_session.scalar(db.select(Customer).where(Customer.name == "Came later")) is None


def test_a_backup_brings_its_own_keys(books, command, config, file):
    command("backup", str(file))

    command("restore", str(file))

    assert (config.data_folder / "encryption_keys").read_text().split() == list(config.encryption_keys)
    assert (config.data_folder / "encryption_keys").stat().st_mode & 0o077 == 0


def test_nobody_but_its_owner_can_read_a_backup(books, command, file):
    command("backup", str(file))

    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_whole_backup_says_so(books, command, file):
    command("backup", str(file))

    assert "Whole" in command("backup", "--verify", str(file)).output


@pytest.mark.parametrize("damage", ["truncated", "changed", "not a backup", "missing"])
def test_a_damaged_backup_is_refused_and_nothing_is_touched(books, command, file, damage):
    command("backup", str(file))
    whole = file.read_bytes()
    if damage == "truncated":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "changed":
        rewrite(file, "documents/1.pdf", b"%PDF other")
    elif damage == "not a backup":
        file.write_bytes(b"something else")
    else:
        file.unlink()

    answer = command("restore", str(file))

    assert answer.exit_code == 1
    assert answer.output.startswith("Error: ")
    assert everything() == books


def rewrite(file, name, content):
    """Put other content under a name in an archive."""
    with tarfile.open(file) as archive:
        members = {member.name: archive.extractfile(member).read() for member in archive}
    members[name] = content
    with tarfile.open(file, "w:gz") as archive:
        for key, data in members.items():
            info = tarfile.TarInfo(key)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def test_a_backup_that_names_files_outside_of_itself_is_refused(books, command, file, tmp_path):
    command("backup", str(file))
    with tarfile.open(file) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
    manifest["files"]["../../stolen"] = "0" * 64
    rewrite(file, "manifest.json", json.dumps(manifest).encode())
    rewrite(file, "../../stolen", b"x")

    answer = command("restore", str(file))

    assert answer.exit_code == 1
    assert not list(tmp_path.rglob("stolen"))
    assert everything() == books


def test_a_restore_waits_until_crossbill_is_stopped(books, db_session, command, file):
    command("backup", str(file))
    db_session.add(Lease(name="scheduler", owner="another-machine/1 77 5 aa", until=utcnow() + timedelta(minutes=1)))

    answer = command("restore", str(file))

    assert answer.exit_code == 1
    assert "Stop it first" in answer.output
    assert everything() == books


def test_a_restore_stops_while_anybody_has_the_database_open(books, command, config, file):
    command("backup", str(file))
    other = sqlite3.connect(config.data_folder / "crossbill.sqlite3")
    other.execute("SELECT count(*) FROM customers").fetchone()

    answer = command("restore", str(file))
    other.close()

    assert answer.exit_code == 1
    assert "Stop it first" in answer.output
    assert everything() == books


def test_a_backup_without_a_name_lies_in_the_data_folder(books, command, config):
    command("backup")

    assert len(list((config.data_folder / "backups").glob("crossbill-*.tar.gz"))) == 1
