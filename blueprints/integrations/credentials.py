"""*Update credentials*: a new registration or a new authorisation for an integration in use (P-36)."""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask_babel import gettext as _

from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, integration_or_404, redirect_uri, step_url, title_or_404
from blueprints.render import page_or_fragment
from extensions import db
from forms.integrations import CredentialsForm
from sync import connection
from sync.connection import ConnectRequest, SetupRefused


@blueprint.get("/<key>/credentials")
@needs("integrations.connect")
@sessions.needs_recent_password
def credentials(key: str) -> Any:
    """Say when the credentials were set, and take new ones; the stored ones are never shown."""
    return _page(key, CredentialsForm())


@blueprint.post("/<key>/credentials")
@needs("integrations.connect")
@sessions.needs_recent_password
def update_credentials(key: str) -> Any:
    """Keep what was entered and go on to the authorisation; until that succeeds the old access goes on working."""
    integration = integration_or_404(key)
    form = CredentialsForm()
    if not form.validate():
        return _page(key, form, 422)
    asked = ConnectRequest(integration.data_centre, form.client_id.data, form.client_secret.data)
    try:
        connection.update_credentials(integration, asked, sessions.actor())
    except SetupRefused as refused:
        db.session.rollback()
        form.client_id.errors = [str(refused)]
        return _page(key, form, 422)
    db.session.commit()
    return redirect(step_url(key, "authorise"), 303)


def _page(key: str, form: CredentialsForm, status: int = 200) -> Any:
    integration = integration_or_404(key)
    return page_or_fragment(
        "integrations/credentials.html",
        status=status,
        key=key,
        title=title_or_404(key),
        integration=integration,
        form=form,
        stored_at=connection.stored_at(integration),
        redirect_uri=redirect_uri(),
        heading=_("Update credentials"),
    )
