"""The search box: what fits while a person types, and the same as a page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from blueprints.access import may, needs
from blueprints.links import has_page, transaction_url
from blueprints.render import page_or_fragment
from models.finding import Found, find

#: title, icon, rows of label, hint and address
Group = tuple[str, str, list[tuple[str, str, str | None]]]

blueprint = Blueprint("search", __name__, url_prefix="/search")


@blueprint.get("")
@needs("search.use")
def index() -> Any:
    """Show customers, projects and invoices that fit `q`; at most five of each."""
    text = request.args.get("q", "").strip()
    found = find(text)
    return page_or_fragment(
        "search/index.html", "search/_search_results.html", found=found, groups=_groups(found), search_text=text
    )  # fmt: skip


def _groups(found: Found) -> list[Group]:
    """Return title, icon and rows (label, hint, address) per kind; what a role may not see is left out."""
    customers = [(item.name, item.city, _url("customers.show", customer_id=item.id)) for item in found.customers]
    projects = [(item.name, item.key, _url("projects.show", project_id=item.id)) for item in found.projects]
    invoices = [
        (item.number or str(_("Draft")), item.customer.name, transaction_url(item.id)) for item in found.invoices
    ]  # fmt: skip
    groups: list[Group] = []
    if may("customers.view"):
        groups.append((str(_("Customers")), "users", customers))
    if may("projects.view"):
        groups.append((str(_("Projects")), "folder", projects))
    if may("transactions.view"):
        groups.append((str(_("Invoices")), "file-invoice", invoices))
    return groups


def _url(endpoint: str, **values: Any) -> str | None:
    return url_for(endpoint, **values) if has_page(endpoint) else None
