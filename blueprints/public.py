"""What a customer sees by the link in an e-mail: one transaction, without signing in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from billing.links import find
from billing.pdf import document_of
from billing.types import status_of, type_of
from blueprints.access import public
from blueprints.filters import organisation
from blueprints.transactions.paper import file_answer, is_picturable, picture_answer, pictures_of
from extensions import limiter
from models import Transaction

blueprint = Blueprint("public", __name__, url_prefix="/c")
#: a customer looks a few times; who guesses links is stopped
LIMIT = "60 per minute"
_guarded = limiter.shared_limit(LIMIT, scope="public")


@blueprint.after_request
def keep_out_of_sight(response: Response) -> Response:
    """Tell search engines nothing, and let no address travel on to other sites."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _transaction(token: str) -> Transaction:
    """Return what a link opens; one that never was, one that was revoked and one that is too old look alike."""
    return find(token) or abort(404)


@blueprint.get("/<token>")
@_guarded
@public
def show(token: str) -> Any:
    """Show the transaction: what is owed, the paper, the file."""
    transaction = _transaction(token)
    kind, document, found = type_of(transaction), document_of(transaction), organisation()
    today = found.today() if found else transaction.date
    facts = {
        "number": transaction.number, "currency": transaction.currency, "total": transaction.total,
        "balance": transaction.balance, "due": transaction.due_date, "is_void": transaction.status == "void",
        "state": status_of(transaction, today), "is_picturable": is_picturable(transaction),
    }  # fmt: skip
    pages = len(pictures_of(transaction)) if facts["is_picturable"] else 0
    return make_response(
        render_template("public/show.html", token=token, facts=facts, document=document, kind=kind, pages=pages)
    )


@blueprint.get("/<token>/pdf")
@_guarded
@public
def pdf(token: str) -> Response:
    """Give the PDF."""
    return file_answer(_transaction(token), is_download=True)


@blueprint.get("/<token>/page/<int:page>.svg")
@_guarded
@public
def picture(token: str, page: int) -> AnyResponse:
    """Give one page as a picture."""
    return picture_answer(_transaction(token), page).make_conditional(request)
