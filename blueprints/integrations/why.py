"""*Why isn't it here?*: an id, a name or an address in, what is known of every record that fits out (M-03)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, integration_or_404
from blueprints.integrations.placing import Buttons, buttons
from blueprints.links import has_page, transaction_url
from blueprints.render import page_or_fragment
from extensions import db
from models import Integration
from sync import connection
from sync.connection import SetupRefused, Wanted
from sync.kept_out import why as search
from sync.modules import MODULES


@blueprint.get("/why")
@needs("integrations.view")
def why() -> Response:
    """Ask, or answer what was asked; while Zoho is being looked at, the answer asks again by itself."""
    text = request.args.get("q", "").strip()[: search.LONGEST]
    answer = search.search(text) if text else None
    integrations = [entry.integration for entry in connection.catalogue() if entry.integration and entry.is_connected]
    live = [run for row in integrations if row is not None and (run := connection.live_run(row)) is not None]
    return page_or_fragment(
        "integrations/why.html", "integrations/_why_answer.html", text=text, answer=answer,
        found=[(finding, _here(finding), _buttons(finding)) for finding in answer.findings] if answer else [],
        integrations=integrations, is_live=bool(live), modules=MODULES, titles=_titles(),
    )  # fmt: skip


def _buttons(finding: search.Finding) -> Buttons:
    return buttons(finding.integration, finding.offers, {"link": str(finding.link.id)})


def _titles() -> dict[str, str]:
    return {entry.key: entry.title for entry in connection.catalogue()}


def _here(finding: search.Finding) -> dict[str, Any]:
    """Where it is in Crossbill: its own page or its project's, and the transaction it is on."""
    local_id = finding.link.local_id
    places: dict[str, tuple[str, dict[str, Any]]] = {
        "customers": ("customers.show", {"customer_id": local_id}),
        "projects": ("projects.show", {"project_id": local_id}),
        "time_entries": ("time.show", {"entry_id": local_id}), "users": ("settings.user", {"id": local_id}),
    }  # fmt: skip
    endpoint, values = places.get(finding.link.module, ("projects.show", {"project_id": finding.project_id}))
    is_there = local_id is not None and has_page(endpoint) and None not in values.values()
    return {
        "url": url_for(endpoint, **values) if is_there else None,
        "transaction": finding.transaction,
        "transaction_url": transaction_url(finding.transaction.id) if finding.transaction else None,
    }


@blueprint.post("/<key>/why/look")
@needs("integrations.sync")
def look(key: str) -> AnyResponse:
    """*Look for it in Zoho now*: one record is asked for by its id."""
    integration: Integration = integration_or_404(key)
    module, remote_id = request.form.get("module", ""), request.form.get("remote_id", "").strip()
    back = url_for("integrations.why", q=remote_id or None)
    if module not in MODULES or not (remote_id.isascii() and remote_id.isdigit() and len(remote_id) <= 20):
        flash(_("Choose what it is, and give its id: the digits at the end of its address in Zoho."), "error")
        return redirect(back, 303)
    project = request.form.get("project", "").strip()
    hints = {"project": project} if project.isascii() and project.isdigit() else {}
    try:
        _run, is_new = connection.retry(integration, [Wanted(module, remote_id, hints)], "retry", sessions.actor())
        db.session.commit()
        flash(
            _("Zoho is being asked now.") if is_new else _("A sync is going on already. Look again when it has ended."),
            "info",
        )
    except SetupRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
    return redirect(back, 303)
