"""Databases for tests: SQLite files copied from a template, and a private Postgres cluster that trusts everybody."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

import models  # noqa: F401 - makes the tables known
from extensions import Base

MIGRATIONS = str(Path(__file__).resolve().parent.parent / "migrations")
#: durability costs time, and nobody misses these rows
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60 -c listen_addresses=''"
TEMPLATE = "crossbill_template"
#: folders of clusters; the id of the test process follows
PREFIX = "crossbill-pg-"


class NoPostgres(Exception):  # noqa: N818
    """Postgres cannot be had on this machine; the message says why."""


def make_tables(url: str | URL) -> None:
    """Put the tables of the models into an empty database and call it migrated, which takes far less time."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        MigrationContext.configure(connection).stamp(ScriptDirectory(MIGRATIONS), "heads")
    engine.dispose()


@dataclass
class Cluster:
    """A running Postgres, its data in a temporary folder, reachable over a socket there."""

    folder: Path
    binaries: Path
    count: int = 0
    _identity: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def start(cls) -> Cluster:
        """Make and start a cluster with one template database; raises `NoPostgres`."""
        binaries, identity = _binaries(), _identity()
        for folder in _left_behind():
            with suppress(subprocess.CalledProcessError, OSError):  # it may have died before it was ready
                cls(folder, binaries, 0, identity).stop()
            shutil.rmtree(folder, ignore_errors=True)
        cluster = cls(Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")), binaries, 0, identity)
        if owner := cluster._identity.get("user"):
            os.chown(cluster.folder, pwd.getpwnam(owner).pw_uid, -1)
        try:
            cluster._run("initdb", "-D", cluster.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
            cluster._control("start", "-l", cluster.folder / "log", "-o", f"-k {cluster.folder} {FAST}")
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(cluster.folder, ignore_errors=True)
            raise NoPostgres(f"Postgres did not start: {error}") from error
        cluster._sql(f"CREATE DATABASE {TEMPLATE}")
        make_tables(cluster.url(TEMPLATE))
        return cluster

    @property
    def data(self) -> Path:
        """Where the cluster keeps its files."""
        return self.folder / "data"

    def url(self, database: str) -> str:
        """SQLAlchemy's address of one of its databases."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def new_database(self, template: str = TEMPLATE) -> str:
        """Copy the template (tables, no rows) and return the name of the copy."""
        self.count += 1
        name = f"crossbill_{self.count}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever still looks at it."""
        self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the cluster and remove its files."""
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, verb: str, *arguments: str | Path) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-s", *arguments, verb)

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [self.binaries / program, *arguments], check=True, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._identity,
        )  # fmt: skip

    def _sql(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def _left_behind() -> list[Path]:
    """The clusters of test runs that were killed before they could stop theirs."""
    folders = [path for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*") if path.is_dir()]
    return [path for path in folders if not Path(f"/proc/{path.name.removeprefix(PREFIX).partition('-')[0]}").exists()]


def _binaries() -> Path:
    """The folder with initdb: Debian keeps it off the PATH, one folder per version."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise NoPostgres("Postgres is not installed (Debian: apt-get install postgresql)")
    return versions[-1].parent


def _identity() -> dict[str, Any]:
    """Postgres refuses to run as root, so root lends it another user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
        except KeyError:
            continue
    raise NoPostgres("Postgres cannot run as root, and there is no other user to lend it")
