"""From the remote app's ids to a project here, or to the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from blueprints.access import may
from extensions import db
from models import Integration, Link
from models.integration import FEEDING
from sync import connection
from sync.connection import report
from sync.reasons import REASONS
from sync.sources import source_name


@dataclass(frozen=True, slots=True)
class Found:
    """A project's id here; or why it is missing, what to do, and the page of Crossbill where that is done."""

    project_id: int | None = None
    why: str = ""
    remedy: str = ""
    action: str = ""
    url: str = ""


def find_project(connector: str, portal: str, remote_id: str) -> Found:
    """Look a remote project up."""
    integration = connection.live_integration(connector)
    if integration is None or integration.connected_at is None:
        return _not_connected(connector)
    if integration.state not in FEEDING:
        return _disabled(integration)
    if portal not in (integration.scope_id, integration.scope_name):
        return _other_portal(integration)
    query = db.select(Link).where(
        Link.integration_id == integration.id, Link.module == "projects", Link.remote_id == remote_id
    )
    link = db.session.scalar(query)
    if link is None or (link.reason is None and link.local_id is None):
        return _not_seen(integration)
    return Found(link.local_id) if link.local_id is not None else _kept_out(integration, link)


def _details(integration: Integration) -> str:
    return url_for("integrations.details", key=integration.connector) if may("integrations.view") else ""


def _not_connected(connector: str) -> Found:
    name = source_name(connector)
    return Found(
        why=_("Crossbill is not connected with %(name)s.", name=name),
        remedy=_("An owner or admin connects it under Settings → Integrations."),
        action=_("Open Integrations"), url=url_for("integrations.index") if may("integrations.view") else "",
    )  # fmt: skip


def _disabled(integration: Integration) -> Found:
    name = source_name(integration.connector)
    return Found(
        why=_("The connection with %(name)s is disabled, so nothing is shown here.", name=name),
        remedy=_("An owner or admin can enable it again. What was fetched is still in Crossbill."),
        action=_("Open the connection"), url=_details(integration),
    )  # fmt: skip


def _other_portal(integration: Integration) -> Found:
    return Found(
        why=_("Crossbill is connected with another portal: %(portal)s.", portal=integration.scope_name),
        remedy=_("Open this tab in a project of that portal."), action=_("Open the connection"),
        url=_details(integration),
    )  # fmt: skip


def _not_seen(integration: Integration) -> Found:
    return Found(
        why=_("Crossbill does not know this project yet."),
        remedy=_("The next sync brings it, if it is in your portal. Ask for one if you cannot wait."),
        action=_("Open the connection"), url=_details(integration),
    )  # fmt: skip


def _kept_out(integration: Integration, link: Link) -> Found:
    """Tell the reason that the last sync noted."""
    reason = REASONS.get(link.reason or "")
    if reason is None:
        return _not_seen(integration)
    url = url_for("integrations.errors", key=integration.connector) if may("integrations.view") else ""
    return Found(why=report.explained(link).why, remedy=str(reason.remedy), action=_("Open Error Details"), url=url)
