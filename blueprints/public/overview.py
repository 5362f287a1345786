"""The customer's page: everything that is open, what waits for their answer, and their documents."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from billing import customer_pages
from billing.brand import brand_of
from billing.types import status_of, type_of
from blueprints.access import public
from blueprints.filters import organisation
from blueprints.public.frame import blueprint, customer_of, guarded, logo_answer


@blueprint.get("/all/<token>")
@guarded
@public
def overview(token: str) -> Any:
    """Show what is open for one customer by the link that was made for them."""
    customer, here = customer_of(token), organisation()
    if here is None:
        raise RuntimeError("a customer without an organisation")
    today = here.today()
    return render_template(
        "public/overview.html", customer=customer, sender=here, brand=brand_of(here.brand_color),
        found=customer_pages.overview(customer, today), type_of=type_of,
        state_of=lambda transaction: status_of(transaction, today),
        logo_url=url_for("public.overview_logo", token=token) if here.logo_file else "",
    )  # fmt: skip


@blueprint.get("/all/<token>/logo.svg")
@guarded
@public
def overview_logo(token: str) -> AnyResponse:
    """Give the logo."""
    customer_of(token)
    here = organisation()
    return logo_answer(here.logo_file if here else "")
