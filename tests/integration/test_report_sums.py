"""What the reports add up: the same sums whichever way they are grouped, credit notes taken off."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.money import round_money
from billing.reports import REPORTS, Filters, Result
from billing.reports.income_by_month import last_months
from billing.transactions.sums import store_sums
from billing.transactions.tax_sums import keep_taxes
from extensions import db
from models import DatedRate, ExchangeRate, Expense, ExpenseCategory, Payment, Settlement, Transaction
from tests import factories
from tests.bench.pages import noted

pytestmark = pytest.mark.both_databases
TODAY = date(2026, 11, 24)
YEAR = Filters(date(2026, 1, 1), date(2026, 12, 31), TODAY)
RATES = {"USD": Decimal(1), "EUR": Decimal("1.08333333"), "JPY": Decimal("0.00671234"), "KWD": Decimal("3.25")}


def issued(*lines: dict[str, Any], is_kept: bool = True, **values: Any) -> Transaction:
    """An issued transaction whose columns say what its lines come to."""
    currency = values.get("currency", "USD")
    plain = {
        "date": date(2026, 6, 1),
        "currency": currency,
        "exchange_rate": RATES[currency],
        "customer": factories.make_customer(),
    }
    made = factories.make_transaction(**(plain | values))
    for position, line in enumerate(lines or ({},), start=1):
        factories.make_line(made, position=position, **line)
    db.session.refresh(made)
    store_sums(made)
    made.status, made.number = "issued", f"N-{made.id}"
    if is_kept:
        keep_taxes(made)
    db.session.flush()
    return made


def run(key: str, **narrowed: Any) -> Result:
    filters = Filters(**({"since": YEAR.since, "until": YEAR.until, "today": TODAY} | narrowed))
    return REPORTS[key].build(filters)


def lines_of(result: Result) -> dict[Any, dict[str, Any]]:
    """First cell → the row's cells by column."""
    keys = [column.key for column in result.columns]
    return {row.cells[0]: dict(zip(keys, row.cells, strict=True)) for row in result.rows}


def base_net(made: Transaction) -> Decimal:
    return round_money((made.total - made.tax_total) * made.exchange_rate, "USD")


_LINES = st.fixed_dictionaries({
    "rate": st.decimals(Decimal("5.01"), Decimal(900), places=2), 
    "quantity": st.sampled_from([Decimal(1), Decimal("2.5")]),
    "tax": st.integers(0, 2), "project": st.integers(0, 2), "item": st.booleans(),
    "discount_percent": st.sampled_from([Decimal(0), Decimal("12.5")]),
})  # fmt: skip
_TRANSACTIONS = st.fixed_dictionaries({
    "type": st.sampled_from(["invoice", "invoice", "credit_note", "retainer", "quote"]),
    "currency": st.sampled_from(sorted(RATES)), "tax_mode": st.sampled_from(["exclusive", "inclusive"]),
    "discount_value": st.sampled_from([Decimal(0), Decimal(10)]), "shipping": st.sampled_from([Decimal(0), Decimal(7)]),
    "adjustment": st.sampled_from([Decimal(0), Decimal("-1")]), "customer": st.integers(0, 2),
    "month": st.integers(1, 12), "state": st.sampled_from(["issued", "issued", "void", "draft"]), 
    "is_kept": st.booleans(), "lines": st.lists(_LINES, min_size=1, max_size=4),
})  # fmt: skip


@pytest.mark.req("R-14", "T-11")
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans=st.lists(_TRANSACTIONS, max_size=7))
def test_every_grouping_of_any_set_of_transactions_adds_up_to_what_is_stored(
    db_session: Any, organisation: Any, plans: list[dict[str, Any]]
) -> None:
    db.session.rollback()
    customers = [factories.make_customer() for _ in range(3)]
    projects = [None, *(factories.make_project(customers[0]).id for _ in range(2))]
    taxes = [None, factories.make_tax(), factories.make_tax("Reduced", "5", category="S")]
    made = [_laid(plan, customers, projects, taxes) for plan in plans]
    counted = [it for it in made if it.status == "issued" and it.type in {"invoice", "credit_note"}]
    signed = {it.id: -1 if it.type == "credit_note" else 1 for it in counted}

    income = sum((signed[it.id] * base_net(it) for it in counted), Decimal(0))
    tax = sum((signed[it.id] * round_money(it.tax_total * it.exchange_rate, "USD") for it in counted), Decimal(0))
    owed = [it for it in made if it.status == "issued" and it.type in {"invoice", "retainer"}]
    balances = sum((round_money(it.balance * it.exchange_rate, "USD") for it in owed), Decimal(0))

    for grouping in ("customer", "project", "item", "month"):
        assert (run(f"income-by-{grouping}").totals.get("net") or 0) == income, grouping
    # two rates of one foreign invoice are rounded each by itself
    assert abs((run("tax-summary").totals.get("tax") or 0) - tax) <= Decimal("0.01") * len(counted)
    assert (run("ageing").totals.get("owed") or 0) == balances


def _laid(plan: dict[str, Any], customers: list[Any], projects: list[Any], taxes: list[Any]) -> Transaction:
    lines = [
        {"rate": line["rate"], "quantity": line["quantity"], "project_id": projects[line["project"]],
         "discount_percent": line["discount_percent"],
         **({"tax_id": taxes[line["tax"]].id, "tax_percent": taxes[line["tax"]].percent} if line["tax"] else {})}
        for line in plan["lines"]
    ]  # fmt: skip
    head = {key: plan[key] for key in ("type", "currency", "tax_mode", "discount_value", "shipping", "adjustment")}
    made = issued(
        *lines, customer=customers[plan["customer"]], date=date(2026, plan["month"], 5), is_kept=plan["is_kept"], **head
    )
    made.status = plan["state"]
    db.session.flush()
    return made


@pytest.mark.req("R-14")
def test_the_tax_summary_of_base_currency_is_exactly_what_is_stored(db_session: Any, organisation: Any) -> None:
    tax, reduced = factories.make_tax(), factories.make_tax("Reduced", "5")
    both = [{"tax_id": tax.id, "tax_percent": tax.percent, "rate": Decimal("33.33")},
            {"tax_id": reduced.id, "tax_percent": reduced.percent, "rate": Decimal("10.10")}]  # fmt: skip
    first, second = issued(*both), issued(*both, is_kept=False)
    back = issued(both[0], type="credit_note")

    found = lines_of(run("tax-summary"))

    assert found["Sales tax"]["net"] == Decimal("33.33")
    assert found["Reduced"]["net"] == Decimal("20.20")
    together = first.tax_total + second.tax_total - back.tax_total
    assert sum(row["tax"] for row in found.values()) == together == run("tax-summary").totals["tax"]


def test_a_tax_is_told_by_its_category_and_what_has_no_lines_is_not_lost(db_session: Any, organisation: Any) -> None:
    reverse = factories.make_tax("Reverse charge", "0", category="AE")
    issued({"tax_id": reverse.id, "tax_percent": Decimal(0)})
    factories.make_transaction(status="issued", number="OLD-1", total=Decimal(119), tax_total=Decimal(19))

    found = lines_of(run("tax-summary"))

    assert found["Reverse charge"]["category"] == "Reverse charge"
    assert (found["Not told by rate"]["net"], found["Not told by rate"]["tax"]) == (100, 19)


def test_on_the_paid_basis_tax_counts_as_far_as_it_was_paid(db_session: Any, organisation: Any) -> None:
    tax = factories.make_tax("VAT", "20")
    taxed = {"tax_id": tax.id, "tax_percent": tax.percent}
    bill = issued(taxed)  # 120 in all
    credit = issued(taxed, type="credit_note")
    for day, amount in ((date(2026, 6, 10), 30), (date(2027, 1, 2), 60)):
        db.session.add(Settlement(transaction_id=bill.id, payment=_payment(bill, amount), date=day, amount=amount))
    db.session.add(Settlement(transaction_id=bill.id, credit_id=credit.id, date=date(2026, 7, 1), amount=30))
    refund = _payment(credit, 60, kind="refund", from_transaction_id=credit.id)
    db.session.flush()

    found = lines_of(run("tax-summary", choice="paid"))["VAT"]
    refund.reversed_at = factories.utcnow()
    db.session.flush()
    without_refund = lines_of(run("tax-summary", choice="paid"))["VAT"]

    assert (without_refund["net"], without_refund["tax"]) == (25, 5)
    assert (found["net"], found["tax"]) == (-25, -5)


def _payment(of: Transaction, amount: int, **values: Any) -> Payment:
    plain = {"customer_id": of.customer_id, "date": date(2026, 6, 10), "currency": of.currency, "amount": amount}
    made = Payment(**(plain | values))
    db.session.add(made)
    db.session.flush()
    return made


@pytest.mark.req("R-14")
def test_foreign_income_stands_in_base_currency_and_in_its_own(db_session: Any, organisation: Any) -> None:
    customer = factories.make_customer("Nordlicht", currency="EUR")
    issued({"rate": Decimal("99.99")}, customer=customer, currency="EUR")
    issued({"rate": Decimal(40)}, customer=customer)

    row = lines_of(run("income-by-customer"))["Nordlicht"]
    euros = lines_of(run("income-by-customer", currency="EUR"))["Nordlicht"]

    assert (row["net"], row["in_EUR"], row["count"]) == (Decimal("148.32"), Decimal("99.99"), 2)
    assert euros["net"] == Decimal("108.32")


def test_a_discount_on_the_whole_is_shared_over_projects(db_session: Any, organisation: Any) -> None:
    one, other = factories.make_project(name="Site"), factories.make_project(name="Shop")
    issued({"rate": Decimal(30), "project_id": one.id}, {"rate": Decimal(70), "project_id": other.id},
           discount_value=Decimal(10))  # fmt: skip

    found = lines_of(run("income-by-project"))

    assert {name: row["net"] for name, row in found.items()} == {"Site": 27, "Shop": 63}
    assert list(lines_of(run("income-by-project", project_id=one.id))) == ["Site"]


def test_months_without_income_between_two_with_some_are_there(db_session: Any, organisation: Any) -> None:
    issued(date=date(2026, 2, 3))
    issued(date=date(2026, 4, 3))

    result = run("income-by-month")

    assert [(row.cells[0], row.cells[2]) for row in result.rows] == [("2026-02", 100), ("2026-03", 0), ("2026-04", 100)]


@pytest.mark.parametrize(
    ("days", "bucket"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (4000, 4)]
)
def test_what_is_owed_ages_by_days_past_due(db_session: Any, organisation: Any, days: int, bucket: int) -> None:
    owing = issued(customer=factories.make_customer("Aurora"), due_date=TODAY - timedelta(days=days))

    row = lines_of(run("ageing"))["Aurora"]
    each = lines_of(run("ageing", customer_id=owing.customer_id))[owing.number]

    assert [row[f"bucket_{place}"] for place in range(5)] == [100 if place == bucket else None for place in range(5)]
    assert (each[f"bucket_{bucket}"], each["days"]) == (100, max(days, 0))


def test_what_is_paid_void_or_a_quote_is_not_owed(db_session: Any, organisation: Any) -> None:
    issued(type="quote"), issued(type="credit_note")
    for status in ("paid", "void", "draft"):
        issued().status = status
    db.session.flush()

    assert run("ageing").rows == []


def test_unbilled_work_is_told_by_project_and_age(db_session: Any, organisation: Any) -> None:
    project = factories.make_project(name="Voyage", rate=Decimal(100))
    for days in (1, 45, 75, 200):
        factories.make_time_entry(project, date=TODAY - timedelta(days=days))
    factories.make_time_entry(project, billing_state="invoiced")

    row = lines_of(run("unbilled"))["Voyage"]

    assert [row[f"age_{place}"] for place in range(4)] == [3600] * 4
    assert (row["time"], row["amount"], row["entries"]) == (4 * 3600, 400, 4)
    assert run("unbilled", customer_id=factories.make_customer().id).rows == []


def test_time_by_person_tells_logged_billable_and_billed(db_session: Any, organisation: Any, bruno: Any) -> None:
    project = factories.make_project()
    for values in ({}, {"is_billable": False}, {"billing_state": "invoiced"}, {"billing_state": "written_off"}):
        factories.make_time_entry(project, user_id=bruno.id, **values)
    factories.make_time_entry(project, user_id=bruno.id, date=date(2025, 12, 31))
    factories.make_time_entry(project)

    found = lines_of(run("time-by-person"))

    row = found[bruno.name]
    assert (row["logged"], row["billable"], row["billed"], row["open"]) == (14400, 7200, 3600, 3600)
    assert found["Nobody"]["logged"] == 3600
    assert run("time-by-person").totals["logged"] == 18000


def test_profitability_is_sold_less_cost_of_work_and_expenses(db_session: Any, organisation: Any, bruno: Any) -> None:
    project = factories.make_project(name="Voyage")
    issued({"rate": Decimal(1000), "project_id": project.id})
    for _ in range(3):
        factories.make_time_entry(project, user_id=bruno.id)
    db.session.add(DatedRate(kind="cost", user_id=bruno.id, from_date=date(2026, 1, 1), amount=Decimal(50)))
    _expense(100, project_id=project.id)

    row = lines_of(run("profitability"))["Voyage"]

    assert (row["worked"], row["sold"], row["cost"], row["expenses"]) == (10800, 1000, 150, 100)
    assert (row["margin"], row["share"]) == (750, 75)


def test_work_whose_cost_nobody_entered_is_said_so(db_session: Any, organisation: Any, bruno: Any) -> None:
    project = factories.make_project(name="Voyage")
    factories.make_time_entry(project, user_id=bruno.id)

    result = run("profitability")

    assert lines_of(result)["Voyage"]["cost"] is None
    assert any("1:00:00" in note for note in result.notes)


def _expense(net: int, currency: str = "USD", **values: Any) -> Expense:
    category = db.session.scalar(db.select(ExpenseCategory)) or ExpenseCategory(name="Travel", name_key="travel")
    plain = {"date": date(2026, 6, 3), "currency": currency, "amount": net, "net": net, "total": net}
    made = Expense(category=category, **(plain | values))
    db.session.add(made)
    db.session.flush()
    return made


def test_expenses_are_turned_into_base_currency_at_their_days_rate(db_session: Any, organisation: Any) -> None:
    db.session.add(ExchangeRate(currency="EUR", date=date(2026, 6, 1), rate=Decimal("1.1")))
    db.session.add(ExchangeRate(currency="EUR", date=date(2026, 6, 4), rate=Decimal(9)))
    _expense(10), _expense(100, "EUR"), _expense(7, "CHF")

    result = run("expenses")
    row = lines_of(result)["Travel"]

    assert (row["net"], row["in_EUR"], row["in_CHF"], row["count"]) == (120, 100, 7, 3)
    assert any("CHF" in note for note in result.notes)
    assert list(lines_of(run("expenses", choice="state"))) == ["Not billable"]


def test_payments_are_added_up_and_refunds_taken_off(db_session: Any, organisation: Any) -> None:
    bill = issued(customer=factories.make_customer("Aurora"))
    _payment(bill, 80), _payment(bill, 30, kind="refund"), _payment(bill, 5, reversed_at=factories.utcnow())
    _payment(bill, 100, currency="EUR", exchange_rate=Decimal("1.1"), date=date(2026, 7, 1))

    by_month, by_customer = run("payments"), run("payments", choice="customer")

    assert [(row.cells[0], row.cells[2]) for row in by_month.rows] == [("2026-06", 50), ("2026-07", 110)]
    assert lines_of(by_customer)["Aurora"]["received"] == 160
    assert lines_of(by_customer)["Aurora"]["in_EUR"] == 100


@pytest.mark.parametrize("key", list(REPORTS))
def test_a_report_of_nothing_is_empty(db_session: Any, organisation: Any, key: str) -> None:
    for choice in REPORTS[key].choices or ("",):
        result = run(key, choice=choice)
        assert list(result.rows) == []


@pytest.mark.parametrize("key", list(REPORTS))
def test_a_report_costs_the_same_few_statements_whatever_is_there(
    db_session: Any, organisation: Any, bruno: Any, key: str
) -> None:
    def more(number: int) -> None:
        for _ in range(number):
            project = factories.make_project()
            factories.make_time_entry(project, user_id=bruno.id)
            issued({"project_id": project.id}, currency="EUR")
            _expense(10, project_id=project.id)
        db.session.commit()

    more(2)
    run(key)
    with noted() as few:
        run(key)
    more(6)
    run(key)
    with noted() as many:
        run(key)

    assert len(few) == len(many) <= 7, many


@pytest.mark.req("M-06", "T-11")
def test_a_month_on_the_first_page_is_the_month_of_the_report_to_the_cent(organisation):
    for _number in range(3):  # each is rounded by itself: 3 × 1.08333333 is not 3.25 in cents
        issued({"rate": Decimal("1.00")}, currency="EUR", discount_value=Decimal("0.01"), shipping=Decimal("0.50"))
    issued({"rate": Decimal("100.00")})
    issued({"rate": Decimal("30.00")}, type="credit_note")
    issued({"rate": Decimal("500.00")}, type="retainer")
    issued({"rate": Decimal("700.00")}, is_opening=True)
    issued({"rate": Decimal("9.00")}, date=date(2026, 6, 30))

    shown = {(month.year, month.month): month.net for month in last_months(date(2026, 6, 15))}

    assert shown[2026, 6] == lines_of(run("income-by-month"))["2026-06"]["net"]
    assert Decimal(79) < shown[2026, 6] < Decimal(85)
    assert len(shown) == 12
    assert not any(net for key, net in shown.items() if key != (2026, 6))
