"""Watching an integration: its cards, its state while it syncs, its history."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, details_url, integration_or_404, integration_words
from blueprints.integrations.placing import troubles
from blueprints.paging import Sort, paged
from blueprints.render import page_or_fragment, wants_fragment
from extensions import db
from forms.integrations import DuplicatesForm
from models import Integration, SyncRun
from sync import connection
from sync.connection import SetupRefused, report
from sync.removal import hanging
from sync.settings import SyncSettings

NEWEST = (Sort("id", SyncRun.id, int, descending=True),)


@blueprint.get("/")
@needs("integrations.view")
def index() -> Response:
    """*Zoho Apps*: one card per connector (G-03)."""
    entries = connection.catalogue()
    live = {
        entry.key: connection.live_run(entry.integration)
        for entry in entries
        if entry.integration and entry.is_connected
    }
    return page_or_fragment("integrations/index.html", entries=entries, live=live, formers=connection.formers())


@blueprint.get("/<key>")
@needs("integrations.view")
def details(key: str) -> Any:
    """*Show details*; while a run is live the page asks for its fragment every two seconds (P-30 to P-35)."""
    integration = integration_or_404(key)
    if integration.connected_at is None:
        return redirect(url_for("integrations.connect", key=key), 303)
    context = _details(integration)
    if not wants_fragment():
        return page_or_fragment("integrations/details.html", **context)
    pieces = ("_sync_details", "_sync_state", "_sync_actions")
    context["oob"] = True  # the frame of the page follows its fragment
    body = "".join(render_template(f"integrations/{piece}.html", **context) for piece in pieces)
    response = make_response(body)
    response.vary.add("HX-Request")
    return response


@blueprint.post("/<key>/sync")
@needs("integrations.sync")
def sync(key: str) -> Any:
    """*Instant Sync*; a second press follows the run that is going on (P-33)."""
    integration = integration_or_404(key)
    is_full = request.form.get("kind") == "full" or integration.last_full_at is None
    try:
        run, is_new = connection.enqueue(integration, "full" if is_full else "quick", "instant", sessions.actor())
    except SetupRefused as refused:
        flash(str(refused), "error")
        return redirect(details_url(key), 303)
    db.session.commit()
    if is_new:
        flash(_("The sync has started. This page follows it."), "success")
    elif run.kind == "preview":
        flash(_("A preview is going on. Sync when it is done."), "info")
    else:
        flash(_("A sync is going on already, so no second one was started. This page follows it."), "info")
    return redirect(details_url(key), 303)


@blueprint.get("/<key>/history")
@needs("integrations.view")
def history(key: str) -> Response:
    """Every run: who or what started it, when, what it did (P-34)."""
    integration = integration_or_404(key)
    page = paged(report.history(integration), SyncRun.id, NEWEST, options=(selectinload(SyncRun.modules),))
    return page_or_fragment(
        "integrations/history.html", "integrations/_history.html", **_names(integration), listing=page, runs=page.rows
    )


@blueprint.get("/<key>/mapped-fields")
@needs("integrations.view")
def mapped_fields(key: str) -> Response:
    """The field map that a run used; without `run` that of the last one (P-35)."""
    integration = integration_or_404(key)
    wanted = request.args.get("run", type=int)
    run = db.session.get(SyncRun, wanted) if wanted else report.shown_run(integration)
    if wanted and (run is None or run.integration_id != integration.id):
        abort(404)
    return page_or_fragment(
        "integrations/mapped_fields.html", **_names(integration), run=run, maps=_maps(integration, run)
    )


def _names(integration: Integration) -> dict[str, Any]:
    return {**integration_words(integration), "triggers": trigger_words()}


def _details(integration: Integration) -> dict[str, Any]:
    run, settings = report.shown_run(integration), connection.settings_of(integration)
    is_live = report.is_live(run)
    kept_out = report.kept_out(integration)
    return {
        **_names(integration),
        "run": run,
        "is_live": is_live,
        "progress": report.progress(run) if run and is_live else None,
        "totals": report.totals(run) if run else None,
        "lines": report.module_lines(integration, run, kept_out),
        "kept_out": kept_out,
        "failed": report.summed(group.count("failed") for group in kept_out),
        "excluded": report.summed(group.count("excluded") for group in kept_out),
        "next_at": report.next_at(integration, run),
        "runs": report.recent_runs(integration),
        "settings": settings,
        "duplicates_form": DuplicatesForm(data={"duplicates": settings.duplicates}),
        "maps": _maps(integration, run),
        "stored_at": connection.stored_at(integration),
        "centre": _centre(integration),
        "conditions": troubles(integration, run, ("SYNC-LONG", "AUTH-PERMISSION")),
        "held": hanging.summary(integration),
        "oob": False,
    }


def _centre(integration: Integration) -> str:
    for centre in connection.data_centres(integration.connector):
        if centre.code == integration.data_centre:
            return centre.title
    return integration.api_url


def _maps(integration: Integration, run: SyncRun | None) -> dict[str, list[tuple[str, str]]]:
    settings = SyncSettings.from_json(report.mapping_of(run, integration))
    labels = integration.settings.get("remote_labels", {})
    return connection.mapped_labels(integration.connector, settings, labels)


def trigger_words() -> dict[str, str]:
    """What started a run, in words."""
    return {
        "setup": _("Set-up"),
        "instant": _("Instant Sync"),
        "enable": _("Re-enabled"),
        "schedule": _("Automatic"),
        "command": _("Command line"),
        "retry": _("Retry"),
        "webhook": _("Hint from Zoho"),
        "undo": _("Undo"),
        "resume": _("Going on after an interruption"),
    }
