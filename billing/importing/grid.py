"""A file of a spreadsheet → a table of texts: CSV in any usual encoding and with any usual mark, or XLSX. Pure."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

#: bounds of a file; larger ones are to be split
MOST_BYTES, MOST_ROWS, MOST_COLUMNS = 5_000_000, 10_000, 100
#: what an XLSX may unpack to, and characters that are kept of a cell
MOST_UNPACKED, LONGEST_CELL = 100_000_000, 5_000


class BadFile(Exception):  # noqa: N818 - the names are sentences (architecture §4)
    """The file cannot be taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Texts of a file: the first line that says anything is the header. `lines`: where each row stands in the file."""

    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    #: the decimal mark that the file's own separators make likely
    decimal_mark: str = "."


def read_grid(content: bytes) -> Grid:
    """Read a file by its content, whatever its name; raises `BadFile`."""
    if len(content) > MOST_BYTES:
        raise BadFile(_("The file is larger than %(most)s MB. Split it.", most=MOST_BYTES // 1_000_000))
    if not content.strip():
        raise BadFile(_("The file is empty."))
    is_book = content.startswith(b"PK\x03\x04")
    table, mark = (_book(content), ".") if is_book else _text_table(content)
    return _grid(table, mark)


def _grid(table: list[list[str]], mark: str) -> Grid:
    filled = [(number, line) for number, line in enumerate(table, 1) if any(cell.strip() for cell in line)]
    if len(filled) < 2:
        raise BadFile(_("The file has no lines below its header."))
    if len(filled) > MOST_ROWS + 1:
        raise BadFile(_("The file has more than %(most)s lines. Split it.", most=MOST_ROWS))
    header = [" ".join(cell.split()) for cell in filled[0][1]][:MOST_COLUMNS]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    rows = [[*(cell.strip() for cell in line[:width]), *[""] * (width - len(line))] for _number, line in filled[1:]]
    return Grid(header, rows, [number for number, _line in filled[1:]], mark)


def _text_table(content: bytes) -> tuple[list[list[str]], str]:
    text = _decoded(content).replace("\x00", "")
    mark = _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=mark))
    except csv.Error as error:
        raise BadFile(_("The file cannot be read as CSV: %(problem)s", problem=str(error))) from error
    cut = [[cell[:LONGEST_CELL] for cell in row] for row in rows]
    return cut, "," if mark == ";" else "."


def _decoded(content: bytes) -> str:
    """UTF-8 and UTF-16 tell themselves; else it is what Windows programs of Western Europe write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _separator(text: str) -> str:
    """Return the mark that the header's line holds most of, outside of quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(",;\t|", key=outside.count)


def _book(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > MOST_UNPACKED:
                raise BadFile(_("The file unpacks to more than we read. Save it as CSV, or split it."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise BadFile(_("This is no XLSX file that can be read. Save it as XLSX or CSV and try again.")) from error
    try:
        return _sheet(book.worksheets[0]) if book.worksheets else []
    finally:
        book.close()


def _sheet(sheet: Any) -> list[list[str]]:
    found = []
    for row in sheet.iter_rows(max_row=MOST_ROWS + 50, max_col=MOST_COLUMNS, values_only=True):
        found.append([_cell(value) for value in row])
    return found


def _cell(value: Any) -> str:
    """Write a cell as text: days as ISO, numbers plainly, yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return str(value)[:LONGEST_CELL]
