"""Opening invoices from a file: what customers still owe from before, with its own number, date, total and balance.

Each becomes an issued invoice with one line. What was paid on it already becomes a payment of its own date, so that
balance and settlements agree. It carries no tax: that was declared where it was issued. Its paper is not ours.
"""

from __future__ import annotations

import secrets
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, delete, select

from billing import exchange
from billing.importing.base import ImportKind, Plan, PlannedRow, Problem, remembered, sort_out
from billing.importing.customers import TABLE as CUSTOMERS
from billing.importing.customers import Customers
from billing.importing.heads import Field
from billing.money import round_money
from billing.payments import PaymentFacts, record_payment
from billing.terms import due_of
from billing.transactions.frozen import frozen_facts
from extensions import db, utcnow
from models import Customer, Organisation, Payment, Settlement, Transaction, TransactionLine
from models.audit import Actor, record
from models.customer import name_key
from models.references import counted, naming

TABLE: Table = Transaction.__table__  # type: ignore[assignment]
TYPE = "invoice"
#: in what is frozen of an opening invoice: id of the payment of what was paid on it before
CAME_ALONG = "opening_payment"
FIRST, LAST = date(1990, 1, 1), date(2199, 12, 31)
_FIELDS = (
    Field("number", _l("Number"), ("invoice number", "invoice no", "invoice", "rechnungsnummer", "belegnummer"),
          is_needed=True, most=60),
    Field("date", _l("Date"), ("invoice date", "issue date", "rechnungsdatum", "datum"), "day", is_needed=True),
    Field("due_date", _l("Due"), ("due date", "faellig", "fällig am", "faelligkeit"), "day"),
    Field("customer", _l("Customer"), ("customer name", "client", "company name", "kunde", "kundenname"),
          is_needed=True),
    Field("external", _l("Customer number"), ("customer id", "contact id", "client id", "kundennummer")),
    Field("currency", _l("Currency"), ("currency code", "waehrung"), "currency"),
    Field("total", _l("Total"), ("amount", "invoice total", "invoice amount", "betrag", "summe", "gesamtbetrag"),
          "number", is_needed=True),
    Field("balance", _l("Open"), ("balance", "balance due", "amount due", "open amount", "offen", "restbetrag"),
          "number"),
    Field("rate", _l("Exchange rate"), ("rate", "kurs", "wechselkurs"), "number"),
    Field("reference", _l("Reference"), ("order number", "po number", "purchase order", "referenz")),
)  # fmt: skip


class Invoices(ImportKind):
    """Known again by their number."""

    key = "invoices"
    title = _l("Opening invoices")
    icon = "file-invoice"
    most = 2_000
    example = (
        ("Number", "Date", "Due", "Customer", "Currency", "Total", "Open", "Exchange rate", "Reference"),
        ("2025-0412", "2025-11-03", "2025-12-03", "Aurora Outdoor GmbH", "EUR", "1190.00", "690.00", "1.08", "PO 77"),
    )

    def fields(self) -> list[Field]:
        """Return what a row may say."""
        return list(_FIELDS)

    def look(self, rows: list[PlannedRow], plan: Plan) -> None:
        """Find the customers; check amounts, currencies and rates."""
        taken = set(db.session.scalars(select(Transaction.number).where(Transaction.type == TYPE)))
        customers = _Customers()
        base = db.session.get_one(Organisation, 1).base_currency
        for row in rows:
            row.title, row.key = row.values["number"], f"number:{row.values['number']}"
        for row in sort_out(rows, remembered(self.key, TABLE), plan):
            problem = customers.find(row) or _problem(row, base)
            if not problem and row.title in taken:
                problem = _("There is an invoice %(number)s here already that no file brought.", number=row.title)
            if problem:
                plan.problems.append(Problem(row.line, str(problem)))
            else:
                plan.new.append(row)

    def write(self, row: PlannedRow, actor: Actor) -> int:
        """Make the issued invoice, and the payment of what was paid on it before."""
        said, customer = row.values, db.session.get_one(Customer, row.found["customer_id"])
        day, total = said["date"], said["total"]
        transaction = Transaction(
            type=TYPE, number=row.title, status="sent", customer_id=customer.id, currency=row.found["currency"],
            exchange_rate=row.found["rate"], exchange_source=row.found["source"], date=day,
            due_date=said.get("due_date") or due_of(customer, day), reference=said.get("reference", ""),
            subtotal=total, total=total, balance=total, is_opening=True, issued_at=utcnow(),
            link_token=secrets.token_urlsafe(24), created_by=actor.id if actor.kind == "person" else None,
        )  # fmt: skip
        transaction.customer = customer
        line = TransactionLine(position=1, name=_("Brought forward"), rate=total, amount=total)
        transaction.lines = [line]
        db.session.add(transaction)
        db.session.flush()
        transaction.frozen = frozen_facts(transaction, db.session.get_one(Organisation, 1))
        record(actor, f"{TYPE}.imported", ("transaction", transaction.id), row.title)
        if paid := total - row.found["balance"]:
            facts = PaymentFacts(
                day, transaction.currency, paid, "other", _("Paid before, on %(number)s", number=row.title), "",
                transaction.exchange_rate, transaction.exchange_source,
            )  # fmt: skip
            payment = record_payment(customer.id, facts, {transaction.id: paid}, actor)
            transaction.frozen = transaction.frozen | {CAME_ALONG: payment.id}
        return transaction.id

    def uses(self, local_id: int) -> str:
        """Say what uses an opening invoice beside what came with it."""
        found = naming(TABLE, local_id, {"transaction_lines", "settlements"})
        own = _came_along(local_id)
        others = [
            settlement
            for settlement in db.session.scalars(select(Settlement).where(Settlement.transaction_id == local_id))
            if settlement.payment_id != own or settlement.payment_id is None or settlement.reversed_at is not None
        ]
        if others:
            found["payments"] = found.get("payments", 0) + len(others)
        transaction = db.session.get(Transaction, local_id)
        if transaction is not None and (transaction.sent_at or transaction.status == "void"):
            found["events"] = 1
        return counted(found)

    def remove(self, local_id: int) -> None:
        """Delete an opening invoice with the payment that came along."""
        payment_id = _came_along(local_id)
        db.session.execute(delete(Settlement).where(Settlement.transaction_id == local_id))
        if payment_id is not None:
            db.session.execute(delete(Payment).where(Payment.id == payment_id))
        if (transaction := db.session.get(Transaction, local_id)) is not None:
            db.session.delete(transaction)

    def name_of(self, local_id: int) -> str:
        """Return the invoice's number."""
        transaction = db.session.get(Transaction, local_id)
        return transaction.number or "" if transaction else ""


def _came_along(local_id: int) -> int | None:
    """Return the payment that the import made for an invoice."""
    transaction = db.session.get(Transaction, local_id)
    found: int | None = (transaction.frozen or {}).get(CAME_ALONG) if transaction else None
    return found


class _Customers:
    """Customers by the number they were imported with, and by name."""

    def __init__(self) -> None:
        self.by_key = remembered(Customers.key, CUSTOMERS)
        gone = select(Customer.id, Customer.merged_into_id).where(Customer.merged_into_id.is_not(None))
        self.into = {row.id: row.merged_into_id for row in db.session.execute(gone)}
        self.by_name: dict[str, list[int]] = {}
        self.currencies: dict[int, str] = {}
        columns = (Customer.id, Customer.name_key, Customer.currency)
        for row in db.session.execute(select(*columns).where(Customer.is_active)):
            self.by_name.setdefault(row.name_key, []).append(row.id)
            self.currencies[row.id] = row.currency

    def find(self, row: PlannedRow) -> str:
        """Find a row's customer; returns why there is none."""
        external = self._living(self.by_key.get(f"ext:{row.values.get('external')}"))
        named = self.by_name.get(name_key(row.values["customer"]), [])
        found = external if external in self.currencies else (named[0] if len(named) == 1 else None)
        if found is None and len(named) > 1:
            return str(_("There are several customers called %(name)s. Merge them, or name the customer's number.",
                         name=row.values["customer"]))  # fmt: skip
        if found is None:
            return str(_("There is no customer %(name)s. Bring in the customers first.", name=row.values["customer"]))
        row.found["customer_id"] = found
        row.found["currency"] = row.values.get("currency") or self.currencies[found]
        return ""

    def _living(self, customer_id: int | None) -> int | None:
        """Follow merges to the customer that was kept."""
        while customer_id in self.into:
            customer_id = self.into[customer_id]
        return customer_id


def _problem(row: PlannedRow, base: str) -> str:
    """Say why a row cannot become an invoice; finds its balance and its rate."""
    said, currency = row.values, row.found["currency"]
    total, balance = said["total"], said.get("balance", said["total"])
    row.found["balance"] = balance
    if not FIRST <= said["date"] <= LAST:
        return str(_("Check the year of its date."))
    if total <= 0 or not 0 <= balance <= total:
        return str(_("The total must be above zero, and what is open between zero and the total."))
    if any(amount != round_money(amount, currency) for amount in (total, balance)):
        return str(_("Amounts are finer than %(currency)s has it.", currency=currency))
    row.found["rate"], row.found["source"] = Decimal(1), ""
    return "" if currency == base else _rate(row, currency, base)


def _rate(row: PlannedRow, currency: str, base: str) -> str:
    rate = row.values.get("rate")
    if rate is not None and rate > 0 and rate == round(rate, 8):
        row.found["rate"], row.found["source"] = rate, str(_("as the file says"))
        return ""
    known = exchange.rate_on(currency, row.values["date"])
    if known is None:
        return str(
            _(
                "It is in %(currency)s. Give the file a column “Exchange rate” with what one is worth in %(base)s.",
                currency=currency, base=base,
            )
        )  # fmt: skip
    row.found["rate"], row.found["source"] = known.rate, exchange.source_words(known)
    return ""
