"""Who may come in by which door, and that nobody gets from there to what is not this project's.

A page behind a door opens only if its address names something of the door's project. What an address does not name
stays shut, so that a page added elsewhere is not open here by accident.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, update

from blueprints.finance_tab.frame import VIEW, Visit, visit_by, visit_of_person
from blueprints.finance_tab.origins import allowed_origins
from blueprints.framing import ROOM, entered, is_framed
from blueprints.sessions import is_activity, to_page
from extensions import db, limiter, utcnow
from models import Expense, FinanceLink, Project, Transaction, TransactionLine
from models.finance import open_link

#: pages without a project: finding it, and signing in before that
SIGNING = frozenset({
    "auth.sign_in", "auth.prove_sign_in", "auth.ask_code", "auth.prove_code", "auth.ask_device", "auth.prove_device",
})  # fmt: skip
BEFORE = frozenset({"auth.sign_out", "finance_tab.find", "finance_tab.lobby"})
#: lists of all projects; in a frame the tab with this project's rows takes their place
LISTS = {"transactions.index": "type_path", "expenses.index": ""}
#: parts of an address that the page itself looks up within the thing that the address names; `key` is that of a paper
#: drawn a moment ago from what was typed, which only who typed it knows
PARTS = frozenset({"type_path", "line_id", "message_id", "attachment_id", "page", "verb", "key", "syntax"})
#: areas whose pages stand in frames
FRAMED = frozenset({"transactions", "expenses", "finance_tab"})
#: pages that know no project but the visit's
INSIDE = frozenset({"finance_tab.overview", "finance_tab.start", "expenses.new"})
#: requests of a link's holders, and wrong links, from one network address
LINK_LIMIT = "240 per minute"
GUESS_LIMIT = "20 per minute"
#: a link's use is written down no more often
NOTE_AFTER = timedelta(minutes=1)


def init_entrance(app: Flask) -> None:
    """Put the entrance before the guard of permissions."""
    app.before_request(enter)
    app.after_request(note_use)


def enter() -> Any:
    """Find out who comes to which project; None lets the request go on to the guard."""
    if not is_framed():
        return None
    g.frame_ancestors = allowed_origins()
    if request.endpoint in (None, "static"):
        return None
    kind, key = entered()
    if kind == "link":
        return _enter_by_link(key)
    if not kind and request.endpoint in SIGNING:
        return None
    if not current_user.is_authenticated:
        return to_page(sign_in_url())
    if kind == "project":
        return _enter_as_person(int(key))
    return None if request.endpoint in BEFORE else abort(404)


def sign_in_url() -> str:
    """Return the sign-in page of frames, which leads back here."""
    here = request.script_root + request.full_path.rstrip("?") if request.method == "GET" else ""
    root = request.script_root.partition(ROOM)[0]
    return f"{root}{ROOM}/sign-in" + (f"?{urlencode({'next': here})}" if here else "")


def _enter_by_link(token: str) -> Any:
    link = open_link(token)
    visit = visit_by(link) if link else None
    if link is None or visit is None:
        with limiter.limit(GUESS_LIMIT):
            return render_template("finance_tab/shut.html"), 404
    with limiter.limit(LINK_LIMIT):
        g.visit = visit
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        link.last_used_at = utcnow()
    return _stay_inside(visit)


def _enter_as_person(project_id: int) -> Any:
    project = db.session.get(Project, project_id) if project_id < 2**31 else None
    visit = visit_of_person(project, current_user) if project else None
    if not any(right in visit_of_person(Project(), current_user).rights for right in VIEW):
        abort(403)
    if visit is None:
        abort(404)
    g.visit = visit
    return _stay_inside(visit)


def _stay_inside(visit: Visit) -> Any:
    endpoint = request.endpoint or ""
    if endpoint in LISTS and request.method == "GET":
        named = (request.view_args or {}).get(LISTS[endpoint], "expenses")
        return redirect(url_for("finance_tab.overview", tab=named), 303)
    if _is_inside(visit):
        return None
    return render_template("finance_tab/outside.html", target=request.full_path.rstrip("?")), 404


def _is_inside(visit: Visit) -> bool:
    """Say whether the address names things of this project, and nothing else does the request name any other."""
    if request.blueprint not in FRAMED:
        return False
    named = request.view_args or {}
    things = {name: value for name, value in named.items() if name in OWNED}
    is_known = bool(things) or request.endpoint in INSIDE
    if not is_known or set(named) - set(things) - PARTS or request.is_json:
        return False
    return all(OWNED[name](visit, value) for name, value in things.items()) and all(
        _may_say(visit, name, value)
        for source in (request.args, request.form)
        for name, value in source.items(multi=True)
    )


def _may_say(visit: Visit, name: str, value: str) -> bool:
    """Say whether a field names nothing of another project; what is chosen by typing its name stays out of frames."""
    if not value or name not in FIELDS:
        return not value or not name.endswith("_id_text")
    return value.isascii() and value.isdigit() and len(value) < 10 and FIELDS[name](visit, int(value))


def own_transactions(visit: Visit) -> list[ColumnElement[bool]]:
    """Return which transactions stand in the tab: those started from the project.

    Who came by a link sees none that also bills another project.
    """
    found: list[ColumnElement[bool]] = [Transaction.project_id == visit.project.id]
    if visit.link is not None:
        foreign = db.select(TransactionLine.id).where(
            TransactionLine.transaction_id == Transaction.id, TransactionLine.project_id != visit.project.id
        )
        found.append(~foreign.exists())
    return found


def _is_own_transaction(visit: Visit, transaction_id: int) -> bool:
    query = db.select(Transaction.id).where(Transaction.id == transaction_id, *own_transactions(visit))
    return db.session.scalar(query) is not None


def _is_own_project(visit: Visit, project_id: int) -> bool:
    return project_id == visit.project.id


def _is_own_customer(visit: Visit, customer_id: int) -> bool:
    return customer_id == visit.project.customer_id


def _is_own_expense(visit: Visit, expense_id: int) -> bool:
    query = db.select(Expense.id).where(Expense.id == expense_id, Expense.project_id == visit.project.id)
    return db.session.scalar(query) is not None


#: part of an address → whether what it names belongs to the visit's project
OWNED: dict[str, Callable[[Visit, int], bool]] = {
    "transaction_id": _is_own_transaction, "project_id": _is_own_project, "expense_id": _is_own_expense,
}  # fmt: skip
#: field of a form or a query string → the same
FIELDS: dict[str, Callable[[Visit, int], bool]] = {
    "onto": _is_own_transaction, "project_id": _is_own_project, "customer_id": _is_own_customer,
}  # fmt: skip


def note_use(response: Response) -> Response:
    """Write down that a link was used, rarely, and on a connection of its own: pages hold no write lock."""
    visit: Visit | None = g.get("visit")
    if visit is None or visit.link is None or request.method != "GET" or not is_activity():
        return response
    now, last = utcnow(), visit.link.last_used_at
    if last is None or last < now - NOTE_AFTER:
        with db.engine.begin() as connection:
            connection.execute(
                update(FinanceLink).where(FinanceLink.id == visit.link.id).values(last_used_at=now)
            )  # fmt: skip
    return response
