"""Pausing, resuming, ending and deleting a subscription, and making its next one now."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import subscriptions
from billing.errors import MoveRefused
from billing.subscriptions import Made
from billing.types import TYPES
from blueprints.access import needs
from blueprints.filters import this_organisation
from blueprints.refusals import said
from blueprints.render import after_write
from blueprints.sessions import actor
from blueprints.subscriptions.frame import ID, blueprint, subscription_or_404
from extensions import db
from models import Subscription
from models.audit import Actor

#: verb → what it does, and the sentence that says so
VERBS: dict[str, tuple[Callable[[Subscription, Actor], None], str]] = {
    "pause": (subscriptions.pause, "Paused: nothing is made until you resume it."),
    "resume": (
        lambda subscription, who: subscriptions.resume(subscription, this_organisation().today(), who),
        "Active again. It goes on with the first one from today.",
    ),
    "end": (subscriptions.end, "Ended: nothing more is made. What was made stays."),
}


@blueprint.post(f"/<{ID}:subscription_id>/<any(pause, resume, end):verb>")
@needs("transactions.edit")
def move(subscription_id: int, verb: str) -> AnyResponse:
    """Pause, resume or end."""
    subscription = subscription_or_404(subscription_id)
    act, words = VERBS[verb]
    here = url_for("subscriptions.show", subscription_id=subscription_id)
    try:
        act(subscription, actor())
    except MoveRefused as reason:
        flash(said(reason), "error")
        return after_write(here)
    db.session.commit()
    flash(_(words), "success")
    return after_write(here)


@blueprint.post(f"/<{ID}:subscription_id>/delete")
@needs("transactions.edit")
def delete(subscription_id: int) -> AnyResponse:
    """Delete one that made nothing."""
    subscription = subscription_or_404(subscription_id)
    try:
        subscriptions.delete(subscription, actor())
    except MoveRefused as reason:
        flash(said(reason), "error")
        return after_write(url_for("subscriptions.show", subscription_id=subscription_id))
    db.session.commit()
    flash(_("The subscription is deleted."), "success")
    return after_write(url_for("subscriptions.index"))


@blueprint.post(f"/<{ID}:subscription_id>/make-next")
@needs("transactions.edit")
def make_next(subscription_id: int) -> AnyResponse:
    """Make the next one now, whether or not its day has come; the same press a second time makes nothing (127)."""
    subscription = subscription_or_404(subscription_id)
    here = url_for("subscriptions.show", subscription_id=subscription_id)
    if request.form.get("period") != str(subscription.next_date):
        flash(_("That one was made already. This is what comes next now."), "info")
        return after_write(here)
    try:
        made = subscriptions.make_now(subscription, this_organisation().today(), actor())
    except MoveRefused as reason:
        problem = said(reason)
        subscriptions.note_problem(subscription_id, problem)
        db.session.commit()
        flash(problem, "error")
        return after_write(here)
    db.session.commit()
    return after_write(_told(made, here))


def _told(made: Made | None, here: str) -> str:
    """Say what came of it, and return where to look at it."""
    if made is None:
        flash(_("Nothing was made: it was made at this moment already, or the subscription is not active."), "warning")
        return here
    if made.problem:
        flash(_("It is a draft. %(problem)s", problem=made.problem), "warning")
        return here
    if made.expense is not None:
        flash(_("Here is the one that was made."), "success")
        return url_for("expenses.show", expense_id=made.expense.id)
    if made.transaction is not None:
        flash(_("Here is the one that was made."), "success")
        path = TYPES[made.transaction.type].path
        return url_for("transactions.show", type_path=path, transaction_id=made.transaction.id)
    flash(_("There was nothing to bill for this period, so it was passed over."), "info")
    return here
