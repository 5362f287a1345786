"""Tables as downloads: CSV while it is read, XLSX as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask, Response, current_app
from flask_babel import gettext as _

from billing.tables import Table, csv_pieces, to_xlsx
from extensions import reading

#: formats of a list and their media types
FORMATS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def send_table(table: Table, format: str, name: str) -> Response:
    """Answer with a download named `name` plus the format's ending; `format` is a key of `FORMATS`.

    A CSV is sent while its rows are read: rows that come from a statement are a generator, which then runs in a
    database session of its own, since the request is over by then. There it may translate, but has no `request`.
    """
    word = str(_("Total"))
    if format == "xlsx":
        return as_file(to_xlsx(table, word), FORMATS[format], f"{name}.xlsx")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return as_file(_streamed(app, table, word), FORMATS[format], f"{name}.{format}")


def _streamed(app: Flask, table: Table, word: str) -> Iterator[bytes]:
    pieces = csv_pieces(table, word)
    yield next(pieces)  # the head: nothing is read for it
    with app.app_context(), reading():
        yield from pieces


def as_file(body: bytes | Iterator[bytes], media_type: str, name: str) -> Response:
    """Answer with a file to keep; the name is made safe for every file system."""
    response = Response(body, mimetype=media_type)
    safe = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.") or "table"
    response.headers.set("Content-Disposition", "attachment", filename=safe)
    return response
