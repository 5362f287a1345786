"""Pressing a remedy: it changes what it says, queues what tries the records again, and leads back (M-04)."""

from __future__ import annotations

from flask import abort, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing.errors import MoveRefused
from blueprints import sessions
from blueprints.access import may, needs
from blueprints.integrations.frame import blueprint, integration_or_404
from blueprints.render import after_write
from extensions import db
from models import Integration, Link
from sync.connection import SetupRefused
from sync.reasons import REASONS
from sync.remedies import REMEDIES, Case


@blueprint.post("/<key>/remedies/<remedy>")
@needs("integrations.sync")
def apply_remedy(key: str, remedy: str) -> AnyResponse:
    """Apply a remedy to the records that are named, or to all of a reason; a refusal is told and changes nothing."""
    integration = integration_or_404(key)
    found = REMEDIES.get(remedy)
    if found is None:
        abort(404)
    if not may(found.permission):
        abort(403)
    back = sessions.safe_path(request.form.get("back")) or url_for("integrations.errors", key=key)
    try:
        case = _case(integration)
        if case is None or case.reason.code not in found.codes:
            raise SetupRefused(_("That no longer fits: the record came in, or another reason keeps it out now."))
        sentence = found.apply(case, sessions.actor(), request.form)
        db.session.commit()
        flash(sentence, "success")
    except (SetupRefused, MoveRefused) as refused:
        db.session.rollback()
        flash(str(refused), "error")
    return after_write(back)


def _case(integration: Integration) -> Case | None:
    """What the form is about; None when it is no more."""
    ids = [int(word) for word in request.form.getlist("link") if word.isascii() and word.isdigit()][:500]
    if not ids:
        reason = REASONS.get(request.form.get("code", ""))
        return Case(integration, reason, request.form.get("module", "")) if reason else None
    query = db.select(Link).where(Link.id.in_(ids), Link.integration_id == integration.id, Link.reason.is_not(None))
    links = list(db.session.scalars(query.order_by(Link.id)))
    if not links or len({(link.module, link.reason) for link in links}) > 1:
        return None
    return Case(integration, REASONS[links[0].reason or ""], links[0].module, links, is_close_up=len(links) == 1)
