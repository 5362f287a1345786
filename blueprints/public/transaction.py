"""What a customer sees and says by the link in an e-mail: one transaction, without signing in."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import customer_pages, einvoice, transactions
from billing.brand import brand_of
from billing.errors import MoveRefused
from billing.links import customer_link
from billing.mail.facts import locale_of
from billing.money import format_money, round_money
from billing.paper import PaperDocument, facts_of
from billing.payments import settlements_of
from billing.pdf import document_of, file_name
from billing.transactions import Answer
from billing.types import has_lapsed, status_of, type_of
from blueprints.access import public
from blueprints.filters import organisation
from blueprints.public.frame import ANSWER_LIMIT, blueprint, guarded, logo_answer, transaction_of
from blueprints.transactions.paper import file_answer, picture_answer, pictures_of
from extensions import current_config, db, limiter
from forms.transactions import AnswerForm
from models import Transaction
from models.audit import Actor
from models.payment import PAYMENT_METHODS


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page tells beside the paper; money in the very words of the paper."""

    number: str | None
    total: str
    balance: str
    is_open: bool
    due: date | None
    is_void: bool
    state: tuple[str, str]
    can_answer: bool
    answered_by: str
    answered_at: Any
    comment: str
    #: what is asked for in advance once it is accepted, in words; empty: nothing
    retainer: str
    #: title and address of the transaction that asks for it, once there is one
    retainer_page: tuple[str, str] | None
    pay_link: str
    has_e_invoice: bool
    #: date, words and amount of each payment
    payments: tuple[tuple[date, str, str], ...]


@blueprint.get("/<token>")
@guarded
@public
def show(token: str) -> Any:
    """Show the transaction: what is owed or offered, the paper, the file, and the form to answer a quote."""
    return _page(token, transaction_of(token), AnswerForm(formdata=None))


def _page(token: str, transaction: Transaction, form: AnswerForm, status: int = 200, problem: str = "") -> Response:
    document, found = document_of(transaction), organisation()
    today = found.today() if found else transaction.date
    facts = _facts(transaction, document, today)
    codes = [(code.label, code.text, _as_picture(code.picture)) for code in document.codes] if facts.is_open else []
    pages = len(pictures_of(transaction))
    page = render_template(
        "public/show.html", token=token, facts=facts, document=document, kind=type_of(transaction), pages=pages,
        form=form, problem=problem, codes=codes, brand=brand_of(document.color),
        logo_url=url_for("public.logo", token=token) if document.logo else "",
    )  # fmt: skip
    return make_response(page, status)


def _facts(transaction: Transaction, document: PaperDocument, today: date) -> Facts:
    kind, locale = type_of(transaction), locale_of(transaction)
    is_open = kind.is_owed and transaction.status != "void" and transaction.balance > 0
    links = [code.link for code in document.codes if code.link] if is_open else []
    return Facts(
        number=transaction.number, total=document.total.amount,
        balance=format_money(transaction.balance, transaction.currency, locale), is_open=is_open,
        due=transaction.due_date, is_void=transaction.status == "void", state=status_of(transaction, today),
        can_answer=kind.may("accept", transaction.status) and not has_lapsed(transaction, today),
        answered_by=transaction.answered_by, answered_at=transaction.answered_at, comment=transaction.answer_comment,
        retainer=_retainer(transaction, locale), retainer_page=_retainer_page(transaction),
        pay_link=links[0] if links else "", has_e_invoice=_has_e_invoice(transaction),
        payments=tuple(_payments(transaction, locale)),
    )  # fmt: skip


def _retainer(transaction: Transaction, locale: str) -> str:
    if not transaction.retainer_percent:
        return ""
    amount = round_money(transaction.total * transaction.retainer_percent / 100, transaction.currency)
    return format_money(amount, transaction.currency, locale)


def _retainer_page(transaction: Transaction) -> tuple[str, str] | None:
    made = customer_pages.asked_in_advance(transaction)
    if made is None:
        return None
    return f"{_(type_of(made).title)} {made.number}", customer_link(made).removeprefix(current_config().base_url)


def _has_e_invoice(transaction: Transaction) -> bool:
    is_wanted = bool(facts_of(transaction).get("has_e_invoices", False))
    return is_wanted and einvoice.is_offered(transaction) and not einvoice.missing(transaction)


def _payments(transaction: Transaction, locale: str) -> list[tuple[date, str, str]]:
    return [
        (
            put.date,
            put.number or str(_(PAYMENT_METHODS.get(put.method, "Other"))),
            _money(put.amount, transaction, locale),
        )
        for put in settlements_of(transaction)
    ]


def _money(amount: Decimal, transaction: Transaction, locale: str) -> str:
    return format_money(amount, transaction.currency, locale)


def _as_picture(drawing: str) -> str:
    """Return a drawing as an address that an image can show."""
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}"


@blueprint.post("/<token>/<any(accept, decline):verb>")
@limiter.limit(ANSWER_LIMIT)
@public
def answer(token: str, verb: str) -> Any:
    """Take the customer's one answer to a quote, with name and comment (requirements T-25)."""
    transaction, form = transaction_of(token), AnswerForm()
    if not form.validate_on_submit():
        return _page(token, transaction, form, 422)
    who = Actor("customer", transaction.customer.name, address=request.remote_addr or "")
    try:
        transactions.answer(transaction, Answer(verb, form.name.data, form.comment.data), who)
    except MoveRefused as reason:
        db.session.rollback()
        return _page(token, transaction_of(token), form, 409, str(reason))
    db.session.commit()
    return redirect(url_for("public.show", token=token), 303)


@blueprint.get("/<token>/pdf")
@guarded
@public
def pdf(token: str) -> Response:
    """Give the PDF."""
    return file_answer(transaction_of(token), is_download=True)


@blueprint.get("/<token>/e-invoice.xml")
@guarded
@public
def e_invoice(token: str) -> Response:
    """Give the e-invoice as UBL (requirements M-15)."""
    transaction = transaction_of(token)
    if not _has_e_invoice(transaction):
        abort(404)
    response = make_response(einvoice.ubl(transaction))
    response.mimetype = "application/xml"
    name = file_name(transaction).removesuffix(".pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xml"'
    return response


@blueprint.get("/<token>/logo.svg")
@guarded
@public
def logo(token: str) -> AnyResponse:
    """Give the logo that the paper was issued with."""
    return logo_answer(facts_of(transaction_of(token)).get("paper", {}).get("logo", ""))


@blueprint.get("/<token>/page/<int:page>.svg")
@guarded
@public
def picture(token: str, page: int) -> AnyResponse:
    """Give one page as a picture."""
    return picture_answer(transaction_of(token), page).make_conditional(request)
