"""What a kind of import is, and what a look at a file finds: rows to bring in, rows that are here, problems."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel.numbers import list_currencies
from flask_babel import gettext as _
from sqlalchemy import Table, select

from billing.importing import cells
from billing.importing.cells import Manner
from billing.importing.heads import Field
from extensions import db
from models import FileImport, FileImportRow
from models.audit import Actor

CURRENCIES = frozenset(list_currencies())


@dataclass(slots=True)
class PlannedRow:
    """One line of the file: its number there, what it says, how it is known again."""

    line: int
    values: dict[str, Any]
    key: str = ""
    title: str = ""
    #: what the kind found for it: rows of other tables it names
    found: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line stays out."""

    line: int
    text: str


@dataclass(slots=True)
class Plan:
    """What bringing the file in would do."""

    new: list[PlannedRow] = field(default_factory=list)
    #: lines whose record is here already
    known: list[PlannedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    #: fields without which nothing can be read
    missing: list[str] = field(default_factory=list)


class ImportKind(ABC):
    """Customers, items or opening invoices: one file each."""

    key: str
    title: Any
    icon: str
    #: lines that are taken at once
    most: int = 10_000
    #: a file as it may look: its head and a row
    example: Sequence[Sequence[str]] = ()

    @abstractmethod
    def fields(self) -> list[Field]:
        """Return what a row may say."""

    @abstractmethod
    def look(self, rows: list[PlannedRow], plan: Plan) -> None:
        """Sort rows into new, known and problems; their values are read already."""

    @abstractmethod
    def write(self, row: PlannedRow, actor: Actor) -> int:
        """Make the record of a new row; return its id. Does not commit."""

    @abstractmethod
    def uses(self, local_id: int) -> str:
        """Say what uses a record by now, so that it cannot go again; empty for nothing."""

    @abstractmethod
    def remove(self, local_id: int) -> None:
        """Take a record away that nothing uses."""

    @abstractmethod
    def name_of(self, local_id: int) -> str:
        """Return what people call a record; empty when it is gone."""


def read_rows(batch: FileImport, kind: ImportKind, plan: Plan) -> list[PlannedRow]:
    """Read the cells of every row; a wrong cell makes a problem of its row."""
    fields = [item for item in kind.fields() if item.key in batch.mapping]
    plan.missing = [str(item.label) for item in kind.fields() if item.is_needed and item.key not in batch.mapping]
    if plan.missing:
        return []
    manners = {
        item.key: cells.manner_of((row[batch.mapping[item.key]] for row in batch.rows), batch.decimal_mark)
        for item in fields
    }
    found = []
    for line, row in zip(batch.lines, batch.rows, strict=True):
        planned = PlannedRow(line, {})
        problem = next(_read(row, fields, batch.mapping, manners, planned), "")
        if problem:
            plan.problems.append(Problem(line, problem))
        else:
            found.append(planned)
    return found


def _read(
    row: Sequence[str], fields: Sequence[Field], mapping: dict[str, int], manners: dict[str, Manner], into: PlannedRow
) -> Iterator[str]:
    """Read a row into its values; gives a sentence for each cell that cannot be read."""
    for item in fields:
        cell = row[mapping[item.key]]
        if not cell:
            if item.is_needed:
                yield str(_("%(label)s is empty.", label=item.label))
            continue
        try:
            into.values[item.key] = _value(item, cell, manners[item.key])
        except ValueError as problem:
            yield str(_("%(label)s: %(problem)s.", label=item.label, problem=problem))


def _value(item: Field, cell: str, manner: Manner) -> Any:
    if item.reads == "number":
        return cells.number(cell, manner)
    if item.reads == "day":
        return cells.day(cell, manner)
    if item.reads == "yes":
        return cells.yes(cell)
    if item.reads == "currency":
        return cells.currency(cell, CURRENCIES)
    return cells.text(cell, item.most)


def remembered(kind: str, table: Table) -> dict[str, int]:
    """Return key → id of the records of a kind that came from files and are still here."""
    living = select(table.c.id).where(table.c.id == FileImportRow.local_id).exists()
    rows = db.session.execute(
        select(FileImportRow.key, FileImportRow.local_id).where(FileImportRow.kind == kind, living)
    )
    return {key: local_id for key, local_id in rows}


def sort_out(rows: list[PlannedRow], here: dict[str, int], plan: Plan) -> list[PlannedRow]:
    """Put aside what is here already and what stands in the file twice; return the rest."""
    seen: dict[str, int] = {}
    fresh = []
    for row in rows:
        if row.key in seen:
            words = _("%(title)s stands in row %(line)s already.", title=row.title, line=seen[row.key])
            plan.problems.append(Problem(row.line, str(words)))
            continue
        seen[row.key] = row.line
        if row.key in here:
            plan.known.append(row)
        else:
            fresh.append(row)
    return fresh
