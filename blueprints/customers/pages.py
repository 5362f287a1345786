"""Reading customers: the list, what comboboxes ask, and a customer's page with its tabs."""

from __future__ import annotations

from typing import Any

from flask import request

from billing import custom_fields, payments
from billing.types import TYPES
from blueprints.access import needs
from blueprints.choosing import customers_like, options_answer
from blueprints.customers.frame import blueprint, customer_or_404
from blueprints.customers.lists import STATES, customer_page, customer_sums, projects_page, transactions_page
from blueprints.customers.story import merges_of, story
from blueprints.expenses.lists import ExpenseFilter, expense_tab
from blueprints.links import has_page
from blueprints.render import page_or_fragment
from extensions import db
from forms.customers import ELECTRONIC_SCHEMES, languages_offered
from models import Customer, PaymentTerm, Tax
from sync.importing import records_of
from sync.sources import source_name

#: tab → what it needs, given the customer
TABS: dict[str, Any] = {
    "overview": lambda customer: {**_money(customer), **_details(customer)},
    "projects": lambda customer: {"page": projects_page(customer)},
    "transactions": lambda customer: {
        "page": transactions_page(customer),
        "former": records_of(customer_id=customer.id),
    },
    "expenses": lambda customer: expense_tab(ExpenseFilter(customer_id=customer.id)),
    "timeline": lambda customer: {"events": story(customer)},
}


@blueprint.get("/")
@needs("customers.view")
def index() -> Any:
    """List customers by name; `q` searches in names, `state` is active, inactive or all."""
    q = request.args.get("q", "").strip()[:200]
    state = request.args.get("state", "active")
    state = state if state in STATES else "active"
    return page_or_fragment(
        "customers/index.html", "customers/_customers_list.html",
        page=customer_page(q, state), q=q, state=state, source_name=source_name,
    )  # fmt: skip


@blueprint.get("/options")
@needs("customers.view")
def options() -> str:
    """Offer customers to a combobox; `all=1` offers inactive ones too."""
    found = customers_like(request.args.get("q", ""), is_all="all" in request.args)
    return options_answer([(customer.id, customer.name, customer.city) for customer in found])


@blueprint.get("/<int:customer_id>")
@needs("customers.view")
def show(customer_id: int) -> Any:
    """Show a customer; `tab` is overview, projects, transactions, expenses or timeline."""
    customer = customer_or_404(customer_id)
    tab = request.args.get("tab", "overview")
    tab = tab if tab in TABS else "overview"
    content = TABS[tab](customer)
    into = db.session.get(Customer, customer.merged_into_id) if customer.merged_into_id else None
    return page_or_fragment(
        "customers/show.html", "customers/_customer_tab.html",
        customer=customer, tab=tab, source=source_name(customer.source), has_page=has_page, into=into,
        merges=merges_of(customer), **content,
    )  # fmt: skip


def _money(customer: Customer) -> dict[str, Any]:
    """Return what the customer owes and may still use."""
    credit = payments.credit_of(customer.id)
    return {"sums": customer_sums(customer, credit), "credit": credit, "types": TYPES}


def _details(customer: Customer) -> dict[str, Any]:
    """Return what the overview tells beside plain columns: named rows, and the organisation's own fields."""
    own = [(field.label, field.type, (customer.custom or {}).get(field.key)) for field in
           custom_fields.fields_of("customers")]  # fmt: skip
    term = db.session.get(PaymentTerm, customer.payment_term_id) if customer.payment_term_id else None
    tax = db.session.get(Tax, customer.default_tax_id) if customer.default_tax_id else None
    return {
        "own_fields": own, "term": term, "tax": tax, "schemes": dict(ELECTRONIC_SCHEMES),
        "reads_in": dict(languages_offered()).get(customer.language, customer.language),
    }  # fmt: skip
