"""Files of another tool → plain rows: columns by the names that tools give them. Reads no table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

#: integrations that were switched on before this day are the old ones (requirements L-01)
OLD_BEFORE = date(2018, 10, 22)
MOST_LINES = 50_000
#: lines that cannot be read are named one by one up to here
MOST_PROBLEMS = 20


class BadFile(Exception):  # noqa: N818 - the names are sentences (architecture §4)
    """The file cannot be taken; the message says why, line by line."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how tools call it, how its cells are read, whether a line may lack it."""

    names: tuple[str, ...]
    read: Callable[[str], Any]
    is_needed: bool = False


def _text(cell: str) -> str:
    return cell[:200]


def _word(cell: str) -> str:
    return cell.lower()[:40]


def _day(cell: str) -> str:
    """An ISO date, as JSON keeps it; 03/04/2018 could be two days and is refused."""
    try:
        return date.fromisoformat(cell[:10]).isoformat()
    except ValueError as error:
        raise ValueError(_("“%(cell)s” is not a date like 2018-03-31", cell=cell[:20])) from error


def _amount(cell: str) -> str:
    """An amount as text; the last of comma and point is the decimal mark when both stand in it."""
    plain = re.sub(r"[^\d,.\-]", "", cell)
    if "," in plain and "." in plain:
        other = "," if plain.rindex(".") > plain.rindex(",") else "."
        plain = plain.replace(other, "")
    if re.fullmatch(r"-?\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    plain = plain.replace(",", "")
    try:
        found = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(_("“%(cell)s” is not an amount", cell=cell[:20])) from error
    if abs(found) >= 10**12:
        raise ValueError(_("“%(cell)s” is too large for an amount", cell=cell[:20]))
    return str(found)


def _currency(cell: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", cell):
        raise ValueError(_("“%(cell)s” is not a currency code like USD", cell=cell[:20]))
    return cell.upper()


def _id(cell: str) -> str:
    """An id of the project tool; a spreadsheet that wrote it as 1.8E+18 has lost it."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", cell):
        raise ValueError(_("“%(cell)s” is no id; write the column as text", cell=cell[:20]))
    return cell


#: name of the file in sentences and its columns, by the key of each
TRANSACTIONS: Mapping[str, Column] = {
    "type": Column(("type", "transaction type", "entity type"), _word),
    "number": Column(
        ("number", "invoice number", "estimate number", "quote number", "transaction number"), _text, True
    ),
    "date": Column(("date", "invoice date", "estimate date", "quote date"), _day, True),
    "customer": Column(("customer", "customer name", "client", "contact name", "company name"), _text),
    "customer_id": Column(("customer id", "client id", "primary client id"), _id),
    "project": Column(("project", "project name"), _text),
    "project_id": Column(("project id",), _id),
    "currency": Column(("currency", "currency code"), _currency),
    "total": Column(("total", "amount", "invoice total"), _amount, True),
    "balance": Column(("balance", "balance due", "amount due"), _amount),
    "status": Column(("status", "invoice status", "estimate status"), _word),
}
ENTRIES: Mapping[str, Column] = {
    "id": Column(("id", "time entry id", "log id", "timesheet id", "time log id", "entry id"), _id, True),
    "number": Column(("number", "invoice number", "invoice"), _text),
}


def is_old(switched_on: date | None) -> bool:
    """Whether an integration of the former tool is an old one, by the day it was switched on."""
    return switched_on is not None and switched_on < OLD_BEFORE


def read(content: bytes, columns: Mapping[str, Column]) -> list[dict[str, Any]]:
    """Read a CSV file into rows with the keys of `columns`; raises `BadFile` that names every line which is wrong."""
    table = _table(content)
    header = [cell.strip().lower() for cell in table[0]] if table else []
    places = {key: _place(header, column) for key, column in columns.items()}
    missing = [columns[key].names[0] for key, place in places.items() if place is None and columns[key].is_needed]
    if missing:
        raise BadFile(_("The file lacks these columns: %(names)s.", names=", ".join(missing)))
    rows, problems = [], []
    for number, line in enumerate(table[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        try:
            rows.append(_row(line, places, columns))
        except ValueError as problem:
            problems.append(_("Line %(number)s: %(problem)s.", number=number, problem=problem))
    if problems:
        more = len(problems) - MOST_PROBLEMS
        named = " ".join(problems[:MOST_PROBLEMS])
        raise BadFile(named if more <= 0 else _("%(named)s And %(more)s more lines.", named=named, more=more))
    if not rows:
        raise BadFile(_("The file has no lines below its header."))
    return rows


def _table(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(_("The file is not text in UTF-8. Save it as “CSV UTF-8” and try again.")) from error
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=mark))
    except csv.Error as error:
        raise BadFile(_("The file cannot be read as CSV: %(problem)s", problem=str(error))) from error
    if len(table) > MOST_LINES + 1:
        raise BadFile(_("The file has more than %(most)s lines. Split it.", most=MOST_LINES))
    return table


def _place(header: list[str], column: Column) -> int | None:
    return next((header.index(name) for name in column.names if name in header), None)


def _row(line: list[str], places: Mapping[str, int | None], columns: Mapping[str, Column]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key, place in places.items():
        cell = line[place].strip() if place is not None and place < len(line) else ""
        if cell:
            row[key] = columns[key].read(cell)
        elif columns[key].is_needed:
            raise ValueError(_("%(name)s is empty", name=columns[key].names[0]))
    return row
