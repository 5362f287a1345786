"""The customer's pages: their blueprint, how often they may be asked, and what is the same on all of them."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, request
from werkzeug.wrappers import Response as AnyResponse

from billing import logos
from billing.links import find, find_customer
from extensions import limiter
from models import Customer, Transaction

blueprint = Blueprint("public", __name__, url_prefix="/c")
#: a customer looks a few times; who guesses links is stopped
LIMIT = "60 per minute"
#: one answers once; a few more for what was typed wrong
ANSWER_LIMIT = "10 per minute; 40 per hour"
guarded = limiter.shared_limit(LIMIT, scope="public")


@blueprint.after_request
def keep_out_of_sight(response: Response) -> Response:
    """Tell search engines nothing, and let no address travel on to other sites."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def transaction_of(token: str) -> Transaction:
    """Return what a link opens; one that never was, one that was revoked and one that is too old look alike."""
    return find(token) or abort(404)


def customer_of(token: str) -> Customer:
    """Return whose page a link opens; one that never was and one that was closed look alike."""
    return find_customer(token) or abort(404)


def logo_answer(name: str) -> AnyResponse:
    """Answer with a stored logo; it may load nothing and run nothing."""
    drawing = logos.picture(name) or abort(404)
    response = make_response(drawing)
    response.mimetype = "image/svg+xml"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)
