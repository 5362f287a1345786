"""What tests do to the CRM from outside, and how the API then answers."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from tests.standin.conftest import ALL, NOON, Reader, body_of, codes, wait_for


def edit(crm: Reader, verb: str, **args: Any) -> Any:
    answer = crm.http.post("/_standin/world", json={"verb": verb, **args})
    assert answer.status_code == 200, answer.text
    return answer.get_json()["results"][0]


def test_a_module_hidden_for_a_profile_is_refused_and_hidden_for_all_is_unknown(crm: Reader) -> None:
    edit(crm, "crm.module", module="Products", hidden_for=["Administrator"])
    mine = crm.get("/Products", fields="Product_Name")
    listed = {row["api_name"]: row for row in crm.get("/settings/modules").get_json()["modules"]}
    edit(crm, "crm.module", module="Products", hidden_for=[], status="user_hidden")
    hidden = crm.get("/Products", fields="Product_Name")
    edit(crm, "crm.module", module="Products", status="visible")

    assert (mine.status_code, mine.get_json()["code"]) == (403, "NO_PERMISSION")
    assert mine.get_json()["details"] == {"permissions": ["Crm_Implied_View_Products"]}
    assert [one["name"] for one in listed["Products"]["profiles"]] == ["Standard"]
    assert (hidden.status_code, hidden.get_json()["code"]) == (400, "INVALID_MODULE")
    assert crm.get("/Products", fields="Product_Name").status_code == 204


def test_the_free_edition_has_no_products(crm: Reader) -> None:
    edit(crm, "crm.org", edition="free")

    hidden = crm.get("/settings/modules", status="system_hidden").get_json()["modules"]

    assert [row["api_name"] for row in hidden] == ["Products"]
    assert crm.get("/Products", fields="Product_Name").get_json()["code"] == "INVALID_MODULE"


def test_a_field_that_was_taken_away_is_nowhere_and_comes_back(crm: Reader) -> None:
    deal = crm.add("Deals", Deal_Name="Relaunch", Stage="Closed Won", Pipeline="Standard (Standard)")
    edit(crm, "crm.field_set", module="Deals", field="Probability", gone=True)
    names = [row["api_name"] for row in crm.get("/settings/fields", module="Deals").get_json()["fields"]]
    row = crm.get("/Deals", fields="Deal_Name,Probability").get_json()["data"][0]
    edit(crm, "crm.field_set", module="Deals", field="Probability", gone=False)

    assert "Probability" not in names
    assert "Probability" not in row
    assert crm.get(f"/Deals/{deal}").get_json()["data"][0]["Probability"] == 100


def test_a_field_hidden_from_a_profile_is_seen_by_others(crm: Reader) -> None:
    edit(crm, "crm.field_set", module="Deals", field="Amount", hidden_for=["Administrator"])

    mine = [row["api_name"] for row in crm.get("/settings/fields", module="Deals").get_json()["fields"]]
    edit(crm, "crm.user", email="olga.marsh@brightline.example", profile="Standard")
    theirs = [row["api_name"] for row in crm.get("/settings/fields", module="Deals").get_json()["fields"]]

    assert "Amount" not in mine
    assert "Amount" in theirs


def test_currency_is_a_field_only_where_there_are_several(crm: Reader) -> None:
    alone = [row["api_name"] for row in crm.get("/settings/fields", module="Accounts").get_json()["fields"]]
    off = crm.get("/org/currencies")
    edit(crm, "crm.org", currency="EUR", currencies={"EUR": 1.0, "USD": 0.92})
    account = crm.add("Accounts", Account_Name="Zylker", Currency="USD")
    wrong = crm.write("POST", "/Accounts", {"Account_Name": "Ok", "Currency": "GBP"})

    assert "Currency" not in alone
    assert off.get_json()["code"] == "CURRENCIES_NOT_ENABLED"
    org = crm.get("/org").get_json()["org"][0]
    assert (org["iso_code"], org["mc_status"]) == ("EUR", True)
    row = crm.get("/Accounts", fields="Currency,Exchange_Rate").get_json()["data"][0]
    assert row == {"Currency": "USD", "Exchange_Rate": 0.92, "id": account}
    assert codes(wrong) == ["INVALID_DATA"]


def test_a_custom_stage_decides_by_its_probability(crm: Reader) -> None:
    edit(crm, "crm.stage", name="Signed by hand", probability=100, forecast="Closed Won")

    deal = crm.add("Deals", Deal_Name="Relaunch", Stage="Signed by hand", Pipeline="Standard (Standard)")

    assert crm.get(f"/Deals/{deal}").get_json()["data"][0]["Probability"] == 100


def test_a_deactivated_person_s_token_is_worth_nothing(crm: Reader) -> None:
    before = crm.get("/org").status_code
    edit(crm, "crm.user", email="olga.marsh@brightline.example", status="inactive")
    refused = crm.get("/org")
    crm.token = crm.grant(ALL)

    assert before == 200
    assert (refused.status_code, refused.get_json()["code"]) == (401, "INVALID_TOKEN")


def test_users_are_told_apart_by_type_and_by_change(crm: Reader) -> None:
    edit(crm, "crm.user", email="tim.okafor@brightline.example", status="inactive")

    def names(**query: str) -> list[str]:
        body = crm.get("/users", **query).get_json() or {"users": []}
        return [row["first_name"] for row in body["users"]]

    assert names(type="ActiveUsers") == ["Olga", "Bruno", "Petra"]
    assert names(type="DeactiveUsers") == ["Tim"]
    assert names(type="AdminUsers") == names(type="CurrentUser") == ["Olga"]
    assert names(since=NOON.isoformat()) == ["Tim"]
    assert crm.get("/users", type="NotConfirmedUsers").status_code == 204


def test_permissions_of_a_custom_profile_are_switched_by_the_api(crm: Reader) -> None:
    key = edit(crm, "crm.profile", name="Sales", denied=["Crm_Implied_Send_Email"])["id"]
    path = f"/settings/profiles/{key}"
    details = crm.get(path).get_json()["profiles"][0]["permissions_details"]
    off = next(row for row in details if row["name"] == "Crm_Implied_Send_Email")

    body = {"profiles": [{"permissions_details": [{"id": off["id"], "enabled": True}]}]}
    crm.call("PUT", path, data=json.dumps(body))

    after = crm.get(path).get_json()["profiles"][0]["permissions_details"]
    assert off["enabled"] is False
    assert all(row["enabled"] for row in after)


def test_a_bulk_read_ends_in_a_zip_with_one_table(crm: Reader) -> None:
    account = crm.add("Accounts", Account_Name="Zylker")
    crm.add("Contacts", Last_Name="Boyle", Account_Name={"id": account})
    crm.token = crm.grant(f"{ALL},ZohoCRM.bulk.READ")
    query = {"module": {"api_name": "Contacts"}, "fields": ["Last_Name", "Account_Name"]}

    bare = crm.call("POST", "/crm/bulk/v8/read", data="{}")
    made = crm.call("POST", "/crm/bulk/v8/read", json={"query": query})
    path = f"/crm/bulk/v8/read/{made.get_json()['data'][0]['details']['id']}"
    early = crm.call("GET", f"{path}/result")
    states = [crm.call("GET", path).get_json()["data"][0]["state"] for _ in range(3)]
    archive = zipfile.ZipFile(io.BytesIO(crm.call("GET", f"{path}/result").data))

    assert bare.status_code == 415
    assert made.status_code == 201
    assert early.status_code == 400
    assert states == ["QUEUED", "IN PROGRESS", "COMPLETED"]
    lines = archive.read(archive.namelist()[0]).decode().splitlines()
    assert lines[0] == "Id,Last_Name,Account_Name"
    assert lines[1].split(",")[1:] == ["Boyle", account]


def test_files_are_attached_and_fetched_again(crm: Reader) -> None:
    deal = crm.add("Deals", Deal_Name="Relaunch", Stage="Qualification", Pipeline="Standard (Standard)")

    made = crm.call("POST", f"/Deals/{deal}/Attachments", data={"file": (io.BytesIO(b"%PDF-1.7"), "invoice.pdf")})
    key = made.get_json()["data"][0]["details"]["id"]

    rows = crm.get(f"/Deals/{deal}/Attachments", fields="File_Name,Size").get_json()["data"]
    assert rows == [{"id": key, "File_Name": "invoice.pdf", "Size": "8"}]
    assert crm.call("GET", f"/Deals/{deal}/Attachments/{key}").data == b"%PDF-1.7"
    assert crm.get(f"/Deals/{deal}/Attachments").get_json()["code"] == "REQUIRED_PARAM_MISSING"


def test_notes_are_put_under_the_record_they_name(crm: Reader) -> None:
    account = crm.add("Accounts", Account_Name="Zylker")
    parent = {"id": int(account), "module": {"api_name": "Accounts"}}

    made = crm.write("POST", "/Notes", {"Note_Content": "Hello", "Parent_Id": parent}, {"Note_Content": "Lost"})

    assert (made.status_code, codes(made)) == (207, ["SUCCESS", "INVALID_DATA"])
    assert crm.get(f"/Accounts/{account}/Notes", fields="Note_Content").get_json()["data"][0]["Note_Content"] == "Hello"


def test_products_are_hung_on_an_account_and_taken_off(crm: Reader) -> None:
    account, product = crm.add("Accounts", Account_Name="Zylker"), crm.add("Products", Product_Name="Care")

    crm.write("PUT", f"/Accounts/{account}/Products", {"id": product})
    there = crm.get(f"/Accounts/{account}/Products", fields="Product_Name").get_json()["data"]
    back = crm.get(f"/Products/{product}/Accounts", fields="Account_Name").get_json()["data"]
    crm.call("DELETE", f"/Accounts/{account}/Products/{product}")

    assert [row["id"] for row in there] == [product]
    assert [row["id"] for row in back] == [account]
    assert crm.get(f"/Accounts/{account}/Products", fields="Product_Name").status_code == 204


@pytest.mark.parametrize(
    ("style", "told"), [("together", [2]), ("each", [1, 1]), ("twice", [2, 2]), ("off", [])]
)  # fmt: skip
def test_ids_of_one_call_are_told_as_the_quirk_says(crm: Reader, style: str, told: list[int]) -> None:
    sent: list[dict[str, Any]] = []
    crm.world.bell.deliver = lambda request: sent.append(body_of(request))
    channel = {"channel_id": 7, "events": ["Accounts.create"], "notify_url": "https://app.example/"}
    crm.call("POST", "/actions/watch", json={"watch": [channel]})
    crm.http.post("/_standin/quirks", json={"crm_notifications": style})

    crm.write("POST", "/Accounts", {"Account_Name": "Alder"}, {"Account_Name": "Brown"})
    wait_for(lambda: len(sent) >= len(told))

    assert [len(one["ids"]) for one in sent] == told


def test_deletions_are_told_too_and_a_forgotten_channel_is_silent(crm: Reader) -> None:
    sent: list[dict[str, Any]] = []
    crm.world.bell.deliver = lambda request: sent.append(body_of(request))
    channel = {"channel_id": 7, "events": ["Accounts.delete"], "notify_url": "https://app.example/"}
    crm.call("POST", "/actions/watch", json={"watch": [channel]})
    first, second = (crm.add("Accounts", Account_Name=name) for name in ("Alder", "Brown"))

    crm.call("DELETE", f"/Accounts/{first}")
    edit(crm, "crm.channels_drop")
    crm.call("DELETE", f"/Accounts/{second}")
    wait_for(lambda: sent)

    assert [(one["operation"], one["ids"]) for one in sent] == [("delete", [first])]
    assert crm.http.get("/_standin/crm").get_json()["channels"] == []


def test_calls_are_refused_when_too_many_go_on_or_the_credits_are_gone(crm: Reader) -> None:
    crm.http.post("/_standin/quirks", json={"crm_calls_at_once": 0})
    busy = crm.get("/org")
    crm.http.post("/_standin/quirks", json={"crm_calls_at_once": None})
    edit(crm, "crm.org", edition="free", credits_used=5000)
    spent = crm.get("/org")
    crm.world.clock.advance(timedelta(hours=24).total_seconds())
    crm.token = crm.grant(ALL)

    assert [(one.status_code, one.get_json()["code"]) for one in (busy, spent)] == [(429, "TOO_MANY_REQUESTS")] * 2
    assert crm.get("/org").status_code == 200


def test_merging_moves_what_pointed_at_the_one_that_goes(crm: Reader) -> None:
    stays, goes = crm.add("Accounts", Account_Name="Zylker"), crm.add("Accounts", Account_Name="Zylker", Phone="5")
    contact = crm.add("Contacts", Last_Name="Boyle", Account_Name={"id": goes})

    edit(crm, "crm.merge", module="Accounts", id=stays, other=goes)

    assert crm.get(f"/Contacts/{contact}").get_json()["data"][0]["Account_Name"]["id"] == stays
    assert crm.get(f"/Accounts/{stays}").get_json()["data"][0]["Phone"] == "5"
    assert crm.get("/Accounts/deleted").get_json()["data"][0]["id"] == goes


def test_a_unique_field_refuses_a_second_value_on_insert_and_update(crm: Reader) -> None:
    edit(crm, "crm.field_set", module="Accounts", field="Account_Number", unique=True)
    crm.add("Accounts", Account_Name="Alder", Account_Number=7)
    other = crm.add("Accounts", Account_Name="Alder")

    again = crm.write("POST", "/Accounts", {"Account_Name": "Brown", "Account_Number": 7})
    change = crm.write("PUT", "/Accounts", {"id": int(other), "Account_Number": 7})

    assert codes(again) == codes(change) == ["DUPLICATE_DATA"]


def test_a_view_is_made_by_the_api_and_taken_away(crm: Reader) -> None:
    crm.add("Accounts", Account_Name="Zylker", Account_Type="Customer")
    crm.add("Accounts", Account_Name="Alder", Account_Type="Vendor")
    criteria = {"comparator": "equal", "field": {"api_name": "Account_Type"}, "type": "value", "value": "Customer"}
    body = {"custom_views": [{"name": "Billed", "criteria": criteria}]}

    made = crm.call("POST", "/settings/custom_views?module=Accounts", json=body).get_json()
    key = made["custom_views"][0]["details"]["id"]
    rows = crm.get("/Accounts", fields="Account_Name", cvid=key).get_json()["data"]
    crm.call("DELETE", f"/settings/custom_views/{key}?module=Accounts")

    assert [row["Account_Name"] for row in rows] == ["Zylker"]
    assert crm.get("/Accounts", fields="Account_Name", cvid=key).get_json()["details"] == {"param_name": "cvid"}


@pytest.mark.parametrize(
    ("trouble", "names"),
    [
        ({"kind": "dup_rows"}, ["Alder", "Brown", "Alder"]),
        ({"kind": "set_field", "field": "Account_Name", "value": None}, [None, None]),
        ({"kind": "type_flip", "field": "Account_Name"}, [{"value": "Brown"}, {"value": "Alder"}]),
        ({"kind": "drop_field", "field": "Account_Name"}, ["-", "-"]),
    ],
)
def test_troubles_with_rows_strike_the_crm(crm: Reader, trouble: dict[str, Any], names: list[Any]) -> None:
    for name in ("Alder", "Brown"):
        crm.add("Accounts", Account_Name=name)
    crm.http.post("/_standin/troubles", json={**trouble, "path": "^/crm/"})

    rows = crm.get("/Accounts", fields="Account_Name").get_json()["data"]

    assert [row.get("Account_Name", "-") for row in rows] == names


def test_a_shifted_page_loses_a_row_behind_a_page_token(crm: Reader) -> None:
    for number in range(4):
        crm.add("Accounts", Account_Name=f"Account {number}")
    crm.http.post("/_standin/troubles", json={"kind": "shift_page", "path": "^/crm/"})
    query = {"fields": "Account_Name", "per_page": 2, "sort_order": "asc"}

    first = crm.get("/Accounts", **query).get_json()
    second = crm.get("/Accounts", **query, page_token=first["info"]["next_page_token"]).get_json()

    assert [row["Account_Name"] for row in second["data"]] == ["Account 3"]


def test_ids_come_as_numbers_and_an_empty_answer_stays_empty_under_troubles(crm: Reader) -> None:
    crm.http.post("/_standin/troubles", json={"kind": "id_as_number", "path": "^/crm/"})
    empty = crm.get("/Accounts", fields="Account_Name")
    account = edit(crm, "crm.add", module="Accounts", Account_Name="Zylker")["id"]

    row = crm.get("/Accounts", fields="Account_Name").get_json()["data"][0]

    assert (empty.status_code, empty.data) == (204, b"")
    assert row["id"] == int(account)


def test_what_a_person_writes_carries_that_person_s_name(crm: Reader) -> None:
    code = crm.http.post(
        "/_standin/self-client-code", json={"scope": ALL, "person": "bruno.keller@brightline.example"}
    ).get_json()["code"]
    secrets = {name: crm.told[name] for name in ("client_id", "client_secret")}
    grant = {**secrets, "grant_type": "authorization_code", "code": code}
    crm.token = crm.http.post("/oauth/v2/token", data=grant).get_json()["access_token"]

    account = crm.add("Accounts", Account_Name="Zylker")

    row = crm.get(f"/Accounts/{account}").get_json()["data"][0]
    assert [row[name]["name"] for name in ("Owner", "Created_By", "Modified_By")] == ["Bruno Keller"] * 3
