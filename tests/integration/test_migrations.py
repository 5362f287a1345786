"""Migrations: they make the tables of the models, on both databases, and never lose a child row."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import current_app
from flask_migrate import migrate, upgrade
from sqlalchemy import MetaData, inspect, text

from extensions import Base, db
from tests.databases import MIGRATIONS
from tests.factories import make_contact_person, make_customer, make_organisation

RENAME = """
import sqlalchemy as sa
from alembic import op

revision = "second"
down_revision = {first!r}


def upgrade() -> None:
    with op.batch_alter_table("customers") as batch:
        batch.alter_column("notes", existing_type=sa.String(), type_=sa.Text(), existing_nullable=False)
        batch.drop_column("website")


def downgrade() -> None:
    pass
"""


@pytest.fixture
def empty_database(app, db_session):
    """The same database without any table."""
    db_session.rollback()
    with db.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))


@pytest.fixture
def own_migrations(app, tmp_path):
    """A migrations folder of this test's own, with no version in it."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("*.pyc", "__pycache__"))
    for version in (folder / "versions").glob("*.py"):
        version.unlink()
    app.extensions["migrate"].directory = str(folder)
    return folder


def directory() -> str:
    return current_app.extensions["migrate"].directory


def differences() -> list[object]:
    options = {"compare_type": True, "target_metadata": Base.metadata}
    with db.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)


def first_revision(folder: Path) -> str:
    file = next((folder / "versions").glob("*.py"))
    return file.read_text().partition("revision = ")[2].splitlines()[0].strip("'\"")


@pytest.mark.both_databases
def test_the_committed_migrations_make_the_tables_of_the_models(empty_database):
    upgrade(directory())

    assert differences() == []
    assert "customers" in inspect(db.engine).get_table_names()


@pytest.mark.both_databases
def test_migrations_made_from_the_models_leave_no_difference(empty_database, own_migrations):
    migrate(directory(), "everything")
    upgrade(directory())

    assert differences() == []
    made = next((own_migrations / "versions").glob("*.py")).read_text()
    assert "extensions." not in made


def test_altering_a_table_keeps_the_rows_that_hang_on_it(empty_database, own_migrations, db_session):
    migrate(directory(), "everything")
    upgrade(directory())
    make_contact_person(make_customer())
    db_session.commit()
    (own_migrations / "versions" / "second.py").write_text(RENAME.format(first=first_revision(own_migrations)))

    upgrade(directory())

    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM contact_persons")) == 1
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_migration_that_would_leave_orphans_is_rolled_back(empty_database, own_migrations, db_session):
    migrate(directory(), "everything")
    upgrade(directory())
    make_contact_person(make_customer())
    db_session.commit()
    delete = RENAME.format(first=first_revision(own_migrations)).partition("    with op.")[0]
    (own_migrations / "versions" / "second.py").write_text(
        delete + '    op.execute("DELETE FROM customers")\n\n\ndef downgrade() -> None:\n    pass\n'
    )

    with pytest.raises(SystemExit):
        upgrade(directory())

    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM customers")) == 1


def test_the_database_is_copied_before_it_is_migrated(empty_database, own_migrations, db_session, command, config):
    migrate(directory(), "everything")
    upgrade(directory())
    make_organisation()
    db_session.commit()
    (own_migrations / "versions" / "second.py").write_text(RENAME.format(first=first_revision(own_migrations)))

    answer = command("prepare")

    [copy] = (config.data_folder / "before-migration").glob("*.sqlite3")
    assert answer.exit_code == 0
    assert str(copy) in answer.output
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT name FROM organisations").fetchone() == ("Brightline Studio",)
        assert "website" in [row[1] for row in connection.execute("PRAGMA table_info(customers)")]
    connection.close()
    assert copy.stat().st_mode & 0o077 == 0
    assert command("prepare").output == ""


def test_a_database_of_a_newer_crossbill_is_not_touched(db_session, command):
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('from_the_future')"))

    answer = command("prepare")

    assert answer.exit_code == 1
    assert "newer Crossbill" in answer.output


FIRST_RELEASE = "7d9b2079ac96"
#: columns that hold one of a few words, with one of them
WORDS = {
    ("integrations", "state"): "active", ("sync_runs", "state"): "ok", ("projects", "billing_method"): "fixed",
    ("time_entries", "billing_state"): "unbilled", ("number_series", "next_number"): 1,
    ("expenses", "billing_state"): "unbilled", ("finance_links", "reach"): "view", ("outbox", "state"): "done",
    ("import_batches", "state"): "applied", ("organisations", "edition"): "global",
    ("users", "role"): "owner", ("users", "status"): "active",
}  # fmt: skip


def a_row_in_each_table() -> None:
    """Put one row into every table of the database as it is now, each pointing at the others' first row."""
    tables = MetaData()
    tables.reflect(db.engine)
    with db.engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert().values({column.name: plain_value(column) for column in table.c}))


def plain_value(column):
    if (word := WORDS.get((column.table.name, column.name))) is not None:
        return word
    if column.foreign_keys:
        return 1 if not column.nullable else None
    kinds = {int: 1, bool: True, str: column.name, bytes: b"x", date: date(2026, 1, 1), dict: {}, object: {}}
    kind = column.type.python_type
    return datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None) if kind is datetime else kinds[kind]


@pytest.mark.both_databases
def test_an_installation_of_the_first_release_is_brought_up_with_every_row(empty_database):
    upgrade(directory(), FIRST_RELEASE)
    a_row_in_each_table()
    names = [name for name in inspect(db.engine).get_table_names() if name != "alembic_version"]

    upgrade(directory())

    with db.engine.connect() as connection:
        counts = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in names}
        assert counts == dict.fromkeys(names, 1)
        assert connection.scalar(text("SELECT hot_minutes FROM integrations")) == 5
        assert connection.execute(text("SELECT is_muted FROM links")).scalar_one() in (0, False)
    assert differences() == []


SECOND_RELEASE = "66ce4dbed140"


@pytest.mark.both_databases
def test_what_was_issued_before_has_its_tax_groups_and_what_was_kept_out_its_figures(empty_database):
    upgrade(directory(), SECOND_RELEASE)
    a_row_in_each_table()
    kept = '{"fields": {"project": "1733", "seconds": 5400}}'
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE transactions SET number = 'INV-1', currency = 'EUR'"))
        connection.execute(text("UPDATE transaction_lines SET amount = 1000500, tax_id = 1, tax_percent = 190000"))
        connection.execute(
            text("UPDATE links SET reason = 'TS-NO-PRIMARY', kept = :kept, detail = :detail"),
            {"kept": kept, "detail": '{"parent": "1733", "parent_module": "projects"}'},
        )

    upgrade(directory())

    with db.engine.connect() as connection:
        group = connection.execute(text("SELECT net, tax, percent, category FROM transaction_taxes")).one()
        figures = connection.execute(text("SELECT kept_seconds, kept_project, kept_cause FROM links")).one()
    # 100.05 at 19 %: 19.0095, rounded half up to cents
    assert tuple(group) == (1_000_500, 190_100, 190_000, "S")
    assert tuple(figures) == (5400, "1733", "projects:1733")
