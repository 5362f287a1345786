"""The search box: what fits while a person types, and the same as a page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from billing.types import TYPES
from blueprints.access import may, needs
from blueprints.filters import day
from blueprints.links import has_page, transaction_url
from blueprints.render import page_or_fragment
from models.finding import Found, find

#: title, icon, rows of label, hint and address
Group = tuple[str, str, list[tuple[str, str, str | None]]]

blueprint = Blueprint("search", __name__, url_prefix="/search")


@blueprint.get("")
@needs("search.use")
def index() -> Any:
    """Show customers, projects, transactions and expenses that fit `q`; at most five of each."""
    text = request.args.get("q", "").strip()
    found = find(text, tuple(TYPES))
    return page_or_fragment(
        "search/index.html", "search/_search_results.html", found=found, groups=_groups(found), search_text=text
    )  # fmt: skip


def _groups(found: Found) -> list[Group]:
    """Return title, icon and rows (label, hint, address) per kind; what a role may not see is left out."""
    customers = [(item.name, item.city, _url("customers.show", customer_id=item.id)) for item in found.customers]
    projects = [(item.name, item.key, _url("projects.show", project_id=item.id)) for item in found.projects]
    groups: list[Group] = []
    if may("customers.view"):
        groups.append((str(_("Customers")), "users", customers))
    if may("projects.view"):
        groups.append((str(_("Projects")), "folder", projects))
    if may("transactions.view"):
        groups += _transactions(found)
    if may("expenses.view"):
        groups.append((str(_("Expenses")), "receipt", _expenses(found)))
    return groups


def _expenses(found: Found) -> list[tuple[str, str, str | None]]:
    return [
        (item.title, " · ".join(part for part in (item.vendor, day(item.date)) if part),
         _url("expenses.show", expense_id=item.id))
        for item in found.expenses
    ]  # fmt: skip


def _transactions(found: Found) -> list[Group]:
    """Return one group for each type of which something was found."""
    return [
        (
            str(_(kind.title_plural)), kind.icon,
            [
                (item.number or str(_("Draft")), item.customer.name, transaction_url(item.id, kind.key))
                for item in found.transactions if item.type == kind.key
            ],
        )
        for kind in TYPES.values()
    ]  # fmt: skip


def _url(endpoint: str, **values: Any) -> str | None:
    return url_for(endpoint, **values) if has_page(endpoint) else None
