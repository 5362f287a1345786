"""Runs migrations on the app's database: one transaction each, and on SQLite without losing child rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine
from sqlalchemy.types import TypeDecorator

TARGET = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Write our own column types as what they are underneath: a migration must not change when they do."""
    if kind == "type" and isinstance(item, TypeDecorator) and not type(item).__module__.startswith("sqlalchemy"):
        return f"sa.{item.impl_instance!r}"
    return False


def leave_out_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Make no file when the models and the database already agree."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives.clear()


@contextmanager
def foreign_keys_asleep(connection: Connection) -> Iterator[None]:
    """Keep SQLite from deleting every child row when a batch ALTER drops and renames the parent (spec stack.md).

    The pragma does nothing inside a transaction, so it is set on the driver's connection before one begins.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def refuse_orphans(connection: Connection) -> None:
    """Raise, so that the migration is rolled back, when rows point to rows that are gone."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"The migration would leave {len(broken)} orphan rows, first {tuple(broken[0])}.")


def migrate(engine: Engine) -> None:
    """Bring the database to the asked revision."""
    options = current_app.extensions["migrate"].configure_args | {
        "target_metadata": TARGET.metadata,
        "transactional_ddl": True,
        "render_item": render_item,
        "process_revision_directives": leave_out_empty,
    }
    with engine.connect() as connection, foreign_keys_asleep(connection):
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
            refuse_orphans(connection)


if context.is_offline_mode():
    raise RuntimeError("Migrations need a database: they look at what is there.")
migrate(TARGET.engine)
