"""The CRM's pages let a person change what a connector will find, and show another site's page in a frame."""

from __future__ import annotations

import pytest

from tests.standin.conftest import Reader, Stranger


def number_of(demo: Reader, module: str, **wanted: object) -> str:
    rows = demo.world.crm.records[module].values()
    return str(next(row.id for row in rows if all(row.values.get(name) == value for name, value in wanted.items())))


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/Accounts", "/desk/Contacts", "/desk/Deals", "/desk/Products", "/desk/Deals/new"]
)
def test_every_page_of_the_crm_says_that_it_is_the_stand_in(remote: Stranger, path: str) -> None:
    page = remote.http.get(path)

    assert page.status_code == 200
    assert "Stand-in for Zoho Projects" in page.text


def test_an_account_is_made_changed_deleted_and_restored_by_hand(crm: Reader) -> None:
    made = crm.http.post("/desk/Accounts/new", data={"Account_Name": "Zylker", "Employees": "12"})
    key = made.location.rsplit("/", 1)[1]
    crm.http.post(f"/desk/Accounts/{key}", data={"Phone": "555"})
    row = crm.get(f"/Accounts/{key}").get_json()["data"][0]
    crm.http.post(f"/desk/Accounts/{key}/delete")
    gone = crm.get(f"/Accounts/{key}").status_code
    crm.http.post(f"/desk/Accounts/{key}/restore")

    assert (row["Account_Name"], row["Employees"], row["Phone"]) == ("Zylker", 12, "555")
    assert (gone, crm.get(f"/Accounts/{key}").status_code) == (400, 200)


def test_what_the_api_would_refuse_is_refused_by_hand_and_nothing_typed_is_lost(crm: Reader) -> None:
    page = crm.http.post("/desk/Accounts/new", data={"Account_Name": "Zylker", "Employees": "many"})

    assert page.status_code == 422
    assert "That did not work: invalid data Employees" in page.text
    assert 'value="Zylker"' in page.text


def test_a_stage_sets_the_probability_and_a_deal_is_won_and_lost_by_hand(crm: Reader) -> None:
    deal = crm.add("Deals", Deal_Name="Relaunch", Stage="Qualification", Pipeline="Standard (Standard)", Amount=100)
    steps = []
    for path, data in (("", {"Stage": "Needs Analysis"}), ("/won", {}), ("/lost", {})):
        crm.http.post(f"/desk/Deals/{deal}{path}", data=data)
        row = crm.get(f"/Deals/{deal}").get_json()["data"][0]
        steps.append((row["Stage"], row["Probability"], row["Amount"]))

    assert steps == [("Needs Analysis", 20, 100), ("Closed Won", 100, 100), ("Closed Lost", 0, 100)]


def test_a_record_shows_another_site_in_its_billing_tab(demo: Reader) -> None:
    account = number_of(demo, "Accounts", Account_Name="Alder & Finch Bakery")
    before = demo.http.get(f"/desk/Accounts/{account}").text
    demo.http.post("/_standin/panel", json={"url": "http://app.example/billing/zoho_crm/{org}/{module}/{id}"})

    page = demo.http.get(f"/desk/Accounts/{account}/billing").text

    assert "Tabs of the record" not in before
    address = f"http://app.example/billing/zoho_crm/{demo.world.crm.id}/Accounts/{account}"
    assert f'<iframe class="widget" name="billing" title="Billing" src="{address}">' in page
    assert "Tabs of the record" not in demo.http.get(f"/desk/Products/{number_of(demo, 'Products')}").text


@pytest.mark.parametrize("spelling", ["{Account.ID}", "${Accounts.Account Id}"])
def test_custom_links_are_filled_for_who_looks(crm: Reader, spelling: str) -> None:
    account = crm.add("Accounts", Account_Name="Brown & Sons")
    url = f"https://app.example/panel?id={spelling}&name=${{Accounts.Account Name}}&who=${{Users.Email}}"
    crm.call("POST", "/settings/custom_links?module=Accounts", json={"custom_links": [{"name": "Billing", "url": url}]})
    bruno = next(user for user in crm.world.crm.users.values() if user.first_name == "Bruno")

    crm.http.post("/desk/looking", data={"person": str(bruno.zuid)})
    page = crm.http.get(f"/desk/Accounts/{account}").text

    shown = f"id={account}&amp;name=Brown%20%26%20Sons&amp;who=bruno.keller%40brightline.example"
    assert shown in page
    assert "you are Bruno Keller (Standard)" in page


def test_a_link_for_other_profiles_is_not_shown(crm: Reader) -> None:
    account = crm.add("Accounts", Account_Name="Zylker")
    admins = crm.http.get("/_standin/crm").get_json()["profiles"]["Administrator"]
    row = {"name": "Only admins", "url": "https://app.example/", "profiles": [{"id": admins}]}
    crm.call("POST", "/settings/custom_links?module=Accounts", json={"custom_links": [row]})
    bruno = next(user for user in crm.world.crm.users.values() if user.first_name == "Bruno")

    olga = crm.http.get(f"/desk/Accounts/{account}").text
    crm.http.post("/desk/looking", data={"person": str(bruno.zuid)})

    assert "Only admins" in olga
    assert "Only admins" not in crm.http.get(f"/desk/Accounts/{account}").text


def test_notes_and_attachments_are_shown_on_the_record(crm: Reader) -> None:
    deal = crm.add("Deals", Deal_Name="Relaunch", Stage="Qualification", Pipeline="Standard (Standard)")
    crm.write("POST", f"/Deals/{deal}/Notes", {"Note_Content": "INV-1 <was> sent"})
    crm.call("POST", f"/Deals/{deal}/Attachments", data={"attachmentUrl": "https://app.example/invoices/1"})

    page = crm.http.get(f"/desk/Deals/{deal}").text

    assert "INV-1 &lt;was&gt; sent" in page
    assert 'href="https://app.example/invoices/1"' in page


def test_a_person_gets_another_profile_by_hand(crm: Reader) -> None:
    bruno = next(user for user in crm.world.crm.users.values() if user.first_name == "Bruno")

    crm.http.post(f"/desk/people/{bruno.id}", data={"profile": "Administrator"})

    shown = crm.get(f"/users/{bruno.id}").get_json()["users"][0]
    assert shown["profile"]["name"] == "Administrator"
