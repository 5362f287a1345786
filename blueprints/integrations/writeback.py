"""*Tell Zoho Projects*: whether the remote is told about transactions, what it was told, what waits and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, abort, flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from billing.errors import MoveRefused
from billing.types import TYPES
from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, integration_or_404, missing_before, title_or_404
from blueprints.paging import Sort, paged
from blueprints.render import page_or_fragment
from extensions import db, utcnow
from forms.writeback import WriteBackForm
from models import Integration, Outbox
from models.outbox import NOTE_STATES
from sync.outbox import notes, writeback


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


NEWEST = (Sort("at", Outbox.created_at, _instant, descending=True),)
#: notes of so many days are shown
SHOWN = timedelta(days=14)
TONES = {"pending": "info", "parked": "warn", "sending": "info", "done": "ok", "failed": "bad", "unsure": "warn"}


@dataclass(frozen=True, slots=True)
class Line:
    """One note as the page shows it."""

    note: Outbox
    what: str
    #: the transaction's page, if the note is about one
    href: str | None

    @property
    def word(self) -> str:
        """Its state in words."""
        return str(_(NOTE_STATES[self.note.state]))

    @property
    def tone(self) -> str:
        """Its state in colour."""
        return TONES.get(self.note.state, "neutral")


@blueprint.get("/<key>/write-back")
@needs("integrations.view")
def write_back(key: str) -> Any:
    """Show the preference and the notes of the last days; the list follows while something is under way."""
    integration = _integration(key)
    if back := missing_before(integration, "preview"):
        return back
    return _page(key, integration, _form_of(integration))


@blueprint.post("/<key>/write-back")
@needs("integrations.connect")
def save_write_back(key: str) -> Any:
    """Keep the owner's choice; the permission for it is asked at the next authorisation."""
    integration = _integration(key)
    form = WriteBackForm()
    if not form.validate():
        return _page(key, integration, form, 422)
    writeback.choose(integration, form.mode.data, sessions.actor(), with_amounts=form.with_amounts.data)
    is_on = form.mode.data != writeback.OFF
    lacks = is_on and bool(writeback.missing_scopes(integration))
    db.session.commit()
    if lacks:
        flash(_("Saved. Now update the credentials, so that Zoho asks for the new permission."), "warning")
    else:
        flash(_("Saved. From now on it is told.") if is_on else _("Saved. Nothing is told any more."), "success")
    return redirect(url_for("integrations.write_back", key=key), 303)


@blueprint.post("/<key>/write-back/<int:note_id>/retry")
@needs("integrations.sync")
def retry_note(key: str, note_id: int) -> Any:
    """Tell a note again that failed."""
    integration = _integration(key)
    note = db.session.get(Outbox, note_id)
    if note is None or note.project is None or note.project.source != integration.connector:
        abort(404)
    try:
        notes.retry(note, sessions.actor())
    except MoveRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return redirect(url_for("integrations.write_back", key=key), 303)
    db.session.commit()
    flash(_("It is tried again within seconds."), "success")
    return redirect(url_for("integrations.write_back", key=key), 303)


@blueprint.post("/<key>/write-back/retry")
@needs("integrations.sync")
def retry_refused(key: str) -> Any:
    """Tell again what a permission was missing for."""
    count = notes.retry_refused(_integration(key), sessions.actor())
    db.session.commit()
    flash(_("They are tried again within seconds.") if count else _("Nothing waits for a permission."), "info")
    return redirect(url_for("integrations.write_back", key=key), 303)


def _integration(key: str) -> Integration:
    """The live integration of a connector that can be told something."""
    integration = integration_or_404(key)
    return integration if writeback.can_tell(key) else abort(404)


def _form_of(integration: Integration) -> WriteBackForm:
    return WriteBackForm(
        data={"mode": writeback.mode_of(integration), "with_amounts": writeback.tells_amounts(integration)}
    )


def _page(key: str, integration: Integration, form: WriteBackForm, status: int = 200) -> Response:
    statement = notes.recent(integration, utcnow() - SHOWN)
    listing = paged(statement, Outbox.id, NEWEST, options=(joinedload(Outbox.project),))
    return page_or_fragment(
        "integrations/writeback.html",
        "integrations/_writeback_notes.html",
        status=status,
        key=key,
        title=title_or_404(key),
        integration=integration,
        form=form,
        gate=writeback.gate(integration),
        days=SHOWN.days,
        listing=listing,
        lines=[_line(note) for note in listing.rows],
        is_moving=any(note.state in {"pending", "sending"} for note in listing.rows),
    )


def _line(note: Outbox) -> Line:
    kind = TYPES.get(note.payload.get("type", ""))
    is_there = kind is not None and note.subject == "transaction" and note.payload.get("status") != "deleted"
    href = (
        url_for("transactions.show", type_path=kind.path, transaction_id=note.subject_id) if kind and is_there else None
    )
    return Line(note, writeback.happening(note), href)
