"""*Webhooks*: how the remote tells that something changed, what to type in there, and what came of it (P-40)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, integration_or_404, title_or_404
from blueprints.render import page_or_fragment
from extensions import current_config, db
from models import Integration
from sync import connection, hints
from sync.connection import webhook

#: stands in for the secret where it is not shown
HIDDEN = "•" * 12


@blueprint.get("/<key>/webhooks")
@needs("integrations.connect")
def webhooks(key: str) -> Any:
    """Say where webhooks are made in the remote, and show what was received; the secret stays hidden."""
    return _page(key, None)


@blueprint.get("/<key>/webhooks/secret")
@needs("integrations.connect")
@sessions.needs_recent_password
def webhook_secret(key: str) -> Any:
    """Show the secret, and the lists of parameters ready to be copied."""
    integration = integration_or_404(key)
    secret = webhook.secret_of(integration)
    if secret is None:
        return redirect(url_for("integrations.webhooks", key=key), 303)
    return _page(key, secret)


@blueprint.post("/<key>/webhooks/renew")
@needs("integrations.connect")
@sessions.needs_recent_password
def renew_webhook(key: str) -> Any:
    """Switch webhooks on with a new secret, or put a new secret in place of the old one."""
    integration = integration_or_404(key)
    was_on = integration.webhook_secret is not None
    webhook.new_secret(integration, sessions.actor())
    db.session.commit()
    if was_on:
        flash(
            _("There is a new secret, and the old one no longer works. Put it into your webhooks in Zoho."), "warning"
        )
    else:
        flash(_("Webhooks are on. Copy the parameters below into Zoho."), "success")
    return redirect(url_for("integrations.webhook_secret", key=key), 303)


@blueprint.post("/<key>/webhooks/off")
@needs("integrations.connect")
@sessions.needs_recent_password
def switch_webhook_off(key: str) -> Any:
    """Listen no longer; what changes comes with the scheduled syncs."""
    integration = integration_or_404(key)
    webhook.switch_off(integration, sessions.actor())
    db.session.commit()
    flash(_("Webhooks are off. Changes come with the scheduled syncs."), "success")
    return redirect(url_for("integrations.webhooks", key=key), 303)


def _page(key: str, secret: str | None) -> Any:
    integration = integration_or_404(key)
    is_on = integration.webhook_secret is not None
    received = hints.recent(integration.id)
    return page_or_fragment(
        "integrations/webhook.html",
        "integrations/_webhook_received.html",
        key=key,
        title=title_or_404(key),
        integration=integration,
        is_on=is_on,
        secret=secret,
        hidden=HIDDEN,
        address=current_config().base_url + url_for("webhooks.receive", connector=key),
        lists=_lists(integration, secret or HIDDEN),
        received=received,
        last_at=hints.last_received_at(integration.id),
        is_full=any(item.hint.module == "" and item.state == "waiting" for item in received),
        most=hints.MOST_WAITING,
        modules={module.key: module for module in connection.modules_in_order(integration.connector)},
    )


def _lists(integration: Integration, secret: str) -> list[tuple[str, str, str]]:
    """Return per kind of record its name, the rules' place in Zoho, and the list to paste."""
    ids = {
        "project": [("project_id", _("Project ID"))],
        "task": [("project_id", _("Project ID")), ("task_id", _("Task ID"))],
        "issue": [("project_id", _("Project ID")), ("bug_id", _("Issue ID"))],
        "timelog": [
            ("project_id", _("Project ID")), ("task_id", _("Task ID")), ("bug_id", _("Issue ID")),
            ("log_id", _("Time Log ID")),
        ],
    }  # fmt: skip
    kinds = (
        ("timelog", _("Time logs"), _("Time Logs")), ("task", _("Tasks"), _("Tasks")),
        ("issue", _("Issues"), _("Issues")), ("project", _("Projects"), _("Projects")),
    )  # fmt: skip
    return [(title, tab, _line(integration, f"{kind}.updated", secret, ids[kind])) for kind, title, tab in kinds]


def _line(integration: Integration, event: str, secret: str, ids: list[tuple[str, str]]) -> str:
    """Return the parameters as `name=value&…`; the fields of a record stand as `${…}` for Zoho's own placeholders."""
    fixed = urlencode({"event": event, "portal_id": integration.scope_id}) + f"&token={secret}"
    return fixed + "".join(f"&{name}=${{{field}}}" for name, field in ids)
