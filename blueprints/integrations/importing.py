"""Coming from Zoho's own integration or another tool: hand in its files, look, confirm, done (requirements §14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

import archive
from archive import DatabaseTrouble
from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, integration_or_404, integration_words, step_url
from blueprints.render import page_or_fragment
from extensions import db
from forms.importing import ImportForm, MigrateForm
from models import ImportBatch, Integration
from sync import importing
from sync.connection import SetupRefused
from sync.importing import ENTRIES, TRANSACTIONS, BadFile

MOST_BYTES = 5_000_000


@blueprint.get("/<key>/migrate")
@needs("integrations.connect")
def migrate(key: str) -> Any:
    """Take files, or show what those that were handed in would do."""
    integration = integration_or_404(key)
    if not integration.scope_id:
        flash(_("Choose the portal first; the files are matched with its records."), "info")
        return redirect(step_url(key, "connect"), 303)
    batch = importing.planned(integration)
    if batch is not None and not request.args.get("again"):
        return _look(key, integration, batch, MigrateForm())
    return _page(key, ImportForm())


@blueprint.post("/<key>/migrate")
@needs("integrations.connect")
def read_migration(key: str) -> Any:
    """Read the files and keep what they say until somebody decides; nothing of it counts yet."""
    integration, form = integration_or_404(key), ImportForm()
    if not integration.scope_id:
        return redirect(step_url(key, "connect"), 303)
    if not form.validate():
        return _page(key, form, 422)
    transactions = _rows(form.transactions, TRANSACTIONS)
    entries = _rows(form.entries, ENTRIES)
    if transactions is None or entries is None:
        return _page(key, form, 422)
    batch = ImportBatch(
        origin=form.origin.data, switched_on=form.switched_on.data, cutoff=form.cutoff.data,
        transactions=transactions, entries=entries,
    )  # fmt: skip
    importing.begin(integration, batch, sessions.actor())
    db.session.commit()
    return redirect(url_for("integrations.migrate", key=key), 303)


@blueprint.post("/<key>/migrate/apply")
@needs("integrations.connect")
@sessions.needs_recent_password
def apply_migration(key: str) -> Any:
    """Take them in: once, after a backup, and not back."""
    integration, form = integration_or_404(key), MigrateForm()
    batch = importing.planned(integration)
    if batch is None:
        flash(_("These files were taken in already, or dropped."), "info")
        return redirect(url_for("integrations.migrate", key=key), 303)
    if not form.validate():
        return _look(key, integration, batch, form, 422)
    name = ""
    if form.snapshot.data:
        try:
            name = archive.snapshot(_("before migrating")).name
        except (DatabaseTrouble, OSError) as problem:
            form.form_errors = [_("The backup could not be made, so nothing was taken in: %(why)s", why=str(problem))]
            return _look(key, integration_or_404(key), importing.planned(integration_or_404(key)) or batch, form, 422)
    return _applied(key, name)


@blueprint.post("/<key>/migrate/drop")
@needs("integrations.connect")
def drop_migration(key: str) -> Any:
    """Forget the files."""
    batch = importing.planned(integration_or_404(key))
    if batch is not None:
        importing.drop(batch)
        db.session.commit()
    flash(_("The files are forgotten. Nothing was taken in."), "info")
    return redirect(url_for("integrations.migrate", key=key), 303)


def _applied(key: str, snapshot: str) -> AnyResponse:
    integration = integration_or_404(key)
    batch = importing.planned(integration)
    try:
        if batch is None:
            raise SetupRefused(_("These files were taken in already, or dropped."))
        batch.snapshot = snapshot
        found = importing.apply(integration, batch, sessions.actor())
    except SetupRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return redirect(url_for("integrations.migrate", key=key), 303)
    said = " ".join(_happened(len(found.transactions), len(found.entries) + len(found.before_cutoff)))
    db.session.commit()
    flash(said, "success")
    return redirect(url_for("integrations.migrated", key=key, batch_id=batch.id), 303)


def _happened(count: int, hours: int) -> list[str]:
    return [
        ngettext("%(num)s transaction came along.", "%(num)s transactions came along.", count),
        ngettext("%(num)s entry counts as invoiced elsewhere.", "%(num)s entries count as invoiced elsewhere.", hours),
    ]


@blueprint.get("/<key>/migrate/<int(max=2147483647):batch_id>")
@needs("integrations.connect")
def migrated(key: str, batch_id: int) -> Any:
    """What came of a batch: what came along, what stayed behind and why, and what comes next (L-03, L-04)."""
    integration = integration_or_404(key)
    batch = db.session.get(ImportBatch, batch_id)
    if batch is None or batch.integration_id != integration.id or batch.state != "applied":
        return redirect(url_for("integrations.migrate", key=key), 303)
    return page_or_fragment(
        "integrations/migrated.html", **integration_words(integration), batch=batch, result=batch.result
    )


def _rows(field: Any, columns: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Read one file; None puts the reason beside its field."""
    if not field.data:
        return []
    content: bytes = field.data.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        field.errors = [_("The file is larger than 5 MB. Split it.")]
        return None
    try:
        return importing.read(content, columns)
    except BadFile as problem:
        field.errors = [str(problem)]
        return None


def _page(key: str, form: ImportForm, status: int = 200) -> Any:
    integration = integration_or_404(key)
    columns = {name: [column.names[0] for column in table.values()] for name, table in _tables().items()}
    return page_or_fragment(
        "integrations/migrate.html", status=status, **integration_words(integration), form=form, columns=columns
    )


def _tables() -> Mapping[str, Mapping[str, Any]]:
    return {"transactions": TRANSACTIONS, "entries": ENTRIES}


def _look(key: str, integration: Integration, batch: ImportBatch, form: MigrateForm, status: int = 200) -> Any:
    return page_or_fragment(
        "integrations/migration.html", status=status, **integration_words(integration), batch=batch, form=form,
        plan=importing.plan(integration, batch), is_old=importing.is_old(batch.switched_on),
    )  # fmt: skip
