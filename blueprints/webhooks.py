"""Where remote products tell that something changed: a hint is written down, nothing else is believed (P-40)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from blueprints.access import public
from extensions import csrf, db, limiter, reading, utcnow
from sync import hints
from sync.connection import webhook

blueprint = Blueprint("webhooks", __name__, url_prefix="/hooks")
csrf.exempt(blueprint)

#: what a remote may send at once; its own forms allow 3,000 letters of parameters
MOST_BYTES = 16 * 1024
#: wrong calls from one address; right ones are never held back, they collapse instead
WRONG_LIMIT = "30 per minute"


@blueprint.route("/<connector>", methods=["GET", "POST"])
@public
def receive(connector: str) -> Response:
    """Take a hint down and answer at once; the record itself is read from the remote by a run."""
    values = _values()
    with reading():
        integration = webhook.who_is_told(connector, values.get("token", ""), values.get("portal_id", ""))
        integration_id = integration.id if integration else None
        db.session.rollback()
    if integration_id is None or request.method == "HEAD":
        return _unknown()
    g.will_write = True  # a webhook may be told to call by GET
    hints.keep(integration_id, hints.read(values), utcnow())
    db.session.commit()
    return Response(status=204)


def _values() -> dict[str, str]:
    """The known parameters of query, form, JSON or text; none when there is too much of it."""
    request.max_content_length = MOST_BYTES
    request.max_form_memory_size = MOST_BYTES
    request.max_form_parts = hints.MOST_PARAMETERS
    pairs: list[tuple[str, Any]] = list(request.args.items(multi=True))
    try:
        if request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}:
            return hints.values_of([*pairs, *request.form.items(multi=True)])
        return hints.values_of(pairs, request.get_data(cache=False), request.mimetype)
    except RequestEntityTooLarge:
        return {}


def _unknown() -> Response:
    """Say the same for a wrong token, a wrong portal and no such address, and count it."""
    with limiter.limit(WRONG_LIMIT, key_func=lambda: f"webhooks-{request.remote_addr}"):
        return Response("There is nothing here.\n", 404, mimetype="text/plain")
