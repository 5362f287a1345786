"""A business of many rows, made by set-based inserts: 100,000 time entries, 20,000 invoices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from extensions import db
from models import Customer, Project, TimeEntry, Transaction
from tests import factories

#: SQLite takes so many parameters in one statement
PIECE = 2_000


def fill(entries: int, invoices: int) -> list[int]:
    """Put the rows there; returns the ids of the 100 projects."""
    random = Random(7)
    customers = [factories.make_customer(f"Customer {number:03}") for number in range(20)]
    projects = [factories.make_project(random.choice(customers), f"Project {number:03}") for number in range(100)]
    people = [factories.make_user(f"Worker {number:02}", "staff") for number in range(12)]
    tasks = {project.id: factories.make_task(project).id for project in projects}
    project_ids = list(tasks)
    _insert(TimeEntry, entries, lambda number: {
        "project_id": (chosen := random.choice(project_ids)), "task_id": tasks[chosen],
        "user_id": random.choice(people).id, "date": date(2024, 1, 1) + timedelta(days=random.randrange(1000)),
        "seconds": 900 * random.randrange(1, 33), "notes": f"Worked on part {number}", "source": "zoho_projects",
        "billing_state": random.choice(("unbilled", "elsewhere", "written_off")),
    })  # fmt: skip
    _insert(Transaction, invoices, lambda number: {
        "type": "invoice", "status": "issued", "number": f"INV-{number:06}", "customer_id": random.choice(customers).id,
        "currency": "USD", "date": (day := date(2024, 1, 1) + timedelta(days=random.randrange(1000))),
        "due_date": day + timedelta(days=30), "total": Decimal(random.randrange(100, 9_000)),
        "link_token": f"token-{number}",
    })  # fmt: skip
    db.session.execute(db.text("ANALYZE"))
    db.session.commit()
    assert db.session.scalar(db.select(db.func.count()).select_from(Customer)) == len(customers)
    assert db.session.get(Project, project_ids[0]) is not None
    return project_ids


def _insert(model: type, count: int, row: object) -> None:
    assert callable(row)
    for start in range(0, count, PIECE):
        numbers = range(start, min(start + PIECE, count))
        db.session.execute(db.insert(model), [row(number) for number in numbers])
    db.session.commit()
