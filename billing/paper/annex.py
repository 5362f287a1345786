"""The annex of an invoice: every entry behind its hours, by project (requirements M-14)."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from sqlalchemy import Row, select

from billing.hours.pricing import Rounding
from billing.paper.document import PaperDocument, PaperGrid, PaperSum
from billing.paper.figures import Figures, hours_text
from billing.paper.transaction import document_of, facts_of
from extensions import db
from models import Allocation, Bug, Project, Task, TimeEntry, Transaction, User

#: entries on one annex; more are read in the export
MOST_ENTRIES = 5000
_HEADS = ("Date", "Person", "Task", "Notes", "Logged", "Billed")


def annex_of(transaction: Transaction) -> PaperDocument:
    """Return the annex as a document of its own; its grid has no rows where the transaction holds no hours."""
    document = document_of(transaction)
    figures = Figures(transaction.currency, facts_of(transaction)["locale"])
    title = figures.say("Annex: hours on {number}", number=document.number)
    return replace(
        document, title=title, number="", lines=(), sums=(), paid=(), sentences=(), notes="", terms="",
        bank_details="", codes=(), slip=None, delivery=(),
        total=PaperSum("", ""), grid=annex_grid(transaction, figures),
    )  # fmt: skip


def with_annex(document: PaperDocument, transaction: Transaction) -> PaperDocument:
    """Return a transaction's paper with the annex on pages behind it."""
    figures = Figures(transaction.currency, facts_of(transaction)["locale"])
    title = figures.say("Annex: hours on {number}", number=document.number)
    return replace(document, annex=annex_grid(transaction, figures), words=document.words | {"annex": title})


def annex_grid(transaction: Transaction, figures: Figures) -> PaperGrid:
    """Return date, person, task, notes, hours logged and billed of each entry; a sum per project, then of all."""
    rounding = Rounding(transaction.rounding_mode, transaction.rounding_minutes)
    rows: list[tuple[str, ...]] = []
    bold: list[int] = []
    logged_all = billed_all = 0
    for project, entries in groupby(_entries(transaction), key=lambda row: (row.project_id, row.project)):
        logged = billed = 0
        for entry in entries:
            seconds = rounding.apply(entry.seconds)
            logged, billed = logged + entry.seconds, billed + seconds
            rows.append(
                (figures.day(entry.date), entry.person or "", entry.task or entry.bug or "", entry.notes,
                 hours_text(entry.seconds), hours_text(seconds))
            )  # fmt: skip
        bold.append(len(rows))
        name = figures.say("Sum of {project}", project=project[1])
        rows.append(("", "", name, "", hours_text(logged), hours_text(billed)))
        logged_all, billed_all = logged_all + logged, billed_all + billed
    if len(bold) > 1:
        bold.append(len(rows))
        rows.append(("", "", figures.say("All hours"), "", hours_text(logged_all), hours_text(billed_all)))
    heads = tuple(figures.say(head) for head in _HEADS)
    return PaperGrid(heads, (4, 5), tuple(rows), tuple(bold), (0, 0, 3, 5, 0, 0))


def _entries(
    transaction: Transaction,
) -> list[Row[tuple[int, str, str | None, str | None, str | None, object, int, str]]]:
    """Return the entries that are on it, as they were when they were put there."""
    query = (
        select(
            TimeEntry.project_id, Project.name.label("project"), User.name.label("person"), Task.name.label("task"),
            Bug.title.label("bug"), TimeEntry.date, Allocation.seconds, TimeEntry.notes,
        )
        .join(Allocation, Allocation.time_entry_id == TimeEntry.id)
        .join(Project, Project.id == TimeEntry.project_id)
        .outerjoin(User, User.id == TimeEntry.user_id)
        .outerjoin(Task, Task.id == TimeEntry.task_id)
        .outerjoin(Bug, Bug.id == TimeEntry.bug_id)
        .where(Allocation.transaction_id == transaction.id, Allocation.released_at.is_(None))
        .order_by(Project.name, TimeEntry.project_id, TimeEntry.date, TimeEntry.id)
        .limit(MOST_ENTRIES)
    )  # fmt: skip
    return list(db.session.execute(query))
