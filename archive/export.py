"""Everything in one zip that others can read: a CSV per table, the issued PDFs, and a note that explains them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, select

from archive.backup import DOCUMENTS
from extensions import Base, current_config, db, reading, to_json, utcnow
from models import Organisation, Transaction

#: tables that say nothing about the business: secrets, sessions, and what only this installation works with
LEFT_OUT = frozenset({"credentials", "user_sessions", "one_time_links", "leases", "before_images", "remote_calls"})
#: columns that open something, and letters whose links do
SECRET = re.compile(r"password|secret|token|content_hash")
SECRET_COLUMNS: Mapping[str, frozenset[str]] = {
    "mail_messages": frozenset({"text", "html"}), "integrations": frozenset({"lease_owner", "lease_until"}),
}  # fmt: skip
#: what a spreadsheet would take for a formula, at the beginning of a cell
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t\r]")
ROWS = 1000
PIECE = 64 * 1024


class _Sink(io.RawIOBase):
    """A file that is written and never read back: what was written is taken away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        found, self._pieces = b"".join(self._pieces), []
        return found


def export_name() -> str:
    """The file's name for the person who asked."""
    return f"crossbill-export-{utcnow():%Y%m%d-%H%M%S}.zip"


def exported() -> Iterator[bytes]:
    """Yield the zip piece by piece, as of one instant; needs an app context and holds no lock that others wait for."""
    sink = _Sink()
    with reading(), zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed, _connection() as connection:
        for name, pieces in _files(connection):
            info = zipfile.ZipInfo(name, utcnow().timetuple()[:6])
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
            with packed.open(info, "w", force_zip64=name.endswith(".csv")) as file:
                for piece in pieces:
                    file.write(piece)
                    yield sink.taken()
    yield sink.taken()


def tables() -> list[Table]:
    """The tables that are exported."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns of a table that open nothing."""
    left_out = SECRET_COLUMNS.get(table.name, frozenset())
    return [column for column in table.columns if not SECRET.search(column.name) and column.name not in left_out]


def cell(value: Any) -> str:
    """What stands in a cell; text that a spreadsheet would run as a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        value = to_json(value)
    if isinstance(value, str):
        return f"'{value}" if _FORMULA.match(value) else value
    return str(value)


def _connection() -> Connection:
    """One view of all tables: a reader of SQLite has that anyway, Postgres is asked for it."""
    connection = db.engine.connect()
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _files(connection: Connection) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "README.txt", [_readme(connection).encode()]
    for table in tables():
        yield f"{table.name}.csv", _rows(connection, table)
    folder = current_config().data_folder / DOCUMENTS
    stored = select(Transaction.type, Transaction.number, Transaction.pdf_file).where(Transaction.pdf_file != "")
    for kind, number, name in connection.execute(stored.order_by(Transaction.id)).all():
        if (folder / name).is_file():
            yield f"documents/{kind}/{_safe(number or name)}.pdf", _pieces(folder / name)


def _rows(connection: Connection, table: Table) -> Iterator[bytes]:
    columns = columns_of(table)
    yield b"\xef\xbb\xbf" + _csv([[column.name for column in columns]])
    query = select(*columns).order_by(*table.primary_key.columns).execution_options(yield_per=ROWS)
    for rows in connection.execute(query).partitions():
        yield _csv([cell(value) for value in row] for row in rows)


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _safe(number: str) -> str:
    return re.sub(r"[^\w.-]+", "-", number, flags=re.ASCII).strip("-.") or "document"


def _readme(connection: Connection) -> str:
    owner = connection.scalar(select(Organisation.name)) or ""
    said = {mapper.local_table.name: _first_sentence(mapper.class_) for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    listed = "\n".join(f"{table.name}.csv\n    {said.get(table.name, '')}" for table in tables())
    return _README.format(owner=owner, at=f"{utcnow():%Y-%m-%d %H:%M}", listed=listed)


def _first_sentence(model: type) -> str:
    text = " ".join((model.__doc__ or "").split())
    return text.partition(". ")[0].rstrip(".") + "."


_README = """Everything that Crossbill knows of {owner}, as of {at} (UTC).

One table per file, as CSV: UTF-8, commas, one line of column names, then one line per row, in the order of their ids.
A column that ends in _id holds the id of a row in another file: project_id of tasks.csv is an id of projects.csv.
Dates are written 2026-11-24, instants with their zone (UTC). Durations are whole seconds, amounts in the
row's currency. Columns named custom, frozen, kept and settings hold JSON.
A text that a spreadsheet would take for a formula begins with an apostrophe here; take it off when a program reads it.

allocations.csv says which time entry is on which line of which transaction; a row with released_at no longer holds.
links.csv says which record of a connected app became which row here: module, remote_id, local_id.

documents/ holds the PDFs as they were issued.

Left out: passwords, keys, access to connected apps, sessions, links that open something, and the text of sent letters.
A backup (Settings, Backups) holds those too; it is what a Crossbill is restored from.

{listed}
"""

__all__ = ["cell", "columns_of", "export_name", "exported", "tables"]
