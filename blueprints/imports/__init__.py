"""Bringing customers, items and opening invoices in from files: choose, look, confirm, take back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from billing import importing
from billing.errors import MoveRefused
from billing.importing import ImportKind
from billing.importing.cells import listed
from billing.tables import Column, Table
from blueprints.access import needs
from blueprints.downloads import send_table
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from extensions import db
from forms.imports import FileForm
from models import FileImport

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
KIND = "<any(customers, items, invoices):kind_key>"
#: rows and problems that a preview shows
SHOWN, SHOWN_PROBLEMS = 50, 200
#: where the records of a kind are listed
LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "customers": ("customers.index", {}),
    "items": ("items.index", {}),
    "invoices": ("transactions.index", {"type_path": "invoices"}),
}


def _list_of(key: str) -> str:
    endpoint, values = LISTS[key]
    return url_for(endpoint, **values)


@blueprint.get("/")
@needs("imports.view")
def index() -> Any:
    """Show what can be brought, and the files that were."""
    return page_or_fragment("imports/index.html", kinds=importing.KINDS, batches=importing.finished())


@blueprint.get(f"/{KIND}")
@needs("imports.view")
def start(kind_key: str) -> Any:
    """Choose a file, or look at what the one that waits would do."""
    kind = importing.KINDS[kind_key]
    batch = None if request.args.get("again") else importing.planned(kind)
    return _choose(kind, FileForm(formdata=None)) if batch is None else _look(kind, batch)


@blueprint.post(f"/{KIND}")
@needs("imports.edit")
def upload(kind_key: str) -> Any:
    """Read a file and keep it until somebody decides; nothing of it counts yet."""
    kind, form = importing.KINDS[kind_key], FileForm()
    grid = form.grid(kind.most) if form.validate() else None
    if grid is None:
        return _choose(kind, form, 422)
    importing.begin(kind, grid, form.file.data.filename or "", actor())
    db.session.commit()
    return redirect(url_for("imports.start", kind_key=kind_key), 303)


@blueprint.post(f"/{KIND}/columns")
@needs("imports.edit")
def choose_columns(kind_key: str) -> AnyResponse:
    """Keep which column of the file is what, and look again."""
    kind = importing.KINDS[kind_key]
    if (batch := importing.planned(kind)) is not None:
        batch.mapping = importing.read_mapping(request.form, kind.fields(), len(batch.header))
        batch.decimal_mark = "," if request.form.get("decimal_mark") == "," else "."
        db.session.commit()
    return redirect(url_for("imports.start", kind_key=kind_key), 303)


@blueprint.post(f"/{KIND}/apply")
@needs("imports.edit")
def apply(kind_key: str) -> AnyResponse:
    """Take the file in; all of what is right, in one go."""
    batch = importing.planned(importing.KINDS[kind_key])
    back = url_for("imports.start", kind_key=kind_key)
    if batch is None:
        flash(_("This file was taken in already, or dropped."), "info")
        return redirect(back, 303)
    try:
        plan = importing.apply(batch, actor())
    except MoveRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return redirect(back, 303)
    batch_id, count = batch.id, len(plan.new)
    db.session.commit()
    flash(ngettext("%(num)s record was brought in.", "%(num)s records were brought in.", count), "success")
    return redirect(url_for("imports.done", batch_id=batch_id), 303)


@blueprint.post(f"/{KIND}/drop")
@needs("imports.edit")
def drop(kind_key: str) -> AnyResponse:
    """Forget the file."""
    if (batch := importing.planned(importing.KINDS[kind_key])) is not None:
        importing.drop(batch)
        db.session.commit()
    flash(_("The file is forgotten. Nothing was brought in."), "info")
    return after_write(url_for("imports.index"))


@blueprint.get("/done/<int:batch_id>")
@needs("imports.view")
def done(batch_id: int) -> Any:
    """Show what came of a file, and whether it can be taken back."""
    batch = _finished_or_404(batch_id)
    in_the_way = importing.in_the_way(batch) if batch.state == "applied" else []
    return page_or_fragment(
        "imports/done.html", batch=batch, kind=importing.KINDS[batch.kind], in_the_way=in_the_way,
        list_url=_list_of(batch.kind),
    )  # fmt: skip


@blueprint.post("/done/<int:batch_id>/undo")
@needs("imports.edit")
def undo(batch_id: int) -> AnyResponse:
    """Take an import back, whole or not at all."""
    batch = _finished_or_404(batch_id)
    try:
        gone = importing.undo(batch, actor())
    except MoveRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return after_write(url_for("imports.done", batch_id=batch_id))
    db.session.commit()
    flash(ngettext("%(num)s record went again.", "%(num)s records went again.", gone), "success")
    return after_write(url_for("imports.done", batch_id=batch_id))


@blueprint.get(f"/{KIND}/template.<any(csv, xlsx):format>")
@needs("imports.view")
def template(kind_key: str, format: str) -> Any:
    """Give a file with the columns that are understood and one row as an example."""
    kind = importing.KINDS[kind_key]
    head, *rows = kind.example
    table = Table(str(kind.title), [Column(str(at), name) for at, name in enumerate(head)], [list(row) for row in rows])
    return send_table(table, format, f"{kind_key}-template")


def _finished_or_404(batch_id: int) -> FileImport:
    batch = db.session.get(FileImport, batch_id)
    return batch if batch is not None and batch.state in ("applied", "undone") else abort(404)


def _choose(kind: ImportKind, form: FileForm, status: int = 200) -> Any:
    head = [name for name, *_rest in zip(*kind.example, strict=True)]
    return page_or_fragment("imports/start.html", status=status, kind=kind, form=form, head=head)


def _look(kind: ImportKind, batch: FileImport) -> Any:
    plan, fields = importing.look(batch), kind.fields()
    used = [field for field in fields if field.key in batch.mapping]
    # fields beyond the usual ones are offered only where the file has them
    offered = [field for field in fields if field in used or not field.key.startswith("price.")]
    return page_or_fragment(
        "imports/look.html", kind=kind, batch=batch, plan=plan, fields=offered, used=used, listed=listed,
        shown=plan.new[:SHOWN], problems=plan.problems[:SHOWN_PROBLEMS],
    )  # fmt: skip
