"""From a file to records: keep it, look at it, take it in once, take it back while nothing uses it. Never commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, select

from billing.bulk import insert_rows
from billing.errors import MoveRefused
from billing.importing.base import ImportKind, Plan, read_rows
from billing.importing.customers import Customers
from billing.importing.grid import Grid
from billing.importing.heads import match
from billing.importing.invoices import Invoices
from billing.importing.items import Items
from extensions import db, utcnow
from models import FileImport, FileImportRow
from models.audit import Actor, record

#: in the order in which they are usually brought
KINDS: Mapping[str, ImportKind] = {kind.key: kind for kind in (Customers(), Items(), Invoices())}
#: records that are named one by one where they stand in the way
MOST_NAMED = 20
#: keys that go into one statement
PIECE = 500


def begin(kind: ImportKind, grid: Grid, file_name: str, actor: Actor) -> FileImport:
    """Keep a file that was read, in place of one of its kind that was only looked at."""
    for former in db.session.scalars(_planned(kind)):
        drop(former)
    batch = FileImport(
        kind=kind.key, file_name=file_name[:200], header=grid.header, rows=grid.rows, lines=grid.lines,
        decimal_mark=grid.decimal_mark, mapping=match(grid.header, kind.fields()),
        created_by=actor.id if actor.kind == "person" else None,
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    return batch


def planned(kind: ImportKind) -> FileImport | None:
    """Return the file of a kind that waits for a decision."""
    found: FileImport | None = db.session.scalar(_planned(kind).order_by(FileImport.id.desc()).limit(1))
    return found


def _planned(kind: ImportKind) -> Any:
    return select(FileImport).where(FileImport.kind == kind.key, FileImport.state == "planned")


def finished(limit: int = 20) -> Sequence[FileImport]:
    """Return the latest files that were taken in, newest first."""
    query = select(FileImport).where(FileImport.state.in_(("applied", "undone"))).order_by(FileImport.id.desc())
    return db.session.scalars(query.limit(limit)).all()


def look(batch: FileImport) -> Plan:
    """Say what taking a file in would do, as things stand now; writes nothing."""
    kind, plan = KINDS[batch.kind], Plan()
    rows = read_rows(batch, kind, plan)
    if rows:
        kind.look(rows, plan)
    plan.problems.sort(key=lambda problem: problem.line)
    return plan


def apply(batch: FileImport, actor: Actor) -> Plan:
    """Take a file in: what is new comes, what is here stays as it is, what is wrong stays out. Once."""
    _claim(batch, "planned", _("This file was taken in already, or dropped."))
    kind, plan = KINDS[batch.kind], look(batch)
    if not plan.new:
        raise MoveRefused(_("There is nothing new in this file."))
    _forget(batch.kind, [row.key for row in plan.new])
    came = [(batch.id, batch.kind, row.key, kind.write(row, actor)) for row in plan.new]
    insert_rows(FileImportRow, ("import_id", "kind", "key", "local_id"), came)
    batch.result = {
        "new": len(plan.new), "known": len(plan.known), "left": len(plan.problems),
        "problems": [[problem.line, problem.text] for problem in plan.problems[:500]],
    }  # fmt: skip
    batch.state, batch.applied_at, batch.rows, batch.lines = "applied", utcnow(), [], []
    words = ngettext("%(num)d record from %(file)s", "%(num)d records from %(file)s", len(plan.new),
                     file=batch.file_name)  # fmt: skip
    record(actor, f"{batch.kind}.imported", ("file_import", batch.id), words)
    db.session.flush()
    return plan


def _forget(kind: str, keys: Sequence[str]) -> None:
    """Drop what is noted of records that are gone, so that their keys are free."""
    for start in range(0, len(keys), PIECE):
        mine = (FileImportRow.kind == kind, FileImportRow.key.in_(keys[start : start + PIECE]))
        db.session.execute(delete(FileImportRow).where(*mine), execution_options={"synchronize_session": False})


def _claim(batch: FileImport, state: str, otherwise: str) -> None:
    """Hold the row, so that two presses are one."""
    db.session.refresh(batch, with_for_update=True)
    if batch.state != state:
        raise MoveRefused(otherwise)


def in_the_way(batch: FileImport) -> list[tuple[str, str]]:
    """Return what came from a file and is used by now: its name, and by what. Empty: the file can be taken back."""
    kind, found = KINDS[batch.kind], []
    for row in db.session.scalars(select(FileImportRow).where(FileImportRow.import_id == batch.id)):
        if (name := kind.name_of(row.local_id)) and (used := kind.uses(row.local_id)):
            found.append((name, used))
            if len(found) == MOST_NAMED:
                break
    return found


def undo(batch: FileImport, actor: Actor) -> int:
    """Take a file back, whole or not at all; returns how many records went."""
    _claim(batch, "applied", _("This import was taken back already."))
    used = in_the_way(batch)
    if used:
        name, what = used[0]
        raise MoveRefused(_("%(name)s is used by %(what)s by now, so the import stays.", name=name, what=what))
    kind = KINDS[batch.kind]
    rows = list(db.session.scalars(select(FileImportRow).where(FileImportRow.import_id == batch.id)))
    for row in rows:
        kind.remove(row.local_id)
        db.session.delete(row)
    batch.state = "undone"
    record(actor, f"{batch.kind}.import_undone", ("file_import", batch.id), batch.file_name)
    db.session.flush()
    return len(rows)


def drop(batch: FileImport) -> None:
    """Forget a file that was only looked at."""
    if batch.state == "planned":
        batch.state, batch.rows, batch.lines = "dropped", [], []
