"""Each report over a year of 10,000 invoices with 40,000 lines and 30,000 time entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from billing.reports import REPORTS, Filters
from extensions import db
from models import Item, TimeEntry, Transaction, TransactionLine, TransactionTax
from tests import factories
from tests.bench.measure import Asked, Figure, cpu, shown
from tests.bench.pages import noted
from tests.bench.place import place

INVOICES, LINES, ENTRIES, PIECE = 10_000, 4, 30_000, 2_000
YEAR = Filters(date(2026, 1, 1), date(2026, 12, 31), date(2026, 11, 24))
GOAL = "< 300 ms"


def run(asked: Asked) -> Iterator[Figure]:
    """Build each report so many times."""
    with place(asked):
        fill()
        for key, report in REPORTS.items():
            report.build(YEAR)
            with noted() as found:
                report.build(YEAR)
            took = sorted(cpu(lambda report=report: report.build(YEAR)) for _ in range(asked.rounds))
            what = f"{key}: {len(found)} statements, CPU"
            yield Figure(what, shown(took[len(took) // 2]), GOAL, asked.rounds)


def fill() -> None:
    """A year of an agency: four fifths in base currency, every tenth taxed at two rates, every twentieth credited."""
    random, base = Random(7), db.session.get_one(factories.Organisation, 1).base_currency
    customers = [factories.make_customer(f"Customer {number:03}") for number in range(300)]
    projects = [factories.make_project(random.choice(customers), f"Project {number:03}") for number in range(400)]
    people = [factories.make_user(f"Worker {number:02}").id for number in range(20)]
    taxes = [factories.make_tax(), factories.make_tax("Reduced", "5")]
    items = [Item(name=f"Item {number}", name_key=f"item {number}") for number in range(50)]
    db.session.add_all(items)
    db.session.flush()
    heads, lines, sums = [], [], []
    for number in range(1, INVOICES + 1):
        day, project = date(2026, 1, 1) + timedelta(days=random.randrange(365)), random.choice(projects)
        foreign, is_mixed = number % 5 == 0, number % 10 == 0
        amounts = [Decimal(random.randrange(1, 90_000)) / 100 for _ in range(LINES)]
        tax = sum(amounts) / 10
        heads.append({
            "id": number, "type": "credit_note" if number % 20 == 0 else "invoice", "number": f"N-{number}",
            "status": "sent" if number % 9 == 0 else "paid", "customer_id": project.customer_id,
            "project_id": project.id, "currency": "SEK" if foreign else base, "date": day,
            "exchange_rate": Decimal("0.09") + Decimal(number % 100) / 10_000 if foreign else Decimal(1),
            "due_date": day + timedelta(days=30), "subtotal": sum(amounts), "tax_total": tax.quantize(Decimal("0.01")),
            "total": sum(amounts) + tax.quantize(Decimal("0.01")),
            "balance": sum(amounts) if number % 9 == 0 else Decimal(0), "link_token": f"t{number}",
        })  # fmt: skip
        lines += [
            {"transaction_id": number, "position": place, "name": "Work", "amount": amount, "rate": amount,
             "kind": "free", "tax_id": taxes[place % 2 if is_mixed else 0].id, "tax_percent": Decimal(10),
             "project_id": random.choice(projects).id if is_mixed else project.id,
             "item_id": random.choice(items).id if place < 3 else None}
            for place, amount in enumerate(amounts)
        ]  # fmt: skip
        sums += [
            {"transaction_id": number, "tax_id": one.id, "percent": one.percent, "category": "S", "net": Decimal(100),
             "tax": Decimal(10)}
            for one in taxes[: 2 if is_mixed else 1]
        ]  # fmt: skip
    entries = [
        {"project_id": random.choice(projects).id, "user_id": random.choice(people), "seconds": 900 * (number % 30 + 1),
         "date": date(2026, 1, 1) + timedelta(days=random.randrange(330)), "notes": "", "source": "local",
         "billing_state": random.choice(("invoiced", "invoiced", "invoiced", "unbilled"))}
        for number in range(ENTRIES)
    ]  # fmt: skip
    for model, rows in ((Transaction, heads), (TransactionLine, lines), (TransactionTax, sums), (TimeEntry, entries)):
        for start in range(0, len(rows), PIECE):
            db.session.execute(db.insert(model), rows[start : start + PIECE])
    db.session.execute(db.text("ANALYZE"))
    db.session.commit()
