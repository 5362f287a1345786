"""Customers: the list, a customer's page with all that hangs on them, and editing with contact persons."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as AnyResponse

from blueprints.access import needs
from blueprints.choosing import customers_like, options_answer
from blueprints.customers.editing import customer_form, keep
from blueprints.customers.lists import STATES, customer_page, customer_sums, projects_page, story, transactions_page
from blueprints.expenses.lists import ExpenseFilter, expense_tab
from blueprints.filters import organisation
from blueprints.links import has_page
from blueprints.menu import MenuEntry, NewEntry
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from extensions import db
from models import Customer
from models.audit import record
from sync.importing import records_of
from sync.sources import fed_fields, source_name

blueprint = Blueprint("customers", __name__, url_prefix="/customers")
MENU = (MenuEntry("daily", "Customers", "users", "customers.index", "customers.view"),)
NEW = (NewEntry("Customer", "user", "customers.new", "customers.edit"),)
#: tab → what it needs, given the customer
TABS: dict[str, Any] = {
    "overview": lambda customer: {"sums": customer_sums(customer)},
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


def _customer(customer_id: int) -> Customer:
    return db.session.get(Customer, customer_id, options=[selectinload(Customer.contact_persons)]) or abort(404)


@blueprint.get("/<int:customer_id>")
@needs("customers.view")
def show(customer_id: int) -> Any:
    """Show a customer; `tab` is overview, projects, transactions or timeline."""
    customer = _customer(customer_id)
    tab = request.args.get("tab", "overview")
    tab = tab if tab in TABS else "overview"
    content = TABS[tab](customer)
    return page_or_fragment(
        "customers/show.html", "customers/_customer_tab.html",
        customer=customer, tab=tab, source=source_name(customer.source), has_page=has_page, **content,
    )  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@needs("customers.edit")
def new() -> Any:
    """Make a customer here."""
    form = customer_form(None)
    if not request.form and (found := organisation()):
        form.currency.data = found.base_currency
    if "more" in request.form or not form.validate_on_submit():
        return _form_page(form, None)
    customer = keep(form, Customer(source="local"), frozenset())
    db.session.commit()
    flash(_("%(name)s was added.", name=customer.name), "success")
    return after_write(url_for("customers.show", customer_id=customer.id))


@blueprint.route("/<int:customer_id>/edit", methods=["GET", "POST"])
@needs("customers.edit")
def edit(customer_id: int) -> Any:
    """Edit a customer; what a sync feeds can be read but not edited."""
    customer = _customer(customer_id)
    form = customer_form(customer)
    if "more" in request.form or not form.validate_on_submit():
        return _form_page(form, customer)
    keep(form, customer, fed_fields(customer.source, "customers"))
    db.session.commit()
    flash(_("Saved."), "success")
    return after_write(url_for("customers.show", customer_id=customer_id))


def _form_page(form: Any, customer: Customer | None) -> Any:
    """Show the form; asking for one more contact person is no mistake, a wrong field is."""
    fed = fed_fields(customer.source, "customers") if customer else frozenset()
    is_wrong = form.is_submitted() and "more" not in request.form
    return render_template(
        "customers/edit.html", form=form, customer=customer, fed=fed,
        source=source_name(customer.source) if customer else "",
    ), 422 if is_wrong else 200  # fmt: skip


@blueprint.post("/<int:customer_id>/deactivate")
@needs("customers.edit")
def deactivate(customer_id: int) -> AnyResponse:
    """Keep a customer with all its history, but offer it no more."""
    return _set_active(customer_id, False)


@blueprint.post("/<int:customer_id>/activate")
@needs("customers.edit")
def activate(customer_id: int) -> AnyResponse:
    """Offer a customer again."""
    return _set_active(customer_id, True)


def _set_active(customer_id: int, is_active: bool) -> AnyResponse:
    customer = _customer(customer_id)
    change = ({"is_active": customer.is_active}, {"is_active": is_active})
    customer.is_active = is_active
    verb = "customer.activated" if is_active else "customer.deactivated"
    name = customer.name
    said = _("%(name)s is active again.", name=name) if is_active else _("%(name)s is not offered any more.", name=name)
    record(actor(), verb, ("customer", customer_id), change=change)
    db.session.commit()
    flash(said, "success")
    return after_write(url_for("customers.show", customer_id=customer_id))
