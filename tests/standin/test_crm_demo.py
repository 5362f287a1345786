"""The demo's CRM fits the demo's projects and holds the cases that a billing app must get right."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.standin.conftest import Reader


def rows(demo: Reader, module: str, fields: str, **more: str) -> list[dict[str, Any]]:
    return demo.get(f"/{module}", fields=fields, **more).get_json()["data"]


def view(demo: Reader, module: str, name: str) -> str:
    views = demo.get("/settings/custom_views", module=module).get_json()["custom_views"]
    return str(next(one["id"] for one in views if one["name"] == name))


def test_every_client_of_the_projects_has_an_account_of_its_name(demo: Reader) -> None:
    clients = {client.name for client in demo.world.main.clients.values()}

    names = Counter(row["Account_Name"] for row in rows(demo, "Accounts", "Account_Name"))

    assert clients <= set(names)
    assert [name for name, count in names.items() if count == 2] == ["Hawthorn Gallery"]


def test_the_ticked_accounts_are_the_view_that_the_recipe_makes(demo: Reader) -> None:
    ticked = rows(demo, "Accounts", "Account_Name,Invoice_Sync", cvid=view(demo, "Accounts", "Invoice sync"))

    everything = rows(demo, "Accounts", "Invoice_Sync")
    assert all(row["Invoice_Sync"] is True for row in ticked)
    assert 0 < len(ticked) < len(everything)


def test_deals_stand_in_every_stage_and_a_stage_of_their_own_is_won(demo: Reader) -> None:
    deals = rows(demo, "Deals", "Stage,Probability,Amount,Closing_Date")
    fields = {row["api_name"]: row for row in demo.get("/settings/fields", module="Deals").get_json()["fields"]}
    stages = {value["display_value"]: value for value in fields["Stage"]["pick_list_values"]}

    assert len(deals) == 60
    assert {row["Stage"] for row in deals} == set(stages)
    assert stages["Order confirmed in writing"]["probability"] == 100
    today = demo.world.now().date().isoformat()
    assert all(row["Closing_Date"] < today for row in deals if row["Probability"] in (0, 100))


def test_there_are_contacts_without_account_and_fifteen_products(demo: Reader) -> None:
    contacts = rows(demo, "Contacts", "Account_Name")

    assert sum(row["Account_Name"] is None for row in contacts) == 3
    assert len(rows(demo, "Products", "Product_Name")) == 15


def test_a_sales_profile_may_not_send_mail_and_somebody_has_left(demo: Reader) -> None:
    people = demo.http.get("/_standin/crm").get_json()["people"]
    sales = next(one for one in demo.world.crm.profiles if one.name == "Sales")

    assert "Crm_Implied_Send_Email" in sales.denied
    assert {one["profile"] for one in people} == {"Administrator", "Standard", "Sales"}
    assert [one["name"] for one in people if one["status"] == "inactive"] == ["Lena Fischer"]
