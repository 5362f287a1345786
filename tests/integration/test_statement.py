"""A customer's statement of account: on the page, as a file, as PDF and by mail."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.customers.statement import statements
from billing.payments import PaymentFacts, credit_of, draw_credit, record_payment, refund
from extensions import db
from models import Customer, MailMessage, Transaction
from models.audit import Actor
from tests import factories as make
from tests.browsing import words_of

pytestmark = pytest.mark.usefixtures("plain_forms")
ACTOR = Actor("person", "Olga Marsh")
JUNE, JULY = date(2026, 6, 10), date(2026, 7, 10)


@pytest.fixture
def plain_forms(app: Any) -> None:
    """Forms without the hidden token; that it is asked for is tested with the sign-in."""
    app.config["WTF_CSRF_ENABLED"] = False


def document(customer: Customer, kind: str, number: str, amount: str, day: date = JULY, **values: Any) -> Transaction:
    """An issued transaction over one line."""
    total = Decimal(amount)
    owed = {"balance": total} if kind in ("invoice", "retainer") else {"credit": total}
    plain = {"type": kind, "number": number, "status": "issued", "date": day, "subtotal": total, "total": total} | owed
    made = make.make_transaction(customer, **(plain | values))
    make.make_line(made, rate=total, amount=total)
    return made


def paid(customer: Customer, amount: str, on: dict[int, Decimal] | None = None, day: date = JULY) -> Any:
    facts = PaymentFacts(day, customer.currency, Decimal(amount), reference="wire 7")
    return record_payment(customer.id, facts, on or {}, ACTOR)


def owed_less_credit(customer: Customer) -> Decimal:
    """What the customer's page says: open on invoices less all credit."""
    mine = (Transaction.customer_id == customer.id, Transaction.type == "invoice", Transaction.status != "void")
    owed = db.session.scalar(db.select(db.func.sum(Transaction.balance)).where(*mine)) or Decimal(0)
    return owed - sum((credit.amount for credit in credit_of(customer.id)), Decimal(0))


def test_a_statement_tells_opening_movements_and_closing(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    first = document(customer, "invoice", "INV-1", "100", JUNE)
    paid(customer, "40", {first.id: Decimal(40)}, JUNE)
    document(customer, "invoice", "INV-2", "50.50")
    document(customer, "credit_note", "CN-1", "10")
    document(customer, "retainer", "RET-1", "500")
    document(customer, "invoice", "INV-0", "77", status="void")
    make.make_transaction(customer, total=Decimal(9))

    found = statements(customer, date(2026, 7, 1), date(2026, 7, 31))[0]
    words = words_of(
        browser_of(people.bruno).get(f"/customers/{customer.id}/statement?since=2026-07-01&until=2026-07-31")
    )

    assert (found.opening, found.closing) == (Decimal(60), Decimal("100.50"))
    assert [(line.number, line.amount, line.balance) for line in found.lines] == [
        ("INV-2", Decimal("50.50"), Decimal("110.50")), ("CN-1", Decimal(-10), Decimal("100.50"))
    ]  # fmt: skip
    assert "Closing balance US$100.50" in words
    assert "RET-1 US$500.00" in words


def test_each_currency_has_an_account_of_its_own(organisation: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    document(customer, "invoice", "INV-1", "100")
    document(customer, "invoice", "INV-2", "70", currency="EUR")

    found = statements(customer, JULY, JULY)

    assert [(one.currency, one.closing) for one in found] == [("USD", Decimal(100)), ("EUR", Decimal(70))]


MOVES = st.lists(st.tuples(st.sampled_from(["invoice", "retainer", "credit_note", "pay", "prepay", "draw", "refund"]),
                           st.integers(1, 400)), max_size=12)  # fmt: skip


@given(moves=MOVES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_closing_balance_is_what_is_owed_less_the_credit(
    organisation: Any, moves: list[tuple[str, int]]
) -> None:
    customer = make.make_customer()

    for number, (what, amount) in enumerate(moves):
        happen(customer, what, amount, number)

    assert statements(customer, date(2026, 1, 1), JULY)[0].closing == owed_less_credit(customer)
    db.session.rollback()


def happen(customer: Customer, what: str, amount: int, number: int) -> None:
    """One thing of a customer's life; what does not fit now is left out."""
    if what in ("invoice", "retainer", "credit_note"):
        document(customer, what, f"{what}-{customer.id}-{number}", str(amount))
        return
    mine = db.select(Transaction).where(Transaction.customer_id == customer.id).order_by(Transaction.id)
    rows = list(db.session.scalars(mine))
    still_open = [row for row in rows if row.balance > 0]
    with_credit = [row for row in rows if row.credit > 0]
    if what == "prepay":
        paid(customer, str(amount))
    elif what == "pay" and still_open:
        part = min(still_open[0].balance, Decimal(amount))
        paid(customer, str(part), {still_open[0].id: part})
    elif what == "refund" and with_credit:
        part = min(with_credit[0].credit, Decimal(amount))
        refund(with_credit[0], PaymentFacts(JULY, "USD", part), ACTOR)
    elif what == "draw" and with_credit and (invoices := [row for row in still_open if row.type == "invoice"]):
        part = min(with_credit[0].credit, invoices[0].balance, Decimal(amount))
        draw_credit(with_credit[0], invoices[0], part, JULY, ACTOR)


def test_the_statement_as_a_file_has_the_same_figures(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    document(customer, "invoice", "INV-2", "50.50", reference="=HYPERLINK()")

    answer = browser_of(people.bruno).get(
        f"/customers/{customer.id}/statement.csv?since=2026-07-01&until=2026-07-31", buffered=True
    )

    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[-1] for row in rows[1:]] == ["0.00", "50.50", "50.50"]
    assert "'=HYPERLINK()" in rows[2]


def test_the_statement_is_a_pdf(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books", language="de")
    document(customer, "invoice", "INV-2", "50.50")
    bruno = browser_of(people.bruno)

    answer = bruno.get(f"/customers/{customer.id}/statement.pdf?since=2026-07-01&until=2026-07-31")

    assert answer.data.startswith(b"%PDF")
    assert answer.mimetype == "application/pdf"
    assert bruno.get(f"/customers/{customer.id}/statement.pdf?currency=XXX").status_code == 404


def test_the_statement_is_sent_once_per_press(browser_of: Any, people: Any) -> None:
    customer = make.make_customer("Kestrel Books")
    document(customer, "invoice", "INV-2", "50.50")
    bruno = browser_of(people.bruno)
    pressed = {"to": "carla@kestrel.example", "press": "once", "since": "2026-07-01", "until": "2026-07-31"}

    for _press in range(2):
        bruno.post(f"/customers/{customer.id}/statement/send", data=pressed)
    refused = bruno.post(
        f"/customers/{customer.id}/statement/send", data=pressed | {"to": "", "press": "x"}, follow_redirects=True
    )

    message = db.session.scalars(db.select(MailMessage)).one()
    assert (message.to, message.customer_id) == ("carla@kestrel.example", customer.id)
    assert "US$50.50" in message.text
    assert customer.link_token in message.text
    assert "Enter the e-mail address that this goes to." in refused.text
