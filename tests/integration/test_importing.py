"""Coming from another tool: what comes along, what stays behind, and hours that are never billed a second time."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.proof import proof
from billing.transactions import TimeChoice, start_from_time
from extensions import db
from models import ImportBatch, ImportedTransaction, Project
from sync import importing
from sync.invariants import broken_invariants
from tests.integration.connecting import PAGE, text_of
from tests.syncing import TEST, Portal

HEAD = "Invoice Number,Invoice Date,Customer Name,Project Name,Currency Code,Total,Balance,Invoice Status\n"


@pytest.fixture
def website(portal: Portal) -> dict[str, str]:
    """A synced project with two unbilled hours."""
    project = portal.project("Website", portal.client("Zylker Inc"))
    ids = {"project": project, "log": portal.log(project), "other": portal.log(project, date="2026-07-01")}
    portal.sync()
    return ids


def batch(portal: Portal, transactions: str = "", entries: str = "", **values: Any) -> ImportBatch:
    """Files that were handed in."""
    made = ImportBatch(
        origin="Zoho Books",
        transactions=importing.read((HEAD + transactions).encode(), importing.TRANSACTIONS) if transactions else [],
        entries=importing.read(("Log ID,Invoice Number\n" + entries).encode(), importing.ENTRIES) if entries else [],
        **values,
    )
    importing.begin(portal.integration, made, TEST)
    db.session.commit()
    return made


def take_in(portal: Portal, files: ImportBatch) -> importing.Plan:
    """Apply what was handed in."""
    found = importing.apply(portal.integration, files, TEST)
    db.session.commit()
    return found


@pytest.mark.both_databases
@pytest.mark.req("L-03")
def test_only_transactions_whose_customer_is_here_come_along(portal: Portal, website: dict[str, str]) -> None:
    portal.project("Orphan")
    portal.sync()
    files = batch(
        portal,
        "INV-1,2018-03-01,Zylker Inc,Website,USD,100.00,0,Paid\n"
        "INV-2,2018-03-02,,Website,USD,50.00,50.00,Sent\n"
        "INV-3,2018-03-03,Nobody Ltd,,USD,10.00,0,Paid\n"
        "INV-4,2018-03-04,,,USD,10.00,0,Paid\n"
        "INV-5,2018-03-05,Zylker Inc,Orphan,USD,10.00,0,Paid\n",
    )

    found = take_in(portal, files)

    assert {row["number"] for row in found.transactions} == {"INV-1", "INV-2"}
    assert {item.name.split(" ")[0]: item.why for item in found.left} == {
        "INV-3": "Its customer is not here. Sync the projects first, or add the customer.",
        "INV-4": "It names no customer.",
        "INV-5": "Its project has no primary customer.",
    }
    row = db.session.scalar(db.select(ImportedTransaction).where(ImportedTransaction.number == "INV-2"))
    assert (row.customer.name, row.project.name, row.total, row.balance) == (
        "Zylker Inc", "Website", Decimal(50), Decimal(50),
    )  # fmt: skip
    assert found.totals == {"USD": Decimal(150)}


@pytest.mark.both_databases
@pytest.mark.req("L-06", "T-08")
def test_invoiced_entries_cannot_be_billed_again_and_those_that_come_later_neither(
    portal: Portal, website: dict[str, str]
) -> None:
    later = portal.log(website["project"], date="2026-08-01", approval="Unapproved")
    portal.sync()
    found = take_in(portal, batch(portal, entries=f"{website['log']},INV-1\n{later},INV-2\n"))
    portal.edit("log.set", id=later, approval="Approved")
    portal.sync("quick")

    assert (len(found.entries), found.awaited_count, found.seconds) == (1, 1, 3600)
    assert portal.entry(website["log"]).billing_state == "elsewhere"
    assert portal.entry(later).billing_state == "elsewhere"
    assert portal.entry(website["other"]).billing_state == "unbilled"
    assert not proof().violations
    assert not broken_invariants()


@pytest.mark.both_databases
@pytest.mark.req("L-06", "P-15")
def test_the_cut_off_counts_for_hours_that_are_here_and_for_later_ones(portal: Portal, website: dict[str, str]) -> None:

    found = take_in(portal, batch(portal, cutoff=date(2026, 7, 1)))
    late = portal.log(website["project"], date="2026-06-30")
    portal.sync()

    assert (len(found.before_cutoff), found.cutoff_seconds) == (1, 3600)
    assert portal.entry(website["log"]).billing_state == "elsewhere"
    assert portal.entry(website["other"]).billing_state == "unbilled"
    assert portal.entry(late).billing_state == "elsewhere"
    assert portal.integration.settings["cutoff"] == "2026-07-01"


@pytest.mark.both_databases
@pytest.mark.req("L-05")
def test_taking_the_same_files_in_twice_changes_nothing(portal: Portal, website: dict[str, str]) -> None:
    lines = "INV-1,2018-03-01,Zylker Inc,Website,USD,100.00,0,Paid\n"
    take_in(portal, batch(portal, lines, f"{website['log']},INV-1\n"))

    again = take_in(portal, batch(portal, lines, f"{website['log']},INV-1\n"))

    assert again.is_empty
    assert again.known == 2
    assert db.session.scalar(db.select(db.func.count()).select_from(ImportedTransaction)) == 1


@pytest.mark.req("L-06", "T-08")
def test_hours_that_are_on_a_draft_here_stay_there_and_are_named(portal: Portal, website: dict[str, str]) -> None:
    project = portal.local(Project, "projects", website["project"])
    start_from_time(TimeChoice((project.id,)), TEST)
    db.session.commit()

    found = take_in(portal, batch(portal, entries=f"{website['log']},INV-1\n"))

    assert [item.why for item in found.left] == ["It is on a transaction here already."]
    assert portal.entry(website["log"]).billing_state == "on_draft"


def test_a_look_at_files_writes_nothing(portal: Portal, website: dict[str, str]) -> None:
    files = batch(portal, "INV-1,2018-03-01,Zylker Inc,Website,USD,100.00,0,Paid\n", f"{website['log']},INV-1\n")

    found = importing.plan(portal.integration, files)

    assert not found.is_empty
    assert not db.session.new
    assert not db.session.dirty
    assert portal.entry(website["log"]).billing_state == "unbilled"


class TestPages:
    """The walk in the browser."""

    @pytest.fixture(autouse=True)
    def _plain_posts(self, app: Any) -> None:
        app.config["WTF_CSRF_ENABLED"] = False

    @pytest.fixture
    def browser(self, browser_of: Any, olga: Any) -> Any:
        """Olga's browser."""
        return browser_of(olga)

    def hand_in(self, browser: Any, transactions: str = "", **values: Any) -> Any:
        """Send the form."""
        files = {"transactions": (io.BytesIO((HEAD + transactions).encode()), "invoices.csv")} if transactions else {}
        data = {"origin": "Zoho Books", **files, **values}
        return browser.post(f"{PAGE}/migrate", data=data, content_type="multipart/form-data")

    @pytest.mark.req("L-02", "L-03", "L-05")
    def test_files_are_looked_at_then_migrated_with_a_typed_word_after_a_backup(
        self, browser: Any, portal: Portal, website: dict[str, str], config: Any
    ) -> None:
        answer = self.hand_in(
            browser, "INV-1,2018-03-01,Zylker Inc,Website,USD,100.00,0,Paid\nINV-9,2018-03-01,Nobody,,USD,1,0,Paid\n"
        )
        look = browser.get(answer.location)
        refused = browser.post(f"{PAGE}/migrate/apply", data={"word": "migrate", "snapshot": "1"})
        done = browser.post(f"{PAGE}/migrate/apply", data={"word": "MIGRATE", "snapshot": "1"}, follow_redirects=True)

        assert "This cannot be undone" in text_of(look)
        assert "$100.00" in text_of(look)
        assert "Its customer is not here" in text_of(look)
        assert refused.status_code == 422
        assert "Type MIGRATE in capitals" in text_of(refused)
        assert "Migrated from Zoho Books" in text_of(done)
        assert "Its customer is not here" in text_of(done)
        assert len(list((config.data_folder / "backups").glob("*.tar.gz"))) == 1

    @pytest.mark.req("L-01")
    def test_an_old_integration_is_recognised_on_the_page(self, browser: Any, portal: Portal) -> None:
        self.hand_in(browser, switched_on="2017-05-01", cutoff="2020-01-01")

        assert "This was an old integration" in text_of(browser.get(f"{PAGE}/migrate"))

    def test_a_wrong_file_is_refused_beside_its_field_and_nothing_typed_is_lost(
        self, browser: Any, portal: Portal
    ) -> None:
        answer = self.hand_in(browser, "INV-1,03/04/2018,Zylker Inc,,USD,1,0,Paid\n", switched_on="2017-05-01")

        assert answer.status_code == 422
        assert "is not a date like 2018-03-31" in text_of(answer)
        assert 'value="Zoho Books"' in answer.text
        assert 'value="2017-05-01"' in answer.text

    def test_nothing_at_all_is_asked_for(self, browser: Any, portal: Portal) -> None:
        answer = self.hand_in(browser)

        assert answer.status_code == 422
        assert "Choose a file, or enter a cut-off date" in text_of(answer)

    def test_files_can_be_forgotten(self, browser: Any, portal: Portal) -> None:
        self.hand_in(browser, cutoff="2020-01-01")

        browser.post(f"{PAGE}/migrate/drop")

        assert importing.planned(portal.integration) is None
        assert "Look at it" in text_of(browser.get(f"{PAGE}/migrate"))

    @pytest.mark.req("L-06", "P-17")
    def test_an_hour_says_on_which_invoice_of_the_former_tool_it_stands(
        self, browser: Any, portal: Portal, website: dict[str, str]
    ) -> None:
        take_in(portal, batch(portal, entries=f"{website['log']},INV-1\n"))

        page = browser.get(f"/time/{portal.entry(website['log']).id}")

        assert "INV-1 in Zoho Books" in text_of(page)

    @pytest.mark.req("L-04")
    def test_afterwards_set_up_goes_on_and_the_former_invoices_stand_on_the_project(
        self, browser: Any, portal: Portal, website: dict[str, str]
    ) -> None:
        take_in(portal, batch(portal, "INV-1,2018-03-01,Zylker Inc,Website,USD,100.00,0,Paid\n"))
        project = portal.local(Project, "projects", website["project"])

        page = browser.get(f"/projects/{project.id}?tab=transactions")

        assert "INV-1" in text_of(page)
        assert "Zoho Books" in text_of(page)
