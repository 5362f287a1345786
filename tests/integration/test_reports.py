"""The pages of reports: what they show, how they are narrowed, and their files."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from billing.reports import REPORTS
from blueprints.reports.periods import PERIODS, Period
from extensions import db
from tests import factories
from tests.browsing import words_of
from tests.integration.test_report_sums import issued


@pytest.fixture
def olgas(people: Any, browser_of: Any) -> Any:
    return browser_of(people.olga)


def csv_lines(answer: Any) -> list[str]:
    return answer.data.decode("utf-8-sig").splitlines()


@pytest.mark.parametrize(
    ("period", "today", "days"),
    [
        ("this-month", date(2026, 2, 10), (date(2026, 2, 1), date(2026, 2, 28))),
        ("last-month", date(2026, 1, 31), (date(2025, 12, 1), date(2025, 12, 31))),
        ("this-quarter", date(2026, 11, 24), (date(2026, 10, 1), date(2026, 12, 31))),
        ("last-quarter", date(2026, 2, 1), (date(2025, 10, 1), date(2025, 12, 31))),
        ("this-year", date(2026, 11, 24), (date(2026, 1, 1), date(2026, 12, 31))),
        ("last-year", date(2026, 11, 24), (date(2025, 1, 1), date(2025, 12, 31))),
    ],
)
def test_a_period_means_its_first_and_last_day(period: str, today: date, days: tuple[date, date]) -> None:
    found = Period.read({"period": period, "since": "2001-01-01"}, today)

    assert (found.since, found.until) == days


@pytest.mark.parametrize(
    ("args", "days"),
    [
        ({"since": "2026-03-05", "until": "2026-03-09"}, (date(2026, 3, 5), date(2026, 3, 9))),
        ({"since": "2026-03-09", "until": "2026-03-05"}, (date(2026, 3, 5), date(2026, 3, 9))),
        ({"period": "custom", "since": "2025-03-05"}, (date(2025, 3, 5), date(2026, 12, 31))),
        ({"period": "custom", "until": "2025-03-05"}, (date(2025, 3, 5), date(2025, 3, 5))),
        ({"period": "nonsense", "since": "yesterday"}, (date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_days_of_ones_own_are_a_period_too(args: dict[str, str], days: tuple[date, date]) -> None:
    found = Period.read(args, date(2026, 11, 24))

    assert (found.since, found.until) == days
    assert found.key in PERIODS


def test_the_index_offers_every_report(olgas: Any) -> None:
    page = olgas.get("/reports/")

    for key, report in REPORTS.items():
        assert f'href="/reports/{key}"' in page.text
        assert str(report.title) in words_of(page)
    assert 'href="/reports/"' in olgas.get("/customers/").text


@pytest.mark.parametrize("key", list(REPORTS))
def test_every_report_opens_with_and_without_rows_and_as_every_file(olgas: Any, key: str) -> None:
    empty = olgas.get(f"/reports/{key}?period=last-year")
    project = factories.make_project(rate=Decimal(100))
    factories.make_time_entry(project)
    today = date.today()  # noqa: DTZ011
    issued({"project_id": project.id}, date=date(today.year, today.month, 1), currency="EUR")

    full = olgas.get(f"/reports/{key}?by=&customer_id={project.customer_id}")
    files = {kind: olgas.get(f"/reports/{key}.{kind}") for kind in ("csv", "xlsx", "pdf")}

    assert empty.status_code == full.status_code == 200
    assert "Nothing to report" in words_of(empty)
    assert files["csv"].data.startswith(b"\xef\xbb\xbf")
    assert load_workbook(io.BytesIO(files["xlsx"].data)).active.freeze_panes == "A2"
    assert files["pdf"].data.startswith(b"%PDF-")
    assert files["pdf"].headers["Content-Disposition"].startswith(f"attachment; filename={key}-")


def test_a_report_shows_sums_and_leads_to_what_is_behind_them(olgas: Any) -> None:
    customer = factories.make_customer("Aurora Foods")
    issued({"rate": Decimal(1200)}, customer=customer, date=date(2026, 6, 1))

    page = olgas.get("/reports/income-by-customer?since=2026-01-01&until=2026-12-31")

    assert "Aurora Foods" in words_of(page)
    assert "1,200.00" in words_of(page)
    behind = f"/invoices/?customer_id={customer.id}&amp;since=2026-01-01&amp;until=2026-12-31"
    assert behind in page.text
    assert "N-" in words_of(olgas.get(behind.replace("&amp;", "&")))


def test_a_fragment_brings_the_filters_along(olgas: Any) -> None:
    piece = olgas.get("/reports/income-by-month?period=custom", headers={"HX-Request": "true"}).text

    assert piece.lstrip().startswith('<div id="report"')
    assert 'type="date" name="since"' in piece


def test_the_files_hold_what_the_page_was_narrowed_to(olgas: Any) -> None:
    wanted, other = factories.make_customer("Aurora"), factories.make_customer("=Borealis")
    for customer in (wanted, other):
        issued(customer=customer, date=date(2026, 6, 1))
    period = "since=2026-01-01&until=2026-12-31"

    page = olgas.get(f"/reports/income-by-month?{period}&customer_id={wanted.id}")
    narrowed = csv_lines(olgas.get(f"/reports/income-by-month.csv?{period}&customer_id={wanted.id}"))
    both = csv_lines(olgas.get(f"/reports/income-by-customer.csv?{period}"))

    assert f"customer_id={wanted.id}" in page.text.split("income-by-month.csv?")[1].split('"')[0]
    assert narrowed[1:] == ["2026-06,1,100.00,0.00,100.00", "Total,1,100.00,0.00,100.00"]
    assert any(line.startswith("'=Borealis,1,100.00") for line in both)


def test_a_name_typed_in_full_is_as_good_as_one_picked_and_an_unknown_one_fits_nothing(olgas: Any) -> None:
    issued(customer=factories.make_customer("Aurora"), date=date(2026, 6, 1))
    period = "since=2026-01-01&until=2026-12-31"

    typed = olgas.get(f"/reports/income-by-month?{period}&customer_id_text=aurora")
    unknown = olgas.get(f"/reports/income-by-month?{period}&customer_id_text=nobody")

    assert "100.00" in words_of(typed)
    assert "100.00" not in words_of(unknown)


def test_an_overdue_customer_is_opened_to_their_invoices(olgas: Any) -> None:
    customer = factories.make_customer("Aurora")
    owing = issued(customer=customer)

    page = olgas.get("/reports/ageing")
    each = olgas.get(f"/reports/ageing?customer_id={customer.id}")

    assert f'href="/reports/ageing?customer_id={customer.id}"' in page.text
    assert f'href="/invoices/{owing.id}"' in each.text
    assert owing.number in words_of(each)


def test_a_long_report_says_that_the_rest_is_in_the_file(olgas: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blueprints.reports.writing.SHOWN", 2)
    for name in ("A", "B", "C"):
        issued(customer=factories.make_customer(name), date=date(2026, 6, 1))

    page = words_of(olgas.get("/reports/income-by-customer?since=2026-01-01&until=2026-12-31"))

    assert "1 more rows are in the export" in page
    assert "300.00" in page


def test_what_does_not_exist_is_not_found_and_timesheet_staff_stay_out(
    olgas: Any, people: Any, browser_of: Any
) -> None:
    assert olgas.get("/reports/nothing").status_code == 404
    assert olgas.get("/reports/nothing.csv").status_code == 404
    assert browser_of(people.tim).get("/reports/").status_code == 403
    assert browser_of(people.bruno).get("/reports/").status_code == 200


def test_an_organisation_that_writes_from_right_to_left_gets_its_pdf(olgas: Any, organisation: Any) -> None:
    organisation.locale = "ar_SA"
    issued(customer=factories.make_customer("شركة الأفق"), date=date(2026, 6, 1))
    db.session.commit()

    answer = olgas.get("/reports/income-by-customer.pdf?since=2026-01-01&until=2026-12-31")

    assert answer.data.startswith(b"%PDF-")
