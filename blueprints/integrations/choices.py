"""Steps four to six: modules and rules, field maps, and the preview; the first two are also *Edit preferences*."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import (
    blueprint,
    details_url,
    integration_or_404,
    missing_before,
    step_url,
    wizard_page,
)
from blueprints.integrations.previewing import preview_context
from blueprints.render import page_or_fragment, wants_fragment
from extensions import db
from forms.integrations import DuplicatesForm, PreferencesForm
from models import Integration
from sync import connection
from sync.connection import SetupRefused


@blueprint.get("/<key>/preferences")
@needs("integrations.connect")
def preferences(key: str) -> Any:
    """Show modules and rules as they are, or as they were left when a person came back."""
    integration = integration_or_404(key)
    if back := missing_before(integration, "preferences"):
        return back
    return _preferences_page(key, integration, PreferencesForm(data=_current(integration)))


@blueprint.post("/<key>/preferences")
@needs("integrations.connect")
def save_preferences(key: str) -> Any:
    """Keep the choices; a run that is going on keeps the ones it started with."""
    integration = integration_or_404(key)
    if back := missing_before(integration, "preferences"):
        return back
    form = PreferencesForm()
    if not form.validate():
        return _preferences_page(key, integration, form, 422)
    connection.save_settings(integration, {**form.changes(), connection.CHOSEN: True}, sessions.actor())
    integration.interval_minutes, integration.hot_minutes = form.interval_minutes.data, form.hot_minutes.data
    connection.stop_preview(integration)
    if integration.connected_at is None:
        db.session.commit()
        return redirect(step_url(key, "fields"), 303)
    return _saved_in_use(integration, _("Saved. The next sync uses these preferences."))


@blueprint.get("/<key>/duplicates")
@needs("integrations.connect")
def duplicates(key: str) -> Any:
    """Ask for the duplication preference alone: the page behind the gear (P-37)."""
    integration = integration_or_404(key)
    form = DuplicatesForm(data={"duplicates": connection.settings_of(integration).duplicates})
    return wizard_page("duplicates", key, form=form)


@blueprint.post("/<key>/duplicates")
@needs("integrations.connect")
def save_duplicates(key: str) -> Any:
    """Keep the duplication preference; customers that were synced stay as they are."""
    integration = integration_or_404(key)
    form = DuplicatesForm()
    if not form.validate():
        return wizard_page("duplicates", key, status=422, form=form)
    connection.save_settings(integration, {"duplicates": form.duplicates.data}, sessions.actor())
    db.session.commit()
    flash(_("Saved. It applies to later syncs; customers that are here stay as they are."), "success")
    return redirect(details_url(key), 303)


def _saved_in_use(integration: Integration, sentence: str) -> AnyResponse:
    """Commit a change of a connection in use, and show what its next sync would do (M-01)."""
    key = integration.connector
    can_run = integration.state == "active"
    if can_run:
        connection.enqueue(integration, "preview", "setup", sessions.actor())
    db.session.commit()
    flash(sentence, "success")
    return redirect(step_url(key, "preview") if can_run else details_url(key), 303)


@blueprint.get("/<key>/permissions")
@needs("integrations.connect")
def permissions(key: str) -> Any:
    """Try each module, and say what to do where one cannot be read."""
    integration = integration_or_404(key)
    if back := missing_before(integration, "preferences"):
        return back
    if not wants_fragment():
        return _preferences_page(key, integration, PreferencesForm(data=_current(integration)), tested=True)
    return page_or_fragment("integrations/_permissions.html", key=key, **_tested(integration))


@blueprint.get("/<key>/fields")
@needs("integrations.connect")
def fields(key: str) -> Any:
    """Show the standard fields that will be synced, and let custom fields be mapped (P-23, P-24)."""
    integration = integration_or_404(key)
    if back := missing_before(integration, "fields"):
        return back
    return _fields_page(key, integration, {}, {})


@blueprint.post("/<key>/fields")
@needs("integrations.connect")
def save_fields(key: str) -> Any:
    """Keep the field maps; during set-up the preview starts at once."""
    integration = integration_or_404(key)
    if back := missing_before(integration, "fields"):
        return back
    chosen = {name.removeprefix("map:"): value for name, value in request.form.items() if name.startswith("map:")}
    try:
        maps = connection.module_maps(integration)
    except SetupRefused:
        return _fields_page(key, integration, chosen, {}, 422)
    found, wrong = connection.read_choices(maps, chosen)
    if wrong:
        db.session.rollback()
        return _fields_page(key, integration_or_404(key), chosen, wrong, 422)
    changes = {"field_maps": found, "remote_labels": connection.labels_of(maps)}
    connection.save_settings(integration, changes, sessions.actor())
    connection.stop_preview(integration)
    if integration.connected_at is not None:
        return _saved_in_use(integration, _("Saved. The next sync uses this field map."))
    connection.enqueue(integration, "preview", "setup", sessions.actor())
    db.session.commit()
    return redirect(step_url(key, "preview"), 303)


@blueprint.get("/<key>/preview")
@needs("integrations.connect")
def preview(key: str) -> Any:
    """Show what a run would do; polled while it is being found out."""
    integration = integration_or_404(key)
    if back := missing_before(integration, "preview"):
        return back
    context = preview_context(integration)
    return wizard_page("preview", key, fragment="integrations/_preview.html", **context)


@blueprint.post("/<key>/preview")
@needs("integrations.connect")
def start_preview(key: str) -> Any:
    """Find out anew what a run would do."""
    integration = integration_or_404(key)
    try:
        run, _is_new = connection.enqueue(integration, "preview", "setup", sessions.actor())
    except SetupRefused as refused:
        flash(str(refused), "error")
        return redirect(details_url(key), 303)
    if run.kind != "preview":
        flash(_("A sync is going on. Preview again when it is done."), "info")
    db.session.commit()
    return redirect(step_url(key, "preview"), 303)


@blueprint.post("/<key>/save")
@needs("integrations.connect")
def save(key: str) -> Any:
    """*Save and Sync*: the connection is active, its first run starts at once (P-25)."""
    integration = integration_or_404(key)
    if integration.connected_at is not None:
        return redirect(details_url(key), 303)
    try:
        connection.save_and_sync(integration, sessions.actor())
    except SetupRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return redirect(step_url(key, refused.field or "connect"), 303)
    portal = integration.scope_name
    db.session.commit()
    flash(_("Connected with the portal %(portal)s. The first sync has started.", portal=portal), "success")
    return redirect(details_url(key), 303)


def _current(integration: Integration) -> dict[str, Any]:
    """The preferences as the form shows them; the question about money stays open until it was answered (P-17)."""
    now = connection.settings_of(integration)
    extent = None
    if integration.settings.get(connection.CHOSEN):
        extent = "cutoff" if now.cutoff else "unbilled"
    return {
        "time_entries": now.time_entries,
        "general_entries": now.general_entries,
        "extent": extent,
        "cutoff": now.cutoff,
        "duplicates": now.duplicates,
        "restrict_project_creation": now.restrict_project_creation,
        "interval_minutes": integration.interval_minutes,
        "hot_minutes": integration.hot_minutes,
    }


def _preferences_page(
    key: str, integration: Integration, form: PreferencesForm, status: int = 200, *, tested: bool = False
) -> Any:
    found = _tested(integration) if tested else {"permissions": None, "refused": ""}
    return wizard_page("preferences", key, status=status, form=form, modules=connection.modules_in_order(key), **found)


def _tested(integration: Integration) -> dict[str, Any]:
    """Return the self-test's outcome per module, or the sentence why there is none."""
    words = {module.key: module for module in connection.modules_in_order(integration.connector)}
    try:
        found = [(words[item.module], item) for item in connection.permissions(integration)]
    except SetupRefused as refused:
        return {"permissions": None, "refused": str(refused)}
    return {"permissions": found, "refused": ""}


def _fields_page(
    key: str, integration: Integration, chosen: dict[str, str], wrong: dict[str, str], status: int = 200
) -> Any:
    refused, maps = "", []
    try:
        maps = connection.module_maps(integration)
    except SetupRefused as error:
        refused = str(error)
    return wizard_page(
        "fields", key, status=status, maps=maps, chosen=chosen, wrong=wrong, refused=refused, create=connection.CREATE
    )
