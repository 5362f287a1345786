"""The list of projects, and a project's page with its tasks, bugs, milestones, people, hours and transactions."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from billing.hours.approved import policy
from billing.hours.budgets import budget_of
from billing.types import TYPES, TransactionType
from blueprints.access import may, needs
from blueprints.choosing import chosen_customer, options_answer, projects_like
from blueprints.expenses.lists import ExpenseFilter, expense_tab
from blueprints.links import has_page, origin_of
from blueprints.projects.frame import blueprint
from blueprints.projects.lists import (
    STATES,
    bug_page,
    milestones,
    others,
    project_hours,
    project_page,
    staff,
    task_page,
    transaction_page,
)
from blueprints.render import page_or_fragment
from blueprints.time import cutoffs_for
from blueprints.time.lists import EntryFilter, entry_page, entry_sums
from extensions import db
from models import Project
from models.project import APPROVAL_POLICIES, BILLING_METHODS
from models.time_entry import BILLING_STATES
from sync.importing import records_of
from sync.sources import creation_restricted_by, source_name


@blueprint.get("/")
@needs("projects.view")
def index() -> Any:
    """List projects by name; `q` searches names and keys, `state` is active, closed or all."""
    q = request.args.get("q", "").strip()[:200]
    state = request.args.get("state", "active")
    state = state if state in STATES else "active"
    is_for_one = bool(request.args.get("customer_id") or request.args.get("customer_id_text", "").strip())
    customer = chosen_customer(request.args) if is_for_one else None
    wanted = (customer.id if customer else 0) if is_for_one else None
    return page_or_fragment(
        "projects/index.html", "projects/_projects_list.html",
        page=project_page(q, state, wanted), q=q, state=state, customer=customer, is_for_one=is_for_one,
        methods=BILLING_METHODS, source_name=source_name, restricted_by=creation_restricted_by(),
    )  # fmt: skip


@blueprint.get("/options")
@needs("projects.view")
def options() -> str:
    """Offer active projects to a combobox (requirements P-42); `all=1` offers closed ones too."""
    found = projects_like(request.args.get("q", ""), is_all="all" in request.args)
    return options_answer([(project.id, project.name, project.customer.name) for project in found])


def project_or_404(project_id: int) -> Project:
    """Return a project with its customer."""
    return db.session.get(Project, project_id, options=[joinedload(Project.customer)]) or abort(404)


#: tab → what it needs, given the project
TABS: dict[str, Any] = {
    "overview": lambda project: {"hours": project_hours(project), "budget": budget_of(project)},
    "tasks": lambda project: {"page": task_page(project)},
    "bugs": lambda project: {"page": bug_page(project)},
    "milestones": lambda project: {"milestones": milestones(project)},
    "people": lambda project: {"staff": staff(project), "others": [(user.id, user.name) for user in others(project)]},
    "time": lambda project: _time_tab(project),
    "transactions": lambda project: {"page": transaction_page(project), "former": records_of(project_id=project.id)},
    "expenses": lambda project: expense_tab(ExpenseFilter(project_id=project.id)),
}


def _time_tab(project: Project) -> dict[str, Any]:
    chosen = EntryFilter(project_id=project.id)
    sums = entry_sums(chosen)
    page = entry_page(chosen, sums.count)
    return {"page": page, "sums": sums, "cutoffs": cutoffs_for(page), "states": BILLING_STATES}


@blueprint.get("/<int:project_id>")
@needs("projects.view")
def show(project_id: int) -> Any:
    """Show a project; `tab` is one of `TABS`."""
    tab = request.args.get("tab", "overview")
    return tab_answer(project_or_404(project_id), tab if tab in TABS else "overview")


def tab_answer(project: Project, tab: str, status: int = 200, **more: Any) -> Any:
    """Render a project's page standing on one tab, or that tab alone for htmx."""
    context = TABS[tab](project) | more
    return page_or_fragment(
        "projects/show.html", "projects/_project_tab.html", status=status,
        project=project, tab=tab, methods=BILLING_METHODS, source=source_name(project.source),
        origin=origin_of("projects", project), new_transactions=new_transactions(project), has_page=has_page,
        policy=policy(project), policies=APPROVAL_POLICIES, **context,
    )  # fmt: skip


def new_transactions(project: Project) -> list[tuple[str, str, str]]:
    """Return what *New Transaction* offers (requirements T-01, P-42): words, icon, address; nothing when closed."""
    if not project.is_active or not may("transactions.edit"):
        return []
    kinds = [(_(kind.title), kind.icon, _start_url(kind, project)) for kind in TYPES.values()]
    again = [
        (_("Recurring invoice"), "repeat", url_for("subscriptions.new", project_id=project.id)),
        (_("Recurring expense"), "repeat", url_for("subscriptions.new", kind="expense", project_id=project.id)),
    ]
    return [*kinds, (_("Expense"), "receipt", url_for("expenses.new", project_id=project.id)), *again]


def _start_url(kind: TransactionType, project: Project) -> str:
    """Return where one of this type starts: from the hours of the project, or blank for it."""
    endpoint = "transactions.new_from_project" if kind.takes_hours else "transactions.new"
    return url_for(endpoint, type_path=kind.path, project_id=project.id)
