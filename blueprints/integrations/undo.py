"""Taking back: first what would happen, in numbers and money, with what has to stay; then it is done (M-02)."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

import archive
from archive import DatabaseTrouble
from billing.bulk import among
from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, integration_or_404
from blueprints.integrations.runs import run_or_404, words_of
from blueprints.render import page_or_fragment
from extensions import db
from models import Integration, SyncRun, TimeEntry
from sync import undo
from sync.connection import SetupRefused
from sync.undo import Plan, diffs
from sync.worth import Worth, total, worth_by_project

#: refusals and records that the page names
SHOWN = 25


@blueprint.get("/<key>/runs/<int:run_id>/undo")
@needs("integrations.sync")
def confirm_undo(key: str, run_id: int) -> Any:
    """Show what an undo of this run, or of what it did to one record, would do now. Nothing is written."""
    integration = integration_or_404(key)
    return _page(integration, run_or_404(integration, run_id))


@blueprint.post("/<key>/runs/<int:run_id>/undo")
@needs("integrations.sync")
def take_back(key: str, run_id: int) -> Any:
    """Back up, then take it back."""
    integration = integration_or_404(key)
    run_or_404(integration, run_id)
    only, hold = _only(), bool(request.form.get("hold"))
    if request.form.get("snapshot"):
        try:
            archive.snapshot(_("Before an undo"))
        except (DatabaseTrouble, OSError) as problem:
            said = _("No backup could be made, so nothing was taken back: %(problem)s", problem=problem)
            return _again(key, run_id, said)
    integration = integration_or_404(key)
    try:
        done = undo.undo(integration, run_or_404(integration, run_id), sessions.actor(), hold=hold, only=only)
    except SetupRefused as refused:
        return _again(key, run_id, str(refused))
    target, left = done.id, done.message
    db.session.commit()
    flash(" ".join(part for part in (_("Taken back."), left) if part), "warning" if left else "success")
    return redirect(url_for("integrations.run", key=key, run_id=target), 303)


def _again(key: str, run_id: int, problem: str) -> AnyResponse:
    db.session.rollback()
    integration = integration_or_404(key)
    return _page(integration, run_or_404(integration, run_id), problem=problem, status=422)


def _only() -> tuple[str, str] | None:
    """The one record that is meant, if it is one."""
    module, remote_id = request.values.get("module", ""), request.values.get("record", "")
    if bool(module) != bool(remote_id):
        abort(404)
    return (module, remote_id) if module else None


def _page(integration: Integration, run: SyncRun, *, problem: str = "", status: int = 200) -> AnyResponse:
    only = _only()
    plan = undo.preview(integration, run, only)
    return page_or_fragment(
        "integrations/undo.html",
        status=status,
        **words_of(integration),
        run=run,
        plan=plan,
        only=only,
        problem=problem,
        may_undo=undo.can_undo(run),
        lost=_lost(plan),
        back_seconds=plan.seconds(undo.RETURN),
        shown=SHOWN,
        samples=diffs(plan, SHOWN),
        by_money=[item for item in plan.refusals if item.by_money],
        others=[item for item in plan.refusals if not item.by_money],
        ticked={"hold": "hold" in request.form, "snapshot": request.method == "GET" or "snapshot" in request.form},
    )


def _lost(plan: Plan) -> Worth:
    """The unbilled hours that would go, and what they are worth."""
    ids = [step.local_id for step in plan.steps if step.table == "time_entries" and step.verb == undo.REMOVE]
    return total(list(worth_by_project(among(TimeEntry.id, ids)).values())) if ids else Worth()
