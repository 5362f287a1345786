"""The page of one run: who started it, how it went per module, and what it changed, added and removed (P-34, R-12)."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from blueprints.access import needs
from blueprints.integrations.details import trigger_words
from blueprints.integrations.frame import blueprint, integration_or_404, integration_words
from blueprints.integrations.placing import troubles
from blueprints.paging import Page, Sort, paged
from blueprints.render import page_or_fragment
from extensions import db, utcnow
from models import BeforeImage, Integration, Link, SyncRun
from sync import undo
from sync.connection import report
from sync.settings import SyncSettings
from sync.undo import records

IMAGES = (Sort("id", BeforeImage.id, int),)
LINKS = (Sort("id", Link.id, int),)
#: what the list shows: changed, added, removed
WHAT = ("changed", "added", "removed")


@blueprint.get("/<key>/runs/<int:run_id>")
@needs("integrations.view")
def run(key: str, run_id: int) -> Response:
    """One run; while it is live the page asks for its fragment every two seconds."""
    integration = integration_or_404(key)
    found = run_or_404(integration, run_id)
    what = chosen_list(found)
    page, found_records = records_page(found, what)
    is_live = report.is_live(found)
    return page_or_fragment(
        "integrations/run.html",
        "integrations/_run.html",
        **words_of(integration),
        run=found,
        is_live=is_live,
        progress=report.progress(found) if is_live else None,
        conditions=troubles(integration, found, ("SYNC-LONG",)),
        settings=SyncSettings.from_json(found.settings) if found.settings else None,
        undone_by=db.session.get(SyncRun, found.undone_by) if found.undone_by else None,
        about=about(found),
        can_undo=undo.can_undo(found),
        counts=outcome_counts(found),
        what=what,
        listing=page,
        records=found_records,
        refusals=(found.result or {}).get("refusals", []) if found.kind == "undo" else [],
        here=request.full_path if request.query_string else request.path,
        now=utcnow(),
    )


def run_or_404(integration: Integration, run_id: int) -> SyncRun:
    """Return a run of this integration; previews have a page of their own."""
    found: SyncRun | None = db.session.scalar(
        db.select(SyncRun)
        .where(SyncRun.id == run_id, SyncRun.integration_id == integration.id, SyncRun.kind != "preview")
        .options(selectinload(SyncRun.modules))
    )
    return found or abort(404)


def words_of(integration: Integration) -> dict[str, Any]:
    """What all pages about runs say."""
    return {**integration_words(integration), "triggers": trigger_words(), "kinds": kind_words()}


def kind_words() -> dict[str, str]:
    """What a run did, in words."""
    return {
        "full": _("Everything compared"),
        "quick": _("What changed"),
        "hot": _("Recent hours and new projects"),
        "touch": _("Single records"),
        "removal": _("Held removals"),
        "undo": _("Undo"),
    }


def chosen_list(found: SyncRun) -> str:
    """Which of the lists is asked for; else the first that the counts say has something."""
    if (what := request.args.get("what", "")) in WHAT:
        return what
    sums = report.totals(found)
    if found.kind == "undo" and sums["added"]:
        return "changed"  # what an undo brought back has before-images
    by_what = {"changed": sums["updated"], "added": sums["added"], "removed": sums["removed"]}
    return next((key for key, count in by_what.items() if count), "changed")


def records_page(found: SyncRun, what: str) -> tuple[Page, list[records.Record]]:
    """One page of the records that a run changed, added or removed."""
    if what == "added":
        links = paged(records.added_in(found), Link.id, LINKS)
        return links, records.added_records(links.rows)
    query = records.removed_in(found) if what == "removed" else records.changed_in(found)
    images = paged(query, BeforeImage.id, IMAGES)
    return images, records.records_of(images.rows)


def outcome_counts(found: SyncRun) -> list[tuple[str, str, str]]:
    """The counts of a run as column, word and tone; those of an undo are called otherwise."""
    is_undo = found.kind == "undo"
    return [
        ("added", _("Came back") if is_undo else _("Added"), "ok"),
        ("updated", _("As before") if is_undo else _("Updated"), "info"),
        ("unchanged", _("Unchanged"), "neutral"),
        ("removed", _("Removed"), "warn"),
        ("excluded", _("Held") if is_undo else _("Excluded"), "neutral"),
        ("failed", _("Left as it is") if is_undo else _("Failed"), "bad"),
    ]


def about(found: SyncRun) -> tuple[str, str] | None:
    """What an undo was about: words and the address of the run that it took back."""
    target = found.target or {}
    one = target.get("record") if isinstance(target.get("record"), dict) else None
    former = target.get("run") or (one or {}).get("run")
    if found.kind != "undo" or not former:
        return None
    words = _("One record of this sync") if one else _("This sync")
    return str(words), url_for("integrations.run", key=found.integration.connector, run_id=former)
