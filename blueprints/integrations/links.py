"""The links of an integration as a file: download them, and take a file in after a look at what it would do (M-17)."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Response, abort, flash, redirect, stream_with_context, url_for
from flask_babel import gettext as _

from blueprints import sessions
from blueprints.access import needs
from blueprints.integrations.frame import blueprint, integration_or_404, title_or_404
from blueprints.render import page_or_fragment
from extensions import current_config, db, utcnow
from forms.lifecycle import LinkFileForm, TakeInForm
from models import Integration
from sync import connection, linkfile
from sync.linkfile import BadLinkFile, Foreseen

#: an uploaded file that nobody took in is forgotten after a day
KEPT_SECONDS = 24 * 3600
WRITERS = {"json": (linkfile.as_json, "application/json"), "csv": (linkfile.as_csv, "text/csv")}


@blueprint.get("/<key>/links")
@needs("integrations.connect")
def links(key: str) -> Any:
    """Offer the file, and take one."""
    return _page(key, LinkFileForm())


@blueprint.get("/<key>/links/<int(max=2147483647):integration_id>.<any(json, csv):kind>")
@needs("integrations.connect")
def download_links(key: str, integration_id: int, kind: str) -> Response:
    """Send all links of an integration, of a deleted one too."""
    integration = db.session.get(Integration, integration_id)
    if integration is None or integration.connector != key:
        abort(404)
    write, mimetype = WRITERS[kind]
    name = f"crossbill-links-{utcnow():%Y%m%d}.{kind}"
    pieces: Iterator[str] = stream_with_context(write(integration))
    return Response(pieces, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.post("/<key>/links/preview")
@needs("integrations.connect")
def preview_links(key: str) -> Any:
    """Look at a file: how many lines are new, known, in the way of others, or unknown. Nothing is changed."""
    integration, form = integration_or_404(key), LinkFileForm()
    if not form.validate():
        return _page(key, form, status=422)
    content: bytes = form.file.data.read()
    try:
        foreseen = linkfile.check(integration, linkfile.parse(content))
    except BadLinkFile as problem:
        form.file.errors = [str(problem)]
        return _page(key, form, status=422)
    taking = TakeInForm(formdata=None, data={"upload": _put_aside(content)})
    return _page(key, form, foreseen=foreseen, taking=taking, name=form.file.data.filename)


@blueprint.post("/<key>/links/take-in")
@needs("integrations.connect")
def take_in_links(key: str) -> Any:
    """Add the links that are new; what is linked already stays as it is."""
    integration, form = integration_or_404(key), TakeInForm()
    path = _aside(form.upload.data or "")
    if not form.validate() or path is None:
        flash(_("That file is no longer here. Choose it once more."), "error")
        return redirect(url_for("integrations.links", key=key), 303)
    try:
        count = linkfile.take_in(integration, linkfile.parse(path.read_bytes()), sessions.actor())
    except BadLinkFile as problem:
        db.session.rollback()
        flash(str(problem), "error")
        return redirect(url_for("integrations.links", key=key), 303)
    db.session.commit()
    path.unlink(missing_ok=True)
    said = _("%(count)s links were added. Compare everything to bring their records up to date.", count=count)
    flash(said if count else _("No link was new, so nothing was changed."), "success" if count else "info")
    return redirect(url_for("integrations.links", key=key), 303)


def _page(key: str, form: LinkFileForm, *, foreseen: Foreseen | None = None, status: int = 200, **context: Any) -> Any:
    integration = integration_or_404(key)
    context |= {"key": key, "title": title_or_404(key), "integration": integration, "form": form}
    titles = {module.key: module.title for module in connection.modules_in_order(key)}
    return page_or_fragment("integrations/links.html", status=status, foreseen=foreseen, titles=titles, **context)


def _folder() -> Path:
    found = current_config().data_folder / "uploads"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def _put_aside(content: bytes) -> str:
    """Keep an uploaded file until it is taken in; returns the word by which it is found."""
    for old in _folder().glob("links-*"):
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    word = secrets.token_urlsafe(24)
    path = _folder() / f"links-{word}"
    path.touch(mode=0o600)
    path.write_bytes(content)
    return word


def _aside(word: str) -> Path | None:
    path = _folder() / f"links-{word}"
    return path if re.fullmatch(r"[\w-]{32}", word, re.ASCII) and path.is_file() else None
