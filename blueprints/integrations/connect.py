"""Steps one to three of connecting: what is shared and where, the authorisation, the portal."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import (
    blueprint,
    commit_then_forget,
    details_url,
    integration_or_404,
    may_write,
    missing_before,
    redirect_uri,
    step_url,
    title_or_404,
    wizard_page,
)
from extensions import db, utcnow
from forms.base import options
from forms.integrations import CodeForm, ConnectForm, PortalForm
from models import Integration
from sync import connection
from sync.connection import CallbackAnswer, ConnectRequest, SetupRefused

#: how long a person may take on the consent page
STATE_LIFE = timedelta(minutes=10)
STATE = "authorising"


@blueprint.get("/<key>/connect")
@needs("integrations.connect")
def connect(key: str) -> Any:
    """Tell what will be shared, and ask where the remote is and how we are registered there (G-06)."""
    title_or_404(key)
    found = connection.live_integration(key)
    if found is not None and found.connected_at is not None:
        return redirect(details_url(key), 303)
    return _connect_page(key, _connect_form(key, found), found)


@blueprint.post("/<key>/connect")
@needs("integrations.connect")
def begin(key: str) -> Any:
    """Keep what was entered and go on to the authorisation."""
    title_or_404(key)
    form = _connect_form(key, None)
    if not form.validate():
        return _connect_page(key, form, connection.live_integration(key), 422)
    asked = ConnectRequest(
        form.data_centre.data, form.client_id.data, form.client_secret.data, form.accounts_url.data, form.api_url.data
    )
    try:
        integration, stale = connection.begin(key, asked, sessions.actor())
    except SetupRefused as refused:
        db.session.rollback()
        _blame(form, refused)
        return _connect_page(key, form, connection.live_integration(key), 422)
    has_access = integration.state != "none"
    commit_then_forget(stale)
    return redirect(step_url(key, "portal" if has_access else "authorise"), 303)


@blueprint.get("/<key>/authorise")
@needs("integrations.connect")
def authorise(key: str) -> Any:
    """Offer the consent page, and the box for a self client's code."""
    integration_or_404(key)
    return _authorise_page(key, CodeForm())


@blueprint.get("/<key>/authorise/start")
@needs("integrations.connect")
def start(key: str) -> Any:
    """Go to the remote's consent page with a state that only this session knows, once and for ten minutes."""
    integration = integration_or_404(key)
    state = secrets.token_urlsafe(32)
    try:
        url = connection.authorise_url(integration, redirect_uri(), state)
    except SetupRefused as refused:
        flash(str(refused), "error")
        return redirect(step_url(key, "connect"), 303)
    row = sessions.current()
    session[STATE] = {
        "state": state, "key": key, "session": row.id if row else None, "until": (utcnow() + STATE_LIFE).isoformat(),
    }  # fmt: skip
    return redirect(url, 303)


@blueprint.get("/callback")
@needs("integrations.connect")
def callback() -> Any:
    """Take the code that the consent page sends the browser back with."""
    key = _key_of_state(request.args.get("state", ""))
    if key is None:
        flash(_("That authorisation did not start here, or took longer than ten minutes. Start it again."), "error")
        return redirect(url_for("integrations.index"), 303)
    if request.args.get("error") or not request.args.get("code"):
        flash(_("The permission was not given, so nothing was connected. Authorise again when you are ready."), "error")
        return redirect(step_url(key, "authorise"), 303)
    may_write()
    answer = CallbackAnswer(request.args["code"], request.args.get("accounts-server", ""), redirect_uri())
    try:
        former = connection.finish_authorisation(integration_or_404(key), answer, sessions.actor())
    except SetupRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return redirect(step_url(key, "authorise"), 303)
    return _authorised(key, former)


@blueprint.post("/<key>/authorise")
@needs("integrations.connect")
def use_code(key: str) -> Any:
    """Take a self client's code from the page."""
    integration = integration_or_404(key)
    form = CodeForm()
    if not form.validate():
        return _authorise_page(key, form, 422)
    try:
        former = connection.use_self_client_code(integration, form.code.data, sessions.actor())
    except SetupRefused as refused:
        db.session.rollback()
        form.code.errors = [str(refused)]
        return _authorise_page(key, form, 422)
    return _authorised(key, former)


@blueprint.get("/<key>/portal")
@needs("integrations.connect")
def portal(key: str) -> Any:
    """Offer the portals that the account owns (P-02, P-04)."""
    integration = integration_or_404(key)
    if back := missing_before(integration, "portal"):
        return back
    return _portal_page(key, integration)


@blueprint.post("/<key>/portal")
@needs("integrations.connect")
def choose_portal(key: str) -> Any:
    """Connect to the chosen portal."""
    integration = integration_or_404(key)
    if back := missing_before(integration, "portal"):
        return back
    form = PortalForm()
    if not form.scope_id.data:
        return _portal_page(key, integration, _("Choose a portal."), 422)
    try:
        connection.choose_scope(integration, form.scope_id.data, sessions.actor())
    except SetupRefused as refused:
        db.session.rollback()
        return _portal_page(key, integration_or_404(key), str(refused), 422)
    is_known = connection.was_known(integration)
    db.session.commit()
    if is_known:
        flash(_("This portal was connected before. Its records are found again instead of doubled."), "info")
    return redirect(step_url(key, "preferences"), 303)


@blueprint.post("/<key>/cancel")
@needs("integrations.connect")
def cancel(key: str) -> Any:
    """Drop a connection that was never saved."""
    integration = integration_or_404(key)
    try:
        stale = connection.delete_unfinished(integration, sessions.actor())
    except SetupRefused as refused:
        flash(str(refused), "error")
        return redirect(details_url(key), 303)
    commit_then_forget(stale)
    flash(_("Nothing was connected. What you entered is forgotten."), "info")
    return redirect(url_for("integrations.index"), 303)


def _connect_form(key: str, found: Integration | None) -> ConnectForm:
    form = ConnectForm(obj=found)
    centres = [(centre.code, centre.title) for centre in connection.data_centres(key)]
    form.data_centre.choices = options([*centres, (connection.CUSTOM, _("Another address"))])
    if found is not None and found.data_centre != connection.CUSTOM:
        form.accounts_url.data = form.api_url.data = ""
    return form


def _connect_page(key: str, form: ConnectForm, found: Integration | None, status: int = 200) -> Any:
    stored = connection.stored_at(found) if found else None
    return wizard_page("connect", key, status=status, form=form, stored_at=stored)


def _authorise_page(key: str, form: CodeForm, status: int = 200) -> Any:
    return wizard_page("authorise", key, status=status, form=form, scopes=connection.requested_scopes(key))


def _portal_page(key: str, integration: Integration, problem: str = "", status: int = 200) -> Any:
    form = PortalForm(scope_id=integration.scope_id)
    refused, found = "", []
    try:
        found = list(connection.scopes(integration))
    except SetupRefused as error:
        refused = str(error)
    owned = [scope for scope in found if scope.is_owned]
    form.scope_id.choices = options((scope.id, scope.name) for scope in owned)
    form.scope_id.errors = [problem] if problem else []
    others = [scope for scope in found if not scope.is_owned]
    return wizard_page("portal", key, status=status, form=form, owned=owned, others=others, refused=refused)


def _key_of_state(given: str) -> str | None:
    """Return which connector's authorisation comes back; a state works once, soon, and in its own session."""
    kept = session.pop(STATE, None)
    row = sessions.current()
    if not kept or not secrets.compare_digest(kept["state"], given):
        return None
    if row is None or kept["session"] != row.id or datetime.fromisoformat(kept["until"]) < utcnow():
        return None
    key: str = kept["key"]
    return key


def _authorised(key: str, former: connection.Grant | None) -> AnyResponse:
    commit_then_forget(former)
    if integration_or_404(key).connected_at is None:
        return redirect(step_url(key, "portal"), 303)
    flash(_("The new access works. The next sync uses it."), "success")
    return redirect(details_url(key), 303)


def _blame(form: Any, refused: SetupRefused) -> None:
    """Put a refusal beside the field it is about, or on top of the form."""
    if refused.field in form:
        form[refused.field].errors = [*form[refused.field].errors, str(refused)]
    else:
        form.form_errors = [str(refused)]
