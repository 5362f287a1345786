"""Customers in the browser: a file is brought in, a twin is found, merged, and the merge is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from extensions import db, reading
from models import Customer, Project, Transaction
from standin import World
from tests import factories

Picture = Callable[[Page, str], None]
FILE = (
    "Company;Currency;E-mail;Telephone;Ort;Payment terms\n"
    "Aurora Outdoor GmbH;USD;office@aurora.example;+49 731 1234;Ulm;14\n"
    "Kestrel Books;USD;hello@kestrel.example;;Leeds;\n"
    "Broken;Dollars;;;;\n"
)


@pytest.fixture
def world() -> World:
    """Nobody is asked."""
    return World.empty()


@pytest.fixture
def here(people: Any, db_session: Any) -> dict[str, int]:
    """What the house has already: Aurora Outdoor with a project and an invoice."""
    customer = factories.make_customer("Aurora Outdoor", email="mara@aurora.example")
    project = factories.make_project(customer, "Spring catalogue")
    invoice = factories.make_transaction(customer, project_id=project.id, number="INV-7", status="sent")
    factories.make_line(invoice, project_id=project.id)
    db_session.commit()
    return {"customer": customer.id, "project": project.id, "invoice": invoice.id}


def owner_of(here: dict[str, int]) -> set[str]:
    """Names of those that project and invoice belong to."""
    with reading():
        rows = (db.session.get_one(Project, here["project"]), db.session.get_one(Transaction, here["invoice"]))
        names = {db.session.get_one(Customer, row.customer_id).name for row in rows}
        db.session.rollback()
    db.session.expire_all()
    return names


@pytest.mark.req("C-42", "C-43", "M-02")
def test_a_file_a_twin_a_merge_and_its_undo(page_of: Any, people: Any, here: dict[str, int], picture: Picture) -> None:
    page: Page = page_of(people.bruno)
    bring_the_file(page, picture)

    page.goto("/customers/")
    page.locator("main, header").locator("summary[title=More]").first.click()
    page.get_by_role("link", name="Possible duplicates").click()
    expect(page.locator("main")).to_contain_text("Aurora Outdoor GmbH")
    expect(page.locator("main")).to_contain_text("The name is the same.")
    picture(page, "duplicates")
    page.get_by_role("link", name="Compare").click()
    page.get_by_role("link", name="The other way round").click()
    expect(page.locator("main")).to_contain_text("1 project, 1 transaction")
    picture(page, "merge")
    page.get_by_role("button", name="Merge", exact=True).click()

    expect(page.locator("main")).to_contain_text("Aurora Outdoor went into this customer")
    assert owner_of(here) == {"Aurora Outdoor GmbH"}
    picture(page, "merged")
    page.get_by_role("link", name="Take it back").click()
    expect(page.locator("main")).to_contain_text("To Aurora Outdoor: 1 project, 1 transaction.")
    picture(page, "unmerge")
    page.get_by_role("button", name="Take the merge back").click()

    expect(page.get_by_text("Aurora Outdoor is a customer of its own again.")).to_be_visible()
    assert owner_of(here) == {"Aurora Outdoor"}


def bring_the_file(page: Page, picture: Picture) -> None:
    """Choose the file, look, confirm."""
    page.goto("/imports/customers")
    page.locator("input[type=file]").set_input_files(
        {"name": "customers.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    picture(page, "file")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("main")).to_contain_text("“Dollars” is not a currency code like USD.")
    picture(page, "look")
    page.get_by_role("button", name="Bring in 2 records").click()
    expect(page.get_by_text("2 records were brought in.")).to_be_visible()
    picture(page, "done")
