"""Pages over 100,000 time entries and 20,000 invoices, against a hello page in the same layout; statements counted."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import event

from blueprints.access import public
from extensions import db
from tests import factories
from tests.bench.measure import Asked, Figure, compare
from tests.bench.place import place
from tests.bench.volume import fill

HELLO = '{% extends "layout.html" %}{% block content %}<p>Hello</p>{% endblock %}'
INVOICES = 20_000
#: name → address, goal, most statements
PAGES = {
    "time, first page": ("/time/", "≤ 4×, ≤ 5 statements"),
    "time, last page": ("/time/?at=end", "≤ 1.2× the first"),
    "invoices, first page": ("/invoices/", "≤ 4×, ≤ 5 statements"),
    "invoices, last page": ("/invoices/?at=end", "≤ 1.2× the first"),
    "dashboard": ("/", "≤ 12 statements"),
    "search": ("/search?q=project+01", "≤ 12 statements"),
    "projects": ("/projects/", "≤ 4×, ≤ 5 statements"),
    "customers": ("/customers/", "≤ 4×, ≤ 5 statements"),
    "ledger": ("/ledger/", "≤ 12 statements"),
}
REPEAT = 20


def run(asked: Asked) -> Iterator[Figure]:
    """Each page and the hello page in turn, signed in as the owner, statements of signing in and menu included."""
    with place(asked) as app:
        add_hello(app)
        fill(asked.entries, INVOICES)
        browser = factories.sign_in(app.test_client(), factories.make_user("Olga Marsh", "owner"))
        own = statements(browser, "/bench-hello")
        yield Figure("hello page in the layout: statements of signing in and menu", str(len(own)), "–")
        for name, (address, goal) in PAGES.items():
            if browser_get(browser, address) != 200:
                yield Figure(f"{name}: not there", "–", goal)
                continue
            count = len(statements(browser, address)) - len(own)
            compared = compare(
                asked.rounds,
                lambda address=address: browser_get(browser, address),
                lambda: browser_get(browser, "/bench-hello"), REPEAT,
            )  # fmt: skip
            yield Figure(f"{name}: CPU against hello, statements", f"{compared.text()}, {count}", goal, asked.rounds)


def add_hello(app: Flask) -> None:
    """A page that shows nothing but the layout."""

    @public
    def hello() -> str:
        return render_template_string(HELLO)

    app.add_url_rule("/bench-hello", "bench_hello", hello)


def browser_get(browser: FlaskClient, address: str) -> int:
    """Read a page as a real request would: without the bench's own app context. Returns the status."""
    answer = contextvars.Context().run(browser.get, address, follow_redirects=True)
    return int(answer.status_code)


@contextmanager
def noted() -> Iterator[list[tuple[str, object]]]:
    """The statements that this block sends, with their parameters; transaction words left out."""
    found: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def statements(browser: FlaskClient, address: str) -> list[tuple[str, object]]:
    """The statements of one page, caches warm."""
    browser_get(browser, address)
    with noted() as found:
        browser_get(browser, address)
    return found
