"""Dumping and loading the whole database: SQLite by its own backup, Postgres by pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import URL

from extensions import db

#: dialect → name of the dump inside a backup
DUMPS: Mapping[str, str] = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


class DatabaseTrouble(Exception):  # noqa: N818 - the names are sentences (architecture §4)
    """Why the database could not be dumped or loaded, and what to do."""


def revision() -> str | None:
    """The migration that the database is at; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def sqlite_file() -> Path | None:
    """Where the database lies when it is an SQLite file."""
    name = db.engine.url.database
    return Path(name) if db.engine.dialect.name == "sqlite" and name else None


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that may be in use, as of one instant, with SQLite's backup API; the copy is 0600.

    The source is read as any reader would: with a write-ahead log nobody who writes waits for it.
    """
    target.touch(mode=0o600)
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode=DELETE")


def dump(folder: Path) -> Path:
    """Write the database, as of one instant, into a file in `folder`."""
    target = folder / DUMPS[db.engine.dialect.name]
    source = sqlite_file()
    if source is not None:
        try:
            copy_sqlite(source, target)
        except sqlite3.Error as error:
            raise DatabaseTrouble(f"The database could not be copied: {error}") from error
    else:
        _postgres("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    return target


def load(file: Path, keep_in: Path) -> None:
    """Put a dump in place of the present database, of which a dump is kept in `keep_in`: all of it, or nothing."""
    db.session.remove()
    here = sqlite_file()
    if here is None:
        dump(keep_in)
        db.engine.dispose()
        _postgres(
            "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error", str(file)
        )
        return
    db.engine.dispose()
    if here.exists():
        close_for_others(here)
        here.replace(keep_in / DUMPS["sqlite"])
    for tail in ("-wal", "-shm"):
        here.with_name(here.name + tail).unlink(missing_ok=True)
    shutil.move(file, here)


def close_for_others(file: Path) -> None:
    """Fold SQLite's log into the file; that fails, and must, while any process has the database open."""
    with closing(sqlite3.connect(file, timeout=2)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise DatabaseTrouble("Crossbill is running on this data. Stop it first, then restore.") from None


def _postgres(program: str, *arguments: str) -> None:
    """Run one of Postgres' own tools; the password travels in the environment, where `ps` does not show it."""
    url = db.engine.url
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    command = [_find(program), *arguments, f"--dbname={_plain(url)}"]
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True)  # noqa: S603 - no shell
    if done.returncode != 0:
        raise DatabaseTrouble(f"{program} did not succeed: {done.stderr.strip()}")


def _plain(url: URL) -> str:
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query).render_as_string()


def _find(program: str) -> str:
    """Find a Postgres tool: Debian keeps those of the server's version off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(program)
    if found is None:
        raise DatabaseTrouble(f"{program} is missing (Debian: apt-get install postgresql-client).")
    return found
