"""The link to a customer's page: made when somebody asks for it, copied, and closed again."""

from __future__ import annotations

from flask import flash, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import links
from blueprints.access import needs
from blueprints.customers.frame import blueprint, customer_or_404
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import db
from models import Customer
from models.audit import record


@blueprint.app_template_global("customer_page_link")
def customer_page_link(customer: Customer) -> str:
    """Return the address of the customer's page; empty as long as none was made."""
    return links.customer_page(customer) if customer.link_token else ""


@blueprint.post("/<int:customer_id>/link")
@needs("transactions.send")
def make_link(customer_id: int) -> AnyResponse:
    """Make the link to the customer's page, so that it can be copied."""
    customer = customer_or_404(customer_id)
    if not customer.link_token:
        links.customer_page(customer)
        record(actor(), "customer.link_made", ("customer", customer.id), _("A link to the customer's page"))
        db.session.commit()
    flash(_("The link is there. Copy it, and give it only to this customer."), "success")
    return after_write(url_for("customers.show", customer_id=customer_id))


@blueprint.post("/<int:customer_id>/link/close")
@needs("transactions.send")
def close_link(customer_id: int) -> AnyResponse:
    """Close the link; whoever has it sees nothing any more."""
    customer = customer_or_404(customer_id)
    links.close_page(customer, actor())
    db.session.commit()
    flash(_("The link is closed. Whoever has it sees nothing any more."), "success")
    return after_write(url_for("customers.show", customer_id=customer_id))
