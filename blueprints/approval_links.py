"""What a customer sees by the link in an approval request: hours to tick, without signing in (requirements M-18)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from billing.approvals import answer, asked_entries, find, is_alive
from billing.errors import MoveRefused
from blueprints.access import public
from blueprints.filters import organisation
from blueprints.public.frame import keep_out_of_sight
from extensions import db, limiter
from forms.approvals import CustomerForm
from models import ApprovalRequest

blueprint = Blueprint("approval_links", __name__, url_prefix="/a")
#: a customer looks a few times; who guesses links is stopped
LIMIT = "60 per minute"
ANSWER_LIMIT = "10 per minute; 60 per hour"


blueprint.after_request(keep_out_of_sight)


def _request(token: str) -> ApprovalRequest:
    return find(token) or abort(404)


@blueprint.get("/<token>")
@limiter.limit(LIMIT)
@public
def show(token: str) -> Any:
    """Show the hours that are asked about; a closed or expired link says so."""
    return _page(token, _request(token), CustomerForm(formdata=None), 200)


def _page(token: str, asked: ApprovalRequest, form: CustomerForm, status: int, problem: str = "") -> Response:
    here, alive = organisation(), is_alive(asked)
    entries = asked_entries(asked) if alive else []
    typed = set(form.entry.data or ()) if form.is_submitted() else None
    ticked = {
        entry.id for entry in entries
        if (entry.approval != "rejected" if typed is None or entry.is_fixed else entry.id in typed)
    }  # fmt: skip
    if form.name.data is None and asked.answered_by:
        form.name.data, form.comment.data = asked.answered_by, asked.comment
    page = render_template(
        "approvals/public.html", token=token, asked=asked, entries=entries, ticked=ticked, form=form, is_alive=alive,
        sender=here.name if here else "", problem=problem, can_change=any(not entry.is_fixed for entry in entries),
    )  # fmt: skip
    return make_response(page, status if alive else 410)


@blueprint.post("/<token>")
@limiter.limit(ANSWER_LIMIT)
@public
def give_answer(token: str) -> Any:
    """Take the answer; it may be given again until the hours are invoiced."""
    asked, form = _request(token), CustomerForm()
    if not form.validate_on_submit():
        return _page(token, asked, form, 422)
    try:
        answer(asked, form.entry.data or (), form.seen.data or (), (form.name.data, form.comment.data or ""))
    except MoveRefused as reason:
        db.session.rollback()
        return _page(token, _request(token), form, 409, str(reason))
    db.session.commit()
    flash(_("Thank you. Your answer was saved; you can change it until the hours are invoiced."), "success")
    return redirect(url_for("approval_links.show", token=token), 303)
