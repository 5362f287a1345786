"""*Settings → Integrations → Finance tab*: what to install in the remote app, and who may show the tab."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from flask import Response, abort, current_app, flash, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from blueprints.access import needs
from blueprints.filters import organisation
from blueprints.finance_tab.frame import blueprint
from blueprints.finance_tab.origins import added_origins, allowed_origins
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import current_config, db
from forms.finance_tab import OriginForm
from models import FrameOrigin, Integration, Link
from models.audit import record
from sync import connection

#: the folder of what is installed in Zoho Projects, and where our address stands in it
FOLDER = "extension/zoho-projects"
ADDRESS_FILE = "app/address.js"
MANIFEST = "plugin-manifest.json"
#: a new file is as old as the format allows, so that the same content is the same zip
EPOCH = (1980, 1, 1, 0, 0, 0)


def _may_be_local() -> bool:
    here = organisation()
    return current_config().allow_private_remotes or bool(here and here.allow_private_remotes)


def _page(form: OriginForm, status: int = 200) -> Any:
    return render_template(
        "finance_tab/install.html", form=form, added=added_origins(), apps=connection.page_origins(),
        base_url=current_config().base_url, is_https=current_config().is_https, test_url=_test_url(),
        is_shown=bool(allowed_origins()),
    ), status  # fmt: skip


def _test_url() -> str:
    """Return the tab of a synced project, by the address that the extension would ask for; empty without one."""
    query = (
        db.select(Integration.connector, Integration.scope_id, Link.remote_id)
        .join(Integration, Integration.id == Link.integration_id)
        .where(Link.module == "projects", Link.local_id.is_not(None), Integration.state != "deleted")
    )
    row = db.session.execute(query.order_by(Link.id).limit(1)).first()
    return url_for("finance_tab.find", connector=row[0], portal=row[1], remote_id=row[2]) if row else ""


@blueprint.get("/settings/integrations/finance-tab")
@needs("integrations.view")
def install() -> Any:
    """Explain how the tab is installed, offer what is installed, and list who may show it."""
    return _page(OriginForm(formdata=None))


@blueprint.post("/settings/integrations/finance-tab/origins")
@needs("integrations.connect")
def add_origin() -> Any:
    """Allow one more place to show the tab."""
    form = OriginForm()
    form.may_be_local = _may_be_local()
    if not form.validate_on_submit():
        return _page(form, 422)
    row = FrameOrigin(origin=form.origin.data, added_by=current_user.id)
    db.session.add(row)
    record(actor(), "finance_tab.origin_added", ("organisation", 1), row.origin, (None, {"origin": row.origin}))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        form.origin.errors = [_("This address is on the list already.")]
        return _page(form, 422)
    flash(_("%(origin)s may show the Finance tab now.", origin=row.origin), "success")
    return after_write(url_for("finance_tab.install"))


@blueprint.post("/settings/integrations/finance-tab/origins/<int(max=2147483647):origin_id>/remove")
@needs("integrations.connect")
def remove_origin(origin_id: int) -> AnyResponse:
    """Take a place off the list; from the next page on it shows nothing."""
    row = db.session.get(FrameOrigin, origin_id) or abort(404)
    record(actor(), "finance_tab.origin_removed", ("organisation", 1), row.origin, ({"origin": row.origin}, None))
    db.session.delete(row)
    flash(_("%(origin)s may not show the Finance tab any more.", origin=row.origin), "success")
    db.session.commit()
    return after_write(url_for("finance_tab.install"))


@blueprint.get("/settings/integrations/finance-tab/extension.zip")
@needs("integrations.view")
def extension() -> Response:
    """Give the extension's folder as a zip that knows this installation's address."""
    response = make_response(extension_zip(Path(current_app.root_path) / FOLDER, current_config().base_url))
    response.mimetype = "application/zip"
    response.headers["Content-Disposition"] = 'attachment; filename="crossbill-zoho-projects.zip"'
    return response


def extension_zip(folder: Path, base_url: str) -> bytes:
    """Pack a folder with our address filled in; the same folder and address give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder).as_posix()
            archive.writestr(zipfile.ZipInfo(name, EPOCH), _filled(name, path.read_bytes(), base_url))
    return packed.getvalue()


def _filled(name: str, content: bytes, base_url: str) -> bytes:
    """Put the address into the two files that ask for it."""
    if name == ADDRESS_FILE:
        return f"window.CROSSBILL_ADDRESS = {json.dumps(base_url)};\n".encode()
    if name == MANIFEST:
        manifest = json.loads(content)
        manifest["whiteListedDomains"] = [base_url]
        return (json.dumps(manifest, indent=2) + "\n").encode()
    return content
