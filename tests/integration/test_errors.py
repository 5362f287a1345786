"""Error Details: causes before what follows them, kinds apart, filters, the record's page, the catalogue, the table."""

from __future__ import annotations

import csv
import io
import re

import pytest

from extensions import db
from models import Link
from sync.reasons import REASONS
from sync.remedies import REMEDIES, remedies_of
from tests.factories import make_integration, make_link
from tests.integration.connecting import PAGE, text_of

#: rows of §12 that are about CRM come with it
REQUIRED = {
    "PRJ-NO-PRIMARY", "PRJ-CURRENCY", "TSK-PARENT", "BUG-PARENT", "TS-PARENT", "TS-NOT-BILLABLE", "TS-NOT-APPROVED",
    "TS-NO-PRIMARY", "TS-MAX-HOURS", "TS-GENERAL-OFF", "AUTH-CHANGED", "AUTH-PERMISSION", "MAP-TYPE", "MAP-LIMIT",
    "PRIM-LOCKED", "CUR-LOCKED", "PORTAL-MISMATCH", "SYNC-LONG", "RATE-LIMIT", "REMOTE-DOWN",
}  # fmt: skip


@pytest.fixture
def browser(browser_of, olga):
    return browser_of(olga)


@pytest.fixture
def integration(people, db_session):
    """A project that failed with a task and two entries behind it, and three entries that rules keep out."""
    made = make_integration()
    make_link(
        made, "projects", outcome="failed", reason="PRJ-NO-PRIMARY", remote_id="771", is_waiting=True,
        detail={"name": "Aurora rebrand"}, kept={"fields": {"name": "Aurora rebrand"}},
    )  # fmt: skip
    make_link(
        made, "tasks", outcome="failed", reason="TSK-PARENT", remote_id="772", is_waiting=True,
        detail={"name": "Logo", "parent": "771", "parent_module": "projects"},
        kept={"fields": {"name": "Logo", "project": "771"}},
    )  # fmt: skip
    for number in range(2):
        entry(made, "TS-NO-PRIMARY", 901 + number, parent="771", parent_module="projects")
    for number in range(3):
        entry(made, "TS-NOT-BILLABLE", 951 + number)
    db_session.commit()
    return made


def entry(integration, code, remote_id, *, seconds=5400, title="Drew", **detail):
    return make_link(
        integration, "time_entries", outcome=REASONS[code].kind, reason=code, remote_id=str(remote_id),
        detail={"name": "Tim", "date": "2026-07-01", "hours": "1:30", "title": title, **detail},
        kept={"fields": {"project": "771", "seconds": seconds, "date": {"$d": "2026-07-01"}, "title": title}},
    )  # fmt: skip


@pytest.mark.req("E-01", "E-02", "M-04")
def test_a_cause_stands_before_what_follows_it_and_says_what_it_releases(browser, integration):
    page = text_of(browser.get(f"{PAGE}/errors"))

    cause = page.index("Project has no primary customer")
    assert cause < page.index("Waiting for it: Tasks 1, Time entries 2.") < page.index("Follow by themselves")
    assert "Fixing this releases 2 entries, 3:00 h, about US$300.00." in page


@pytest.mark.req("E-04", "R-13")
def test_failed_and_excluded_are_shown_apart_and_can_be_asked_for_apart(browser, integration):
    failed = text_of(browser.get(f"{PAGE}/errors?kind=failed"))
    excluded = text_of(browser.get(f"{PAGE}/errors?kind=excluded"))

    assert "Aurora rebrand" in failed
    assert "are not billable" not in failed
    assert "are not billable" in excluded
    assert "Aurora rebrand” has" not in excluded


@pytest.mark.req("E-01")
def test_one_module_is_shown_alone(browser, integration):
    page = text_of(browser.get(f"{PAGE}/errors?module=tasks"))

    assert "Logo" in page
    assert "Aurora rebrand” has" not in page
    assert "are not billable" not in page


@pytest.mark.req("E-01")
def test_a_records_page_names_why_what_to_do_and_who_waits(browser, integration, db_session):
    link = db_session.scalar(db.select(Link).where(Link.remote_id == "771"))

    page = browser.get(f"{PAGE}/records/{link.id}")

    words = text_of(page)
    assert "“Aurora rebrand” has no primary customer" in words
    assert "Set a primary customer for the project in Zoho Projects" in words
    assert "Tried again in every sync" in words
    assert words.count("Drew") == 2
    assert 'href="/help/errors#PRJ-NO-PRIMARY"' in page.text


@pytest.mark.req("E-01")
def test_a_cause_is_led_to_and_one_that_nobody_saw_is_searched_for(browser, integration, db_session):
    link = db_session.scalar(db.select(Link).where(Link.remote_id == "771"))

    known = browser.get(f"{PAGE}/cause/projects/771").location
    unknown = browser.get(f"{PAGE}/cause/projects/12345").location

    assert known == f"{PAGE}/records/{link.id}"
    assert unknown == "/settings/integrations/why?q=12345"


def test_a_record_of_another_integration_or_none_has_no_page(browser, integration):
    other = make_link(make_integration(state="deleted"), "projects", reason="PRJ-NO-PRIMARY", outcome="failed")
    db.session.commit()

    assert browser.get(f"{PAGE}/records/{other.id}").status_code == 404
    assert browser.get(f"{PAGE}/records/999999").status_code == 404
    assert browser.get(f"{PAGE}/errors/projects/NO-SUCH").status_code == 404
    assert browser.get(f"{PAGE}/errors/projects/SYNC-LONG").status_code == 404


def table_of(answer):
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


@pytest.mark.req("E-01")
def test_the_table_holds_every_kept_out_record_with_its_reason(browser, integration):
    answer = browser.get(f"{PAGE}/errors.csv")

    rows = table_of(answer)
    assert answer.mimetype == "text/csv"
    assert len(rows) == 7
    assert {row["Reason"] for row in rows} == {"PRJ-NO-PRIMARY", "TSK-PARENT", "TS-NO-PRIMARY", "TS-NOT-BILLABLE"}
    assert {row["Hours"] for row in rows if row["Module"] == "Time entries"} == {"1.50"}


@pytest.mark.req("E-01")
def test_the_table_can_be_of_one_reason(browser, integration):
    rows = table_of(browser.get(f"{PAGE}/errors.csv?module=time_entries&code=TS-NOT-BILLABLE"))

    assert [row["Remote id"] for row in rows] == ["951", "952", "953"]


@pytest.mark.req("E-01")
def test_the_table_is_written_whole_over_several_pages(browser, integration, monkeypatch):
    monkeypatch.setattr("blueprints.integrations.kept_out.PAGE", 2)

    assert len(table_of(browser.get(f"{PAGE}/errors.csv"))) == 7


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"])
def test_no_cell_of_the_table_is_run_by_a_spreadsheet(browser, integration, name):
    entry(integration, "TS-NOT-APPROVED", 990, title=name)
    db.session.commit()

    [row] = table_of(browser.get(f"{PAGE}/errors.csv?code=TS-NOT-APPROVED"))

    assert row["Record"].startswith("'")


# ── The catalogue ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("E-01", *sorted(REQUIRED))
def test_the_catalogue_has_every_row_and_each_says_why_what_to_do_and_has_a_button():
    assert set(REASONS) >= REQUIRED
    silent = {code for code, reason in REASONS.items() if not (str(reason.why) and str(reason.remedy))}
    without = {code for code in REASONS if not remedies_of(code)}
    assert silent == set()
    assert without <= {"RATE-LIMIT", "REMOTE-DOWN"}, "there is nothing to press while one can only wait"
    assert {reason.kind for reason in REASONS.values()} == {"failed", "excluded"}


def test_what_can_keep_a_record_out_says_what_would_let_it_in():
    assert [code for code, reason in REASONS.items() if reason.is_of_records and not str(reason.would)] == []


def test_every_remedy_belongs_to_reasons_that_exist():
    assert [key for key, remedy in REMEDIES.items() if not remedy.codes <= set(REASONS)] == []


@pytest.mark.req("E-01", "P-05")
@pytest.mark.parametrize("person", ["olga", "bruno", "tim"])
def test_help_prints_the_whole_catalogue_to_everybody_who_signed_in(browser_of, people, person):
    page = browser_of(getattr(people, person)).get("/help/errors")

    assert page.status_code == 200
    for code, reason in REASONS.items():
        row = re.search(rf'<tr id="{code}">.*?</tr>', page.text, re.S)
        assert row, code
        assert str(reason.title) in text_of(page)
    assert "{" not in text_of(page).split("What the errors mean")[-1]


def test_help_is_not_for_strangers(client, people):
    assert client.get("/help/errors").status_code == 303
