"""Settings → Backups: snapshots of everything, and an export that other programs can read (requirements M-20)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, abort, flash, redirect, send_file, stream_with_context, url_for
from flask_babel import gettext as _

import archive
from blueprints.access import needs
from blueprints.render import page_or_fragment
from blueprints.sessions import actor, needs_recent_password
from blueprints.settings.frame import blueprint
from extensions import db
from models.audit import record


@blueprint.get("/backups")
@needs("backups.make")
def backups() -> Response:
    """List the backups in the data folder; while one is made the page asks for its list every two seconds."""
    now, found = archive.making(), archive.snapshots()
    return page_or_fragment(
        "settings/backups.html",
        "settings/_backups_table.html",
        snapshots=found,
        is_making=now.is_alive,
        problem="" if now.is_alive else now.problem,
        total=sum(snapshot.size for snapshot in found),
        megabytes=megabytes,
    )


@blueprint.post("/backups/make")
@needs("backups.make")
def make_backup() -> Any:
    """Start a backup beside the pages."""
    who = actor()
    record(who, "backup.started", ("backup", None))
    db.session.commit()
    if archive.begin(_("Asked for by %(name)s", name=who.name)):
        flash(_("The backup is being made. You can go on working."), "info")
    else:
        flash(_("A backup is being made already."), "info")
    return redirect(url_for("settings.backups"), 303)


@blueprint.post("/backups/<name>/download")
@needs("backups.take")
@needs_recent_password
def download_backup(name: str) -> Any:
    """Send a backup; it holds the keys, so it opens everything."""
    path = _path_or_404(name)
    record(actor(), "backup.downloaded", ("backup", None), name)
    db.session.commit()
    return send_file(path, "application/gzip", as_attachment=True, download_name=name, conditional=False)


@blueprint.post("/backups/<name>/delete")
@needs("backups.take")
@needs_recent_password
def delete_backup(name: str) -> Any:
    """Remove a backup for good."""
    path = _path_or_404(name)
    record(actor(), "backup.deleted", ("backup", None), name)
    db.session.commit()
    path.unlink(missing_ok=True)
    flash(_("%(name)s is deleted.", name=name), "success")
    return redirect(url_for("settings.backups"), 303)


@blueprint.post("/backups/export")
@needs("backups.make")
@needs_recent_password
def export() -> Response:
    """Send everything as CSV and PDF in one zip, written while it is sent."""
    record(actor(), "export.made", ("backup", None))
    db.session.commit()
    head = {"Content-Disposition": f'attachment; filename="{archive.export_name()}"'}
    return Response(stream_with_context(archive.exported()), mimetype="application/zip", headers=head)


def megabytes(size: int) -> str:
    """Say how large a file is."""
    if size < 1024**2:
        return str(_("%(size)s KB", size=-(-size // 1024)))
    return str(_("%(size)s MB", size=round(size / 1024**2, 1)))


def _path_or_404(name: str) -> Path:
    return archive.find(name) or abort(404)
