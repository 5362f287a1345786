"""What the views of integrations share: the blueprint, finding the integration, the wizard's frame."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from blueprints.render import page_or_fragment
from extensions import current_config, db
from models import Integration
from sync import connection

blueprint = Blueprint("integrations", __name__, url_prefix="/settings/integrations")

#: endpoint and words of each step of set-up
STEPS = ("connect", "authorise", "portal", "preferences", "fields", "preview")


def title_or_404(key: str) -> str:
    """Return the connector's name; there is no page for a connector that does not exist."""
    return connection.title_of(key) or abort(404)


def integration_or_404(key: str) -> Integration:
    """Return the live integration of this connector."""
    title_or_404(key)
    return connection.live_integration(key) or abort(404)


def integration_words(integration: Integration) -> dict[str, Any]:
    """Return what the pages about an integration have in common."""
    key = integration.connector
    return {
        "key": key,
        "title": title_or_404(key),
        "integration": integration,
        "modules": {module.key: module for module in connection.modules_in_order(key)},
    }


def redirect_uri() -> str:
    """Return the address that people register at the remote; it is the same for all connectors."""
    return current_config().base_url + url_for("integrations.callback")


def step_url(key: str, step: str) -> str:
    """Return the address of a step of set-up."""
    return url_for(f"integrations.{step}", key=key)


def details_url(key: str) -> str:
    """Return the address of the page that watches an integration."""
    return url_for("integrations.details", key=key)


def missing_before(integration: Integration, step: str) -> AnyResponse | None:
    """Send a person back to the first step that is not done, if it comes before `step`."""
    missing = connection.missing_step(integration)
    if missing is None or STEPS.index(missing) >= STEPS.index(step):
        return None
    return redirect(step_url(integration.connector, missing), 303)


def wizard_page(step: str, key: str, *, status: int = 200, fragment: str | None = None, **context: Any) -> Response:
    """Render a step of set-up; for a connection in use it is a page of its own without the steps."""
    found: Integration | None = connection.live_integration(key)
    words = (
        _("What is shared"), _("Authorise"), _("Portal"), _("Modules and rules"), _("Map fields"), _("Preview"),
    )  # fmt: skip
    context |= {
        "key": key,
        "step": step,
        "title": title_or_404(key),
        "integration": found,
        "is_set_up": found is not None and found.connected_at is not None,
        "steps": [(word, step_url(key, name)) for name, word in zip(STEPS, words, strict=True)],
        "current": STEPS.index(step) + 1 if step in STEPS else 0,
        "redirect_uri": redirect_uri(),
    }
    return page_or_fragment(f"integrations/{step}.html", fragment, status=status, **context)


def may_write() -> None:
    """Say that this GET will write: the consent page can only send a browser back by GET."""
    g.will_write = True


def commit_then_forget(grant: connection.Grant | None) -> None:
    """Commit, and only then have the former grant revoked: a failure in between leaves a working connection."""
    db.session.commit()
    if not connection.forget(grant):
        flash(
            _("The former access could not be withdrawn. Withdraw it at the remote, under Connected Apps."), "warning"
        )
