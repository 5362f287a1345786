"""What stands in the frame: a project's money and transactions, and the way there from the remote app's ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from billing import transactions
from billing.hours import radar
from billing.money import ZERO
from billing.types import TYPES, TransactionType
from blueprints.access import may, needs
from blueprints.expenses.lists import ExpenseFilter, expense_tab
from blueprints.finance_tab.entrance import own_transactions
from blueprints.finance_tab.finding import find_project
from blueprints.finance_tab.frame import Visit, blueprint, this_visit
from blueprints.framing import door_of
from blueprints.paging import Page, paged
from blueprints.projects.lists import TRANSACTION_SORTS, project_hours
from blueprints.render import after_write, page_or_fragment, wants_fragment
from blueprints.sessions import actor
from blueprints.transactions.frame import PATHS, USUAL
from extensions import db
from models import Project, Transaction


def _transactions(type_key: str) -> Callable[[Visit], Page]:
    """Return what reads a page of this type's transactions, newest first."""

    def read(visit: Visit) -> Page:
        rows = db.select(Transaction).where(
            *own_transactions(visit), Transaction.type == type_key, Transaction.status != "deleted"
        )
        return paged(rows, Transaction.id, TRANSACTION_SORTS)

    return read


def _expenses(visit: Visit) -> Page:
    return expense_tab(ExpenseFilter(project_id=visit.project.id))["page"]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of rows: its words, its icon, what reads a page of them, and the fragment that shows them."""

    words: str
    icon: str
    read: Callable[[Visit], Page]
    table: str = "transaction_table"


#: tab → what it shows; the shelf says which transactions there are
TABS: dict[str, Tab] = {
    **{kind.path: Tab(kind.title_plural, kind.icon, _transactions(kind.key)) for kind in TYPES.values()},
    "expenses": Tab("Expenses", "receipt", _expenses, "expense_table"),
}


@blueprint.get("/tab/")
@needs("transactions.view")
def overview() -> Any:
    """Show a project in the frame: its hours, what is unbilled, its rows of one kind (requirements T-04, T-11)."""
    visit = this_visit()
    shown = request.args.get("tab", "")
    shown = shown if shown in TABS else USUAL
    tab = TABS[shown]
    head = {} if wants_fragment() else _head(visit.project)
    return page_or_fragment(
        "finance_tab/overview.html", "finance_tab/_finance_rows.html", project=visit.project, visit=visit, shown=shown,
        kinds=[(key, _(kind.words)) for key, kind in TABS.items()], tab=tab, page=tab.read(visit),
        starts=_starts(visit.project), **head,
    )  # fmt: skip


def _head(project: Project) -> dict[str, Any]:
    """Return what stands above the rows."""
    return {"hours": project_hours(project), "unbilled": radar.unbilled_summary(project.id), "zero": ZERO}


@dataclass(frozen=True, slots=True)
class Start:
    """What *New Transaction* offers: words, icon, and a page that asks first or an address that makes the draft."""

    words: str
    icon: str
    url: str
    is_made_at_once: bool


def _starts(project: Project) -> list[Start]:
    """Return what can be made for a project; nothing for a closed one (requirements P-42)."""
    if not project.is_active or not may("transactions.edit"):
        return []
    expense = Start(_("Expense"), "receipt", url_for("expenses.new", project_id=project.id), False)
    return [*(_start_of(kind, project) for kind in TYPES.values()), *([expense] if may("expenses.edit") else [])]


def _start_of(kind: TransactionType, project: Project) -> Start:
    if kind.takes_hours:
        url = url_for("transactions.new_from_project", type_path=kind.path, project_id=project.id)
        return Start(_(kind.title), kind.icon, url, False)
    return Start(_(kind.title), kind.icon, url_for("finance_tab.start", type_path=kind.path), True)


@blueprint.post("/tab/<type_path>/start")
@needs("transactions.edit")
def start(type_path: str) -> Any:
    """Make a blank draft for the project and open it."""
    project, kind = this_visit().project, PATHS.get(type_path) or abort(404)
    if not project.is_active:
        abort(404)
    draft = transactions.start_blank(project.customer_id, actor(), project.id, kind.key)
    db.session.commit()
    return after_write(url_for("transactions.edit", type_path=type_path, transaction_id=draft.id))


@blueprint.get("/finance/")
@needs("transactions.view")
def lobby() -> Any:
    """Say where the tab is found, to who signed in without coming from a project."""
    return render_template("finance_tab/lobby.html")


@blueprint.get("/finance/<connector>/<portal>/<remote_id>")
@needs("transactions.view")
def find(connector: str, portal: str, remote_id: str) -> Any:
    """Go to the project that the remote app calls so, or say why it is not here and what to do."""
    found = find_project(connector, portal, remote_id)
    if found.project_id is not None:
        return redirect(request.script_root + door_of(found.project_id), 303)
    return render_template("finance_tab/missing.html", found=found), 404
