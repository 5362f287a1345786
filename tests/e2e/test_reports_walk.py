"""A bookkeeper's walk: from the list of reports to a figure, what is behind it, and the files."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from extensions import db
from models import Organisation, User
from standin import World
from tests import factories
from tests.integration.test_report_sums import _expense, issued


@pytest.fixture
def world() -> World:
    """The walk needs no remote."""
    return World.empty()


@pytest.fixture
def year(people: Any) -> User:
    """Two customers, invoices of three months (one in euros, one credited), open and overdue, hours and an expense."""
    today = db.session.get_one(Organisation, 1).today()
    first = today.replace(month=1, day=1)
    vat = factories.make_tax("VAT", "20")
    for name, currency, rate in (("Aurora Foods", "USD", 1200), ("Nordlicht", "EUR", 800)):
        customer = factories.make_customer(name, currency=currency)
        project = factories.make_project(customer, f"{name}: relaunch", rate=Decimal(90))
        for month in range(3):
            issued(
                {"rate": Decimal(rate + 100 * month), "project_id": project.id, "tax_id": vat.id,
                 "tax_percent": vat.percent},
                customer=customer, currency=currency,
                date=first + timedelta(days=min(28 * month, (today - first).days)),
                due_date=today - timedelta(days=40 * month),
            )  # fmt: skip
        for place in range(4):
            factories.make_time_entry(project, user_id=people.bruno.id, date=today - timedelta(days=20 * place))
        _expense(75, project_id=project.id, date=first)
    issued({"rate": Decimal(150)}, type="credit_note", customer=customer, currency="EUR", date=first)
    db.session.commit()
    olga: User = people.olga
    return olga


@pytest.mark.req("T-11", "R-14")
def test_from_a_figure_to_what_is_behind_it_and_to_the_files(page_of: Any, year: User) -> None:
    page: Page = page_of(year)
    page.goto("/reports/")
    page.get_by_role("link", name="Income by customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Income by customer")
    expect(page.locator("main tfoot")).to_contain_text("6,662.50")

    page.get_by_role("combobox", name="Currency").select_option("EUR")
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tfoot")).to_contain_text("2,762.50")
    page.get_by_role("button", name="Export").or_(page.get_by_text("Export", exact=True)).first.click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    written = Path(downloading.value.path()).read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written)))
    assert [row[0] for row in rows] == ["Customer", "Nordlicht", "Total"]
    assert rows[-1][2] == "2762.50"

    page.goto("/reports/ageing")
    page.get_by_role("link", name="Nordlicht", exact=True).last.click()
    expect(page.locator("main tbody tr")).to_have_count(3)
    page.locator("main tbody tr a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("N-")


def test_own_days_and_the_paper_of_a_report(page_of: Any, year: User) -> None:
    page: Page = page_of(year)
    page.goto("/reports/tax-summary")
    expect(page.locator("main tbody")).to_contain_text("VAT")

    page.get_by_role("combobox", name="Period").select_option("custom")
    expect(page.get_by_label("From")).to_be_visible()
    page.get_by_role("combobox", name="Tax counts").select_option("paid")
    expect(page.locator("main")).to_contain_text("Nothing to report")

    page.goto("/reports/profitability")
    page.get_by_text("Export", exact=True).first.click()
    with page.expect_download() as paper:
        page.get_by_role("link", name="PDF").click()
    assert Path(paper.value.path()).read_bytes().startswith(b"%PDF-")
    page.goto("/invoices/")
    page.get_by_text("Export", exact=True).first.click()
    with page.expect_download() as book:
        page.get_by_role("link", name="Export as XLSX").click()
    sheet = load_workbook(io.BytesIO(Path(book.value.path()).read_bytes())).active
    assert sheet.max_row == 7
