"""A browser at the Finance tab: pages behind one door, and what a person does there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from billing import expense_records
from billing.expense_records import ExpenseValues
from billing.types import TYPES
from extensions import db
from models import Expense, Project, Transaction
from models.audit import Actor
from models.finance import LinkWish, make_link

PLAIN = {"layout": "task", "rounding": "none", "minutes": "15", "tax_id": "0"}
#: types, by how a draft of one is begun in the tab
HOURLY = [kind.key for kind in TYPES.values() if kind.takes_hours]


def filled(page: str, action: str) -> dict[str, list[str]]:
    """Return what a browser would send of the form with this action: inputs, texts and selects."""
    start = page.index(f'action="{action}"')
    form = page[start : page.index("</form>", start)]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name, value = re.search(r'\bname="([^"]+)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        is_off = re.search(r'type="(checkbox|radio)"', tag) and not re.search(r"\bchecked\b", tag)
        if name and not is_off:
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, text in re.findall(r'<textarea[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found.setdefault(name, []).append(unescape(text).strip("\r\n"))
    for name, inside in re.findall(r'<select[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"\s+selected|selected(?:="")? value="([^"]*)"', inside)
        found.setdefault(name, []).append((chosen[1] or chosen[2] or "") if chosen else "")
    return found


def make_expense(project: Project, **values: Any) -> Expense:
    """A billable train ticket of a project."""
    plain = {
        "date": date(2026, 6, 4), "category": "Travel", "vendor": "Rail", "description": "Train ticket",
        "currency": project.currency, "amount": Decimal(80), "customer_id": project.customer_id,
        "project_id": project.id, "is_billable": True,
    }  # fmt: skip
    made = expense_records.add(ExpenseValues(**(plain | values)), Actor("person", "Olga Marsh"))
    db.session.commit()
    return made


def newest() -> Transaction:
    db.session.expire_all()
    return db.session.scalars(select(Transaction).order_by(Transaction.id.desc()).limit(1)).one()


@dataclass
class Side:
    """One of the two entrances to the same books: `door` is empty for Crossbill itself."""

    browser: FlaskClient
    project: Project
    door: str = ""

    def get(self, path: str, **how: Any) -> Any:
        return self.browser.get(self.door + path, **how)

    def post(self, path: str, **how: Any) -> Any:
        return self.browser.post(self.door + path, **how)

    def look(self) -> dict[str, list[str]]:
        """Open the choice of unbilled hours; gives what *Create draft* would send."""
        url = f"/invoices/new/from-project/{self.project.id}"
        page = self.get(url, query_string=PLAIN)
        return filled(page.text, self.door + url)

    def bill(self, seen: dict[str, list[str]] | None = None) -> Any:
        """Put the hours that were looked at on a draft."""
        return self.post(f"/invoices/new/from-project/{self.project.id}", data=seen or self.look())

    def make(self, type_key: str) -> Transaction:
        """Start a draft of this type."""
        kind = TYPES[type_key]
        answer = self.bill() if kind.takes_hours else self.post(f"/tab/{kind.path}/start")
        made = newest()
        assert answer.status_code == 303, answer.text
        assert answer.location == f"{self.door}/{kind.path}/{made.id}/edit"
        return made

    def path(self, transaction: Transaction, verb: str = "") -> str:
        return f"/{TYPES[transaction.type].path}/{transaction.id}" + (f"/{verb}" if verb else "")

    def change(self, transaction: Transaction, **fields: str) -> Any:
        """Open the editor, type, and save."""
        url = self.path(transaction, "edit")
        return self.post(url, data=filled(self.get(url).text, self.door + url) | fields)


def at_tab(browser: FlaskClient, project: Project) -> Side:
    """A person at the tab of a project."""
    return Side(browser, project, f"/finance/project/{project.id}")


def by_link(browser: FlaskClient, project: Project, made_by: int, reach: str = "send", days: int = 7) -> Side:
    """Whoever has a link to a project."""
    _link, token = make_link(project.id, LinkWish("For Petra's board", reach, days), made_by)
    db.session.commit()
    return Side(browser, project, f"/finance/link/{token}")
