"""What the clock does for subscriptions: all that is due, one child per database transaction, one trouble at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from billing.errors import MoveRefused
from billing.subscriptions.making import due_ids, make_due, note_problem
from extensions import db
from models import Organisation

log = logging.getLogger(__name__)
#: steps of one run; what is left is done in the next minute
MOST_STEPS = 200


def make_all_due(save: Callable[[], None]) -> int:
    """Make what is due today where the organisation is; returns how many steps were taken.

    `save` is the caller's commit, called once per step: a kill loses none that was made, and makes none twice.
    """
    organisation = db.session.get(Organisation, 1)
    if organisation is None:
        return 0
    today = organisation.today()
    waiting = due_ids(today)
    save()
    steps = 0
    for subscription_id in waiting:
        while steps < MOST_STEPS and _step(subscription_id, today, save):
            steps += 1
    return steps


def _step(subscription_id: int, today: date, save: Callable[[], None]) -> bool:
    """Take one step of one subscription; False when there is none, or it cannot be taken: the others go on."""
    try:
        made = make_due(subscription_id, today)
        save()
    except MoveRefused as reason:
        problem = str(reason)
    except IntegrityError:
        log.info("A period of subscription %s was made by somebody else at this moment.", subscription_id)
        db.session.rollback()
        return False
    except Exception:
        log.exception("Subscription %s could not be made.", subscription_id)
        problem = _("Something went wrong inside Crossbill. The log says what; it is tried again every hour.")
    else:
        return made is not None
    db.session.rollback()
    note_problem(subscription_id, problem)
    save()
    return False
