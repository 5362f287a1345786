"""The delete brake: records that are no longer listed, what hangs on them, and a person's decision (M-07)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

import archive
from archive import DatabaseTrouble
from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, details_url, integration_or_404
from blueprints.integrations.runs import words_of
from blueprints.paging import Sort, paged
from blueprints.render import page_or_fragment
from extensions import db
from models import Integration, Link
from sync import connection
from sync.connection import SetupRefused, report
from sync.removal import hanging

FIRST = (Sort("id", Link.id, int),)


@blueprint.get("/<key>/removals")
@needs("integrations.view")
def removals(key: str) -> Any:
    """List what would be removed, with the hours, the money and the transactions on each."""
    return _page(integration_or_404(key))


@blueprint.post("/<key>/removals/release")
@needs("integrations.sync")
def release(key: str) -> Any:
    """*Remove them here too*: back up, then ask for each once more and remove what is truly gone."""
    try:
        archive.snapshot(_("Before removing records that are gone in Zoho"))
    except (DatabaseTrouble, OSError) as problem:
        db.session.rollback()
        said = _("No backup could be made, so nothing is removed: %(problem)s", problem=problem)
        return _page(integration_or_404(key), problem=said, status=422)
    integration = integration_or_404(key)
    try:
        run, is_new = connection.release_removals(integration, sessions.actor())
    except SetupRefused as refused:
        flash(str(refused), "error")
        return redirect(details_url(key), 303)
    run_id = run.id
    db.session.commit()
    if not is_new:
        flash(_("A sync is going on. Remove them when it is done."), "info")
        return redirect(url_for("integrations.removals", key=key), 303)
    flash(_("Each of them is asked for once more; what is truly gone is removed."), "success")
    return redirect(url_for("integrations.run", key=key, run_id=run_id), 303)


def _page(integration: Integration, *, problem: str = "", status: int = 200) -> Any:
    held = hanging.summary(integration)
    modules = {module.key: module for module in connection.modules_in_order(integration.connector)}
    module = request.args.get("module", "")
    if held and module not in held.counts:
        module = next(key for key in modules if held.counts.get(key))
    page = paged(hanging.held_links(integration, module or None), Link.id, FIRST)
    return page_or_fragment(
        "integrations/removals.html",
        "integrations/_removals.html",
        status=status,
        **words_of(integration),
        held=held,
        module=module,
        listing=page,
        records=hanging.described(page.rows),
        problem=problem,
        is_live=report.is_live(connection.live_run(integration)),
    )
