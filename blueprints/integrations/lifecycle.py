"""Disable, re-enable and delete an integration: each asks first and names what stops and what stays (P-50 to P-61)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

import archive
from archive import DatabaseTrouble
from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import (
    blueprint,
    commit_then_forget,
    details_url,
    integration_or_404,
    title_or_404,
)
from blueprints.render import page_or_fragment
from extensions import db
from forms.base import PageForm
from forms.lifecycle import DeleteForm
from models import Integration
from sync import connection
from sync.connection import SetupRefused


@blueprint.get("/<key>/disable")
@needs("integrations.connect")
def confirm_disable(key: str) -> Any:
    """Name what stops (P-50)."""
    return _page("disable", key, form=PageForm(), run=connection.live_run(integration_or_404(key)))


@blueprint.post("/<key>/disable")
@needs("integrations.connect")
def disable(key: str) -> Any:
    """Stop syncing; a sync that is going on ends first."""
    integration = integration_or_404(key)
    try:
        connection.disable(integration, sessions.actor())
    except SetupRefused as refused:
        return _refused(key, refused)
    is_ending = integration.state == "disabling"
    db.session.commit()
    if is_ending:
        flash(_("The sync that is going on ends first; then the integration is disabled."), "info")
    else:
        flash(_("The integration is disabled. Everything that was fetched stays here."), "success")
    return redirect(details_url(key), 303)


@blueprint.get("/<key>/enable")
@needs("integrations.connect")
def confirm_enable(key: str) -> Any:
    """Say from when on it fetches, and with which portal only (P-54, P-55)."""
    return _page("enable", key, form=PageForm())


@blueprint.post("/<key>/enable")
@needs("integrations.connect")
def enable(key: str) -> Any:
    """Go on with the same portal, once the remote has said that it is ours; syncs from the last time on (P-56)."""
    try:
        connection.enable(integration_or_404(key), sessions.actor())
    except SetupRefused as refused:
        db.session.rollback()
        problem = str(refused)
        is_other = isinstance(refused, connection.PortalMismatch)
        return _page("enable", key, form=PageForm(), problem=problem, is_other_portal=is_other, status=422)
    db.session.commit()
    flash(_("The integration is active again. What changed since the last sync is being fetched."), "success")
    return redirect(details_url(key), 303)


@blueprint.get("/<key>/delete")
@needs("integrations.connect")
@sessions.needs_recent_password
def confirm_delete(key: str) -> Any:
    """Name in numbers what stays, and ask for the portal's name (P-58)."""
    return _delete_page(key)


@blueprint.post("/<key>/delete")
@needs("integrations.connect")
@sessions.needs_recent_password
def delete(key: str) -> Any:
    """Back everything up, let go, and have the access revoked (P-59, P-60)."""
    integration = integration_or_404(key)
    form = DeleteForm(expected=integration.scope_name)
    if not form.validate():
        return _delete_page(key, form, 422)
    where = ""
    if form.snapshot.data:
        try:
            where = archive.snapshot(_("Before deleting %(app)s", app=title_or_404(key))).name
        except (DatabaseTrouble, OSError) as problem:
            said = _("No backup could be made, so nothing was deleted: %(problem)s", problem=problem)
            form.snapshot.errors = [said]
            return _delete_page(key, form, 422)
    try:
        grant = connection.delete(integration_or_404(key), sessions.actor())
    except SetupRefused as refused:
        return _refused(key, refused)
    commit_then_forget(grant)
    flash(_("The integration is deleted. Everything that was fetched is yours and stays here."), "success")
    if where:
        flash(_("The backup made before is %(name)s, under Settings → Backups.", name=where), "info")
    return redirect(url_for("integrations.index"), 303)


def _delete_page(key: str, form: DeleteForm | None = None, status: int = 200) -> Any:
    integration = integration_or_404(key)
    if form is None:
        form = DeleteForm(formdata=None, expected=integration.scope_name, data={"snapshot": True})
    return _page("delete", key, form=form, stays=connection.stays(integration), status=status)


def _page(name: str, key: str, *, status: int = 200, **context: Any) -> Any:
    integration: Integration = integration_or_404(key)
    if integration.connected_at is None:
        return redirect(url_for("integrations.connect", key=key), 303)
    context |= {"key": key, "title": title_or_404(key), "integration": integration}
    return page_or_fragment(f"integrations/{name}.html", status=status, **context)


def _refused(key: str, refused: SetupRefused) -> AnyResponse:
    db.session.rollback()
    flash(str(refused), "error")
    return redirect(details_url(key), 303)
