"""`prepare`: brings the database up to date before the app starts, with a copy of it first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from archive.databases import copy_sqlite, revision, sqlite_file
from extensions import current_config

#: copies made before migrations that are kept
KEPT_COPIES = 5


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Bring the database up to date; an SQLite file is copied first."""
    try:
        now = revision()
    except OperationalError as error:
        raise click.ClickException(f"The database cannot be reached: {error.orig}") from error
    if now == head():
        return
    if now is not None:
        refuse_unknown(now)
        if copy := copy_before_migrating(now):
            click.echo(f"Copied the database to {copy} before changing it.")
    click.echo("Making the database …" if now is None else "Bringing the database up to date …")
    upgrade(directory=current_app.extensions["migrate"].directory)


def require_tables() -> None:
    """Stop with one sentence when the database is not what this version works on."""
    if revision() != head():
        raise click.ClickException("There is no up-to-date database yet. Start ./crossbill up once, then try again.")


def scripts() -> ScriptDirectory:
    """The migrations that this version has."""
    return ScriptDirectory(current_app.extensions["migrate"].directory)


def head() -> str | None:
    """The newest migration that this version has."""
    return scripts().get_current_head()


def refuse_unknown(now: str) -> None:
    """Stop when the database was made by a newer version: going back would lose data."""
    known = {script.revision for script in scripts().walk_revisions()}
    if now not in known:
        raise click.ClickException(
            "This database was made by a newer Crossbill. Start that version, or restore a backup."
        )


def copy_before_migrating(now: str) -> Path | None:
    """Copy an SQLite database and drop the oldest copies; None on Postgres, which is backed up by its own tools."""
    source = sqlite_file()
    if source is None:
        return None
    folder = current_config().data_folder / "before-migration"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{now}.sqlite3"
    copy_sqlite(source, target)
    for old in sorted(folder.glob("*.sqlite3"))[:-KEPT_COPIES]:
        old.unlink()
    return target
