"""A draft of 5,000 entries against one set-based statement, and papers of one and of twenty pages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from billing import pdf, transactions
from billing.transactions import TimeChoice
from extensions import db
from models.audit import Actor
from tests import factories
from tests.bench.measure import Asked, Figure, compare, cpu, shown
from tests.bench.pages import noted
from tests.bench.place import place
from tests.bench.volume import fill

ENTRIES = 5_000
OLGA = Actor("person", "Olga Marsh")
#: all that any way of billing must do at least: note each entry on a line, and move its state
SET_BASED = (
    "INSERT INTO bench_allocations SELECT id, 1, seconds FROM time_entries "
    "WHERE project_id = :project AND billing_state = 'unbilled'",
    "UPDATE time_entries SET billing_state = 'on_draft' WHERE project_id = :project AND billing_state = 'unbilled'",
)
#: what Tryton takes for the same draft, in set-based statements of the same machine (2.4 s / 0.065 s)
TRYTON = 2.4 / 0.065


def run(asked: Asked) -> Iterator[Figure]:
    """Every round bills the same project and gives the hours back."""
    with place(asked):
        db.session.execute(
            db.text("CREATE TABLE bench_allocations (entry INTEGER UNIQUE, line INTEGER, seconds INTEGER)")
        )
        small, large = _project(10), _project(ENTRIES)
        counts = [_statements(project) for project in (small, large)]
        compared = compare(asked.rounds, lambda: _undone(lambda: _draft(large)), lambda: _undone(lambda: _bare(large)))
        yield Figure("statements for 10 and for 5,000 entries", f"{counts[0]}, {counts[1]}", "do not grow")
        yield Figure("draft of 5,000: CPU against the bare statements", compared.text(), "≤ 3×", asked.rounds)
        yield Figure("times less than Tryton (37 × bare)", f"{TRYTON / compared.ratio:.0f}×", "≥ 15×", asked.rounds)


def _project(entries: int) -> int:
    project = factories.make_project(name=f"{entries} hours")
    task = factories.make_task(project)
    for number in range(entries):
        db.session.add(factories.TimeEntry(
            project_id=project.id, task_id=task.id, user_id=None, bug_id=None, date=factories.date(2026, 6, 1),
            seconds=600 + number % 3000, notes="",
        ))  # fmt: skip
    db.session.commit()
    return project.id


def _draft(project: int) -> None:
    transactions.start_from_time(TimeChoice((project,)), OLGA)


def _bare(project: int) -> None:
    for statement in SET_BASED:
        db.session.execute(db.text(statement), {"project": project})


def _undone(action: object) -> None:
    assert callable(action)
    action()
    db.session.flush()
    db.session.rollback()


def _statements(project: int) -> int:
    _undone(lambda: _draft(project))
    with noted() as found:
        _undone(lambda: _draft(project))
    return len(found)


def paper(asked: Asked) -> Iterator[Figure]:
    """Typeset an issued invoice of a few lines, and one of some 600."""
    with place(asked):
        fill(0, 0)
        for goal, lines in (("≤ 30 ms", 5), ("≤ 300 ms", 600)):
            document = pdf.document_of(_issued(lines))
            pages = pdf.render(document).count(b"/Type/Page/")
            took = sorted(cpu(lambda document=document: pdf.render(document)) for _ in range(asked.rounds))
            yield Figure(
                f"PDF/A-3 of {lines} lines ({pages} page objects)", shown(took[len(took) // 2]), goal, asked.rounds
            )


def _issued(lines: int) -> transactions.Transaction:
    customer = factories.make_customer()
    project = factories.make_project(customer, rate=Decimal(95))
    for number in range(lines):
        task = factories.make_task(project, f"Part {number} of the work")
        factories.make_time_entry(project, task_id=task.id, seconds=3600 + number)
    made = transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    transactions.issue(made, OLGA)
    db.session.commit()
    return made
