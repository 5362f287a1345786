"""Every list as a file: the list's own rows under its filters, one row each, nothing in it runs."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from extensions import db
from models import Subscription
from models.audit import Actor, record
from tests import factories
from tests.integration.test_report_sums import _expense, _payment, issued

pytestmark = pytest.mark.both_databases
LISTS = ("/customers/", "/items/", "/projects/", "/time/", "/expenses/", "/quotes/", "/sales-orders/", "/invoices/",
         "/retainer-invoices/", "/credit-notes/", "/payments/", "/subscriptions/", "/settings/audit/")  # fmt: skip


@pytest.fixture
def olgas(people: Any, browser_of: Any) -> Any:
    return browser_of(people.olga)


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_there_as_both_files_even_when_it_is_empty(olgas: Any, path: str) -> None:
    comma = olgas.get(f"{path}export.csv")
    book = olgas.get(f"{path}export.xlsx")

    assert comma.data.startswith(b"\xef\xbb\xbf")
    assert comma.mimetype == "text/csv"
    heads = [cell.value for cell in load_workbook(io.BytesIO(book.data)).active[1]]
    assert ",".join(heads) == next(iter(comma.data.decode("utf-8-sig").splitlines()))
    assert olgas.get(f"{path}export.pdf").status_code == 404


@pytest.mark.req("T-11")
def test_the_exported_time_is_what_the_list_shows_under_its_filter(olgas: Any, bruno: Any) -> None:
    project = factories.make_project(name="Voyage")
    factories.make_time_entry(project, user_id=bruno.id, notes="=1+1", seconds=5400)
    factories.make_time_entry(project, billing_state="invoiced")
    factories.make_time_entry()

    page = olgas.get(f"/time/?project_id={project.id}&state=unbilled").text
    address = re.search(r'href="(/time/export\.csv\?[^"]*)"', page)
    assert address is not None
    found = rows(olgas.get(address[1].replace("&amp;", "&")))

    assert len(found) == 1
    only = found[0]
    assert (only["Project"], only["Person"], only["Time"], only["Notes"], only["State"]) == (
        "Voyage", bruno.name, "1:30:00", "'=1+1", "Unbilled",
    )  # fmt: skip


@pytest.mark.req("T-11", "R-14")
def test_the_exported_invoices_hold_exact_amounts_and_their_base_currency(olgas: Any) -> None:
    customer = factories.make_customer("Nordlicht", currency="EUR")
    one = issued({"rate": Decimal("99.99")}, customer=customer, currency="EUR")
    issued(date=date(2026, 8, 1))

    page = olgas.get("/invoices/?until=2026-07-01").text
    address = re.search(r'href="(/invoices/export\.csv\?[^"]*)"', page)
    assert address is not None
    found = rows(olgas.get(address[1].replace("&amp;", "&")))

    assert [row["Number"] for row in found] == [one.number]
    assert (found[0]["Total"], found[0]["Currency"], found[0]["Open"]) == ("99.99", "EUR", "99.99")
    assert found[0]["Total in base currency (USD)"] == "108.32"
    assert found[0]["State"] == "Overdue"
    assert (found[0]["Exchange rate"], found[0]["Date"]) == ("1.08333333", "2026-06-01")


def test_the_exported_projects_and_expenses_follow_their_filters(olgas: Any) -> None:
    project = factories.make_project(name="Voyage", rate=Decimal(95))
    factories.make_project(name="Closed", is_active=False)
    factories.make_time_entry(project)
    _expense(10, project_id=project.id), _expense(20)
    db.session.commit()

    projects = rows(olgas.get("/projects/export.csv?state=active"))
    expenses = rows(olgas.get(f"/expenses/export.csv?project_id={project.id}"))

    assert [(row["Name"], row["Unbilled time"], row["Rate"]) for row in projects] == [("Voyage", "1:00:00", "95.00")]
    assert [(row["Project"], row["Total"]) for row in expenses] == [("Voyage", "10.00")]


def test_the_exported_subscriptions_and_the_audit_log(olgas: Any, people: Any) -> None:
    plain = {"currency": "EUR", "start_date": date(2026, 1, 1), "template": {"comes_to": "120.5"}}
    for name, status in (("Hosting", "active"), ("Old", "ended")):
        db.session.add(Subscription(name=name, status=status, customer_id=factories.make_customer().id, **plain))
    record(Actor("person", "Olga"), "project.changed", ("project", 7), "A sentence", ({"name": "A"}, {"name": "B"}))
    db.session.commit()

    active = rows(olgas.get("/subscriptions/export.csv?state=active"))
    told = rows(olgas.get("/settings/audit/export.csv"))

    assert [(row["Name"], row["Comes to"]) for row in active] == [("Hosting", "120.50")]
    changed = next(row for row in told if row["What"] == "project.changed")
    assert (changed["Summary"], changed["Before"], changed["After"]) == ("A sentence", '{"name":"A"}', '{"name":"B"}')


@pytest.mark.req("R-14")
def test_exported_payments_tell_refunds_from_what_came_in(olgas: Any) -> None:
    bill = issued(customer=factories.make_customer("Aurora"))
    _payment(bill, 80)
    _payment(bill, 30, kind="refund")
    db.session.commit()

    found = rows(olgas.get(f"/payments/export.csv?customer_id={bill.customer_id}"))

    assert sorted((row["Kind"], row["Amount"], row["In base currency (USD)"]) for row in found) == [
        ("Payment", "80.00", "80.00"), ("Refund", "-30.00", "-30.00"),
    ]  # fmt: skip


def test_a_long_list_is_sent_while_it_is_read(olgas: Any) -> None:
    project = factories.make_project()
    for _ in range(1200):
        db.session.add(factories.TimeEntry(project_id=project.id, date=date(2026, 6, 1), seconds=60))
    db.session.commit()

    answer = olgas.get("/time/export.csv", buffered=False)
    pieces = list(answer.response)

    assert len(pieces) > 3
    assert b"".join(pieces).count(b"\r\n") == 1201


def test_who_may_not_see_a_list_gets_no_file_of_it(people: Any, browser_of: Any) -> None:
    for path in LISTS:
        assert browser_of(people.tim).get(f"{path}export.csv").status_code == 403
