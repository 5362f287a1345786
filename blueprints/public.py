"""What a customer sees and says by the link in an e-mail: one transaction, without signing in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from billing import transactions
from billing.errors import MoveRefused
from billing.links import find
from billing.pdf import document_of
from billing.transactions import Answer
from billing.types import has_lapsed, status_of, type_of
from blueprints.access import public
from blueprints.filters import organisation
from blueprints.transactions.paper import file_answer, picture_answer, pictures_of
from extensions import db, limiter
from forms.transactions import AnswerForm
from models import Transaction
from models.audit import Actor

blueprint = Blueprint("public", __name__, url_prefix="/c")
#: a customer looks a few times; who guesses links is stopped
LIMIT = "60 per minute"
#: one answers once; a few more for what was typed wrong
ANSWER_LIMIT = "10 per minute; 40 per hour"
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
    """Show the transaction: what is owed or offered, the paper, the file, and the form to answer a quote."""
    return _page(token, _transaction(token), AnswerForm(formdata=None))


def _page(token: str, transaction: Transaction, form: AnswerForm, status: int = 200, problem: str = "") -> Response:
    kind, document, found = type_of(transaction), document_of(transaction), organisation()
    today = found.today() if found else transaction.date
    can_answer = kind.may("accept", transaction.status) and not has_lapsed(transaction, today)
    facts = {
        "number": transaction.number, "currency": transaction.currency, "total": transaction.total,
        "balance": transaction.balance, "due": transaction.due_date, "is_void": transaction.status == "void",
        "state": status_of(transaction, today), "can_answer": can_answer, "answered_by": transaction.answered_by,
        "answered_at": transaction.answered_at, "comment": transaction.answer_comment,
    }  # fmt: skip
    pages = len(pictures_of(transaction))
    page = render_template(
        "public/show.html", token=token, facts=facts, document=document, kind=kind, pages=pages, form=form,
        problem=problem,
    )  # fmt: skip
    return make_response(page, status)


@blueprint.post("/<token>/<any(accept, decline):verb>")
@limiter.limit(ANSWER_LIMIT)
@public
def answer(token: str, verb: str) -> Any:
    """Take the customer's one answer to a quote, with name and comment (requirements T-25)."""
    transaction, form = _transaction(token), AnswerForm()
    if not form.validate_on_submit():
        return _page(token, transaction, form, 422)
    who = Actor("customer", transaction.customer.name, address=request.remote_addr or "")
    try:
        transactions.answer(transaction, Answer(verb, form.name.data, form.comment.data), who)
    except MoveRefused as reason:
        db.session.rollback()
        return _page(token, _transaction(token), form, 409, str(reason))
    db.session.commit()
    return redirect(url_for("public.show", token=token), 303)


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
