"""Flask's extensions, made once and bound to the app in `create_app()`; and the column types all tables share."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from flask import current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx
from sqlalchemy import BigInteger, DateTime, Engine, MetaData, String, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from config import Config

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "synchronous=NORMAL",
    "cache_size=-8000",
    # 16 MB of log before its pages go into the file: pages that a long sync rewrites go there once
    "wal_autocheckpoint=4000",
)


class Base(DeclarativeBase):
    """Root of all tables."""

    metadata = MetaData(naming_convention=NAMES)


def to_json(value: Any) -> str:
    """Write JSON as all JSON columns do: compact, dates and instants as ISO text, decimals as text."""
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


db = SQLAlchemy(model_class=Base, engine_options={"json_serializer": to_json})
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
htmx = Htmx()
babel = Babel()
#: only files of ours are compressed, never a page that holds a secret beside typed text
compress = Compress()
limiter = Limiter(get_remote_address, storage_uri="memory://")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite would drop the zone, so it is taken off and put back here."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store naive UTC; refuse naive input."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class ScaledDecimal(TypeDecorator[Decimal]):
    """An exact decimal kept as an integer of 10**-places, because `Numeric` on SQLite is a float underneath."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int = 4) -> None:
        super().__init__()
        self.places = places
        self.unit = Decimal(1).scaleb(-places)

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        """Store the integer; refuse floats and finer fractions than the column keeps."""
        if value is None:
            return None
        if isinstance(value, float):
            raise TypeError("money is never a float")
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimal places")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Give back the decimal."""
        return None if value is None else Decimal(value).scaleb(-self.places)


#: text compared by its bytes on both databases, so that an index finds what starts with some letters
KeyText = String().with_variant(String(collation="C"), "postgresql")


def utcnow() -> datetime:
    """Return the present instant, aware, UTC."""
    return datetime.now(UTC)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Give SQLite foreign keys, a log that readers do not wait for, and patience (spec stack.md)."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def is_read_only_request() -> bool:
    """Say whether the present work only reads, which needs no write lock: a page, or what said so by `reading`."""
    if has_app_context() and g.get("only_reads", False):
        return True
    return has_request_context() and request.method in {"GET", "HEAD", "OPTIONS"} and not g.get("will_write", False)


@contextmanager
def reading() -> Iterator[None]:
    """Say that the work in this block only reads, outside of a request: on SQLite nobody waits for it then."""
    g.only_reads = True
    try:
        yield
    finally:
        g.only_reads = False


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where something will be written: a lock taken late fails instead of waiting."""
    if connection.dialect.name == "sqlite":
        mode = "DEFERRED" if is_read_only_request() else "IMMEDIATE"
        connection.exec_driver_sql(f"BEGIN {mode}")


def current_config() -> Config:
    """Return the settings of the running app."""
    config: Config = current_app.config["CROSSBILL"]
    return config


def secret_box() -> MultiFernet:
    """Return what encrypts and decrypts: the newest key writes, all keys read; usable without an app later on."""
    return MultiFernet([Fernet(key) for key in current_config().encryption_keys])


def encrypt(text: str) -> str:
    """Return the text as a Fernet token for a database column."""
    return secret_box().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return what `encrypt` was given; raises `InvalidToken` when no key of this installation fits."""
    return secret_box().decrypt(token.encode()).decode()
