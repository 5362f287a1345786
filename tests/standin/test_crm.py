"""Zoho CRM as a stranger's client meets it: metadata, lists, writes, searches, channels (zoho-crm-wire)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from standin import World
from standin.clock import Clock
from standin.state import StateFile
from tests.standin.conftest import ALL, NOON, Reader, body_of, codes, wait_for


def test_calls_without_a_valid_token_are_refused_in_crm_words(crm: Reader) -> None:
    bare = crm.http.get("/crm/v8/org")
    crm.token = "1000.wrong"
    wrong = crm.get("/org")

    assert (bare.status_code, bare.get_json()["code"]) == (401, "AUTHENTICATION_FAILURE")
    assert (wrong.status_code, wrong.get_json()["code"]) == (401, "INVALID_TOKEN")


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("ZohoCRM.modules.accounts.READ", "/Accounts?fields=Account_Name", 204),
        ("ZohoCRM.modules.ALL", "/Accounts?fields=Account_Name", 204),
        ("ZohoCRM.modules.contacts.READ", "/Accounts?fields=Account_Name", 401),
        ("ZohoCRM.modules.ALL", "/Accounts/search?word=x", 401),
        ("ZohoCRM.modules.ALL,ZohoSearch.securesearch.READ", "/Accounts/search?word=x", 204),
        ("ZohoCRM.settings.fields.READ", "/settings/fields?module=Deals", 200),
        ("ZohoCRM.settings.fields.READ", "/settings/modules", 401),
        ("ZohoProjects.projects.READ", "/org", 401),
    ],
)
def test_a_scope_opens_its_own_area_only(crm: Reader, scope: str, path: str, status: int) -> None:
    crm.token = crm.grant(scope)

    answer = crm.get(path)

    assert answer.status_code == status
    if status == 401:
        assert answer.get_json()["code"] == "OAUTH_SCOPE_MISMATCH"


def test_the_organisation_tells_its_currency_edition_and_zone(crm: Reader) -> None:
    org = crm.get("/org").get_json()["org"][0]

    assert (org["iso_code"], org["mc_status"], org["time_zone"]) == ("USD", False, "America/New_York")
    assert org["license_details"]["paid_type"] == "enterprise"
    assert crm.get("/org/currencies").get_json()["code"] == "CURRENCIES_NOT_ENABLED"


def test_the_current_user_is_one_of_the_users(crm: Reader) -> None:
    me = crm.get("/users", type="CurrentUser").get_json()["users"][0]
    everybody = crm.get("/users").get_json()["users"]

    assert me["profile"]["name"] == "Administrator"
    assert me["id"] in [user["id"] for user in everybody]
    assert len(everybody) == 4


def test_every_field_says_what_a_client_checks_before_it_sends(crm: Reader) -> None:
    needed = ("api_name", "data_type", "json_type", "length", "system_mandatory", "display_label", "pick_list_values")
    for module in crm.get("/settings/modules").get_json()["modules"]:
        for field in crm.get("/settings/fields", module=module["api_name"]).get_json()["fields"]:
            assert all(name in field for name in needed), field["api_name"]
            assert field["data_type"] != "lookup" or field["lookup"]["module"]["api_name"]


def test_stages_carry_probability_and_forecast_type(crm: Reader) -> None:
    fields = {field["api_name"]: field for field in crm.get("/settings/fields", module="Deals").get_json()["fields"]}
    layout = crm.get("/settings/layouts", module="Deals").get_json()["layouts"][0]["id"]
    pipeline = crm.get("/settings/pipeline", layout_id=layout).get_json()["pipeline"][0]

    won = next(value for value in fields["Stage"]["pick_list_values"] if value["forecast_type"] == "Closed Won")
    assert won["probability"] == 100
    assert [stage["forecast_type"] for stage in pipeline["maps"]].count("Closed Lost") == 2
    assert "probability" not in pipeline["maps"][0]


def test_a_list_needs_fields_and_gives_those_and_the_id(crm: Reader) -> None:
    crm.add("Accounts", Account_Name="Zylker", Phone="555-0100")

    bare, shown = crm.get("/Accounts"), crm.get("/Accounts", fields="Account_Name,Owner").get_json()

    assert bare.get_json()["details"] == {"param_name": "fields"}
    assert set(shown["data"][0]) == {"Account_Name", "Owner", "id"}
    assert shown["data"][0]["Owner"]["email"] == "olga.marsh@brightline.example"
    assert shown["info"]["more_records"] is False


def test_old_versions_give_all_fields_without_being_asked(crm: Reader) -> None:
    crm.add("Accounts", Account_Name="Zylker")

    row = crm.get("/crm/v2/Accounts").get_json()["data"][0]

    assert row["Account_Name"] == "Zylker"
    assert row["$currency_symbol"] == "$"
    assert row["Billing_City"] is None


def test_pages_end_at_two_thousand_and_tokens_go_on(crm: Reader) -> None:
    for number in range(205):
        crm.world.crm.insert("Products", {"Product_Name": f"Product {number:03}"}, NOON)

    first = crm.get("/Products", fields="Product_Name", sort_order="asc").get_json()
    token = first["info"]["next_page_token"]
    second = crm.get("/Products", fields="Product_Name", sort_order="asc", page_token=token).get_json()
    other = crm.get("/Products", fields="Product_Code", sort_order="asc", page_token=token)
    far = crm.get("/Products", fields="Product_Name", page=11)

    assert [row["Product_Name"] for row in second["data"]] == [f"Product {number:03}" for number in range(200, 205)]
    assert other.get_json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"
    assert far.get_json()["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"


def test_what_did_not_change_answers_304_without_abody_of(crm: Reader) -> None:
    crm.add("Accounts", Account_Name="Zylker")
    at = NOON.isoformat()
    later = (NOON + timedelta(seconds=1)).isoformat()

    same, none = crm.get("/Accounts", since=at, fields="Account_Name"), crm.get("/Accounts", since=later, fields="id")

    assert len(same.get_json()["data"]) == 1  # the filter is inclusive
    assert (none.status_code, none.data) == (304, b"")


def test_a_write_answers_record_by_record_and_207_when_mixed(crm: Reader) -> None:
    mixed = crm.write("POST", "/Accounts", {"Account_Name": "Zylker"}, {"Account_Name": "x" * 201}, {"Phone": "1"})
    bad = crm.write("POST", "/Accounts", {"Account_Name": "Ok", "Employees": "many"})

    assert (mixed.status_code, codes(mixed)) == (207, ["SUCCESS", "INVALID_DATA", "MANDATORY_NOT_FOUND"])
    assert mixed.get_json()["data"][1]["details"]["json_path"] == "$.data[1].Account_Name"
    assert (bad.status_code, codes(bad)) == (400, ["INVALID_DATA"])
    assert bad.get_json()["data"][0]["details"]["expected_data_type"] == "integer"


def test_ids_are_accepted_as_numbers_and_as_text(crm: Reader) -> None:
    account = crm.add("Accounts", Account_Name="Zylker")

    crm.add("Contacts", Last_Name="Boyle", Account_Name={"id": int(account)})
    crm.add("Contacts", Last_Name="Adair", Account_Name={"id": account})

    rows = crm.get(f"/Accounts/{account}/Contacts", fields="Last_Name,Account_Name").get_json()["data"]
    assert [row["Account_Name"] for row in rows] == [{"name": "Zylker", "id": account}] * 2


def test_a_stage_sets_the_probability_and_the_expected_revenue(crm: Reader) -> None:
    deal = crm.add("Deals", Deal_Name="Relaunch", Stage="Qualification", Pipeline="Standard (Standard)", Amount=5000)

    crm.write("PUT", f"/Deals/{deal}", {"Stage": "Closed Won"})

    row = crm.get(f"/Deals/{deal}").get_json()["data"][0]
    assert (row["Probability"], row["Expected_Revenue"]) == (100, 5000)


def test_a_second_contact_with_the_same_email_is_a_duplicate_and_upsert_updates_it(crm: Reader) -> None:
    first = crm.add("Contacts", Last_Name="Boyle", Email="p@zylker.example")

    again = crm.write("POST", "/Contacts", {"Last_Name": "Boyle", "Email": "P@zylker.example"})
    upsert = crm.write("POST", "/Contacts/upsert", {"Last_Name": "Boyle-Smith", "Email": "p@zylker.example"})

    assert codes(again) == ["DUPLICATE_DATA"]
    assert again.get_json()["data"][0]["details"]["id"] == first
    done = upsert.get_json()["data"][0]
    assert (done["action"], done["duplicate_field"], done["details"]["id"]) == ("update", "Email", first)


def test_a_record_changed_since_it_was_seen_is_not_overwritten(crm: Reader) -> None:
    account = crm.add("Accounts", Account_Name="Zylker")
    crm.world.clock.advance(60)
    crm.write("PUT", f"/Accounts/{account}", {"Phone": "1"})

    late = crm.call(
        "PUT", f"/Accounts/{account}", {"If-Unmodified-Since": NOON.isoformat()}, data='{"data":[{"Phone":"2"}]}'
    )

    assert (late.status_code, codes(late)) == (412, ["ALREADY_MODIFIED"])
    assert crm.get(f"/Accounts/{account}").get_json()["data"][0]["Phone"] == "1"


def test_deleted_records_lie_in_the_bin_and_come_back(crm: Reader) -> None:
    account = crm.add("Accounts", Account_Name="Zylker")

    crm.call("DELETE", f"/Accounts/{account}")
    gone = crm.get("/Accounts/deleted").get_json()["data"][0]
    single = crm.get(f"/Accounts/{account}")
    crm.http.post("/_standin/world", json={"verb": "crm.restore", "module": "Accounts", "id": account})

    assert (gone["id"], gone["type"], gone["display_name"]) == (account, "recycle", "Zylker")
    assert single.get_json()["code"] == "INVALID_DATA"
    assert crm.get(f"/Accounts/{account}").status_code == 200
    assert crm.get("/Accounts/deleted").status_code == 204


def test_a_view_shows_what_meets_its_criteria(demo: Reader) -> None:
    views = demo.get("/settings/custom_views", module="Accounts").get_json()["custom_views"]
    mine = next(view for view in views if view["name"] == "Customers to bill")
    prospect = demo.add("Accounts", Account_Name="Prospect only", Account_Type="Prospect")

    whole = demo.get(f"/settings/custom_views/{mine['id']}", module="Accounts").get_json()["custom_views"][0]
    rows = demo.get("/Accounts", fields="Account_Name", cvid=mine["id"]).get_json()["data"]
    wrong = demo.get("/Accounts", fields="Account_Name", cvid="1")

    assert "criteria" not in mine
    assert whole["criteria"]["value"] == "Customer"
    assert len(rows) == 16
    assert prospect not in [row["id"] for row in rows]
    assert wrong.get_json()["details"] == {"param_name": "cvid"}


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ("(Account_Name:starts_with:Al)", {"Alder", "Albion"}),
        ("((Account_Name:starts_with:Al)and(Phone:equals:555))", {"Alder"}),
        ("((Account_Name:equals:Alder)or(Employees:greater_than:50))", {"Alder", "Zylker"}),
        ("(Employees:between:10,60)", {"Albion", "Zylker"}),
        (r"(Account_Name:equals:Brown \(North\))", {"Brown (North)"}),
        ("(Account_Name:in:Alder,Zylker)", {"Alder", "Zylker"}),
    ],
)
def test_a_search_understands_criteria(crm: Reader, criteria: str, names: set[str]) -> None:
    for name, phone, employees in (
        ("Alder", "555 1", 5), ("Albion", None, 10), ("Zylker", None, 60), ("Brown (North)", None, 2)
    ):  # fmt: skip
        crm.add("Accounts", Account_Name=name, Phone=phone, Employees=employees)

    rows = crm.get("/Accounts/search", criteria=criteria, fields="Account_Name").get_json()["data"]

    assert {row["Account_Name"] for row in rows} == names


def test_two_ways_of_searching_do_not_go_together(crm: Reader) -> None:
    answer = crm.get("/Contacts/search", email="a@b.example", word="x")

    assert answer.get_json()["code"] == "AMBIGUITY_DURING_PROCESSING"


def test_coql_selects_orders_and_limits(demo: Reader) -> None:
    text = (
        "select Deal_Name, Amount, Account_Name.Account_Name from Deals "
        "where (Amount >= 1500 and Stage != 'Closed Lost') or Probability in (10, 20) order by Amount desc limit 1, 3"
    )

    answer = demo.query(text).get_json()

    amounts = [row["Amount"] for row in answer["data"]]
    assert amounts == sorted(amounts, reverse=True)
    assert answer["info"] == {"count": 3, "more_records": True}
    assert answer["data"][0]["Account_Name.Account_Name"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select a b from Deals where id is not null", "SYNTAX_ERROR"),
        ("select Nope from Deals where id is not null", "INVALID_QUERY"),
        ("select Amount from Nope where id is not null", "INVALID_QUERY"),
        ("select Amount from Deals where Amount = 1 limit 0, 99999", "LIMIT_EXCEEDED"),
    ],
)
def test_coql_says_what_is_wrong_with_a_query(crm: Reader, text: str, code: str) -> None:
    assert crm.query(text).get_json()["code"] == code


def test_a_channel_tells_of_changes_until_it_expires(crm: Reader) -> None:
    sent: list[dict[str, Any]] = []
    crm.world.bell.deliver = lambda request: sent.append(body_of(request))
    channel = {
        "channel_id": "1000000068001", "events": ["Deals.edit", "Accounts.all"], "token": "secret",
        "notify_url": "https://app.example/hooks?key=1", "return_affected_field_values": True,
        "channel_expiry": (NOON + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    opened = crm.call("POST", "/actions/watch", json={"watch": [channel]})

    account = crm.add("Accounts", Account_Name="Zylker")
    deal = crm.add("Deals", Deal_Name="Relaunch", Stage="Qualification", Pipeline="Standard (Standard)")
    crm.write("PUT", f"/Deals/{deal}", {"Stage": "Closed Won"})
    crm.world.clock.advance(3 * 86400)
    crm.token = crm.grant(ALL)
    crm.write("PUT", f"/Deals/{deal}", {"Stage": "Closed Lost"})
    wait_for(lambda: len(sent) >= 2)

    assert opened.status_code == 201
    assert [(one["module"], one["operation"], one["ids"]) for one in sent] == [
        ("Accounts", "insert", [account]), ("Deals", "update", [deal])
    ]  # fmt: skip
    assert sent[1]["affected_values"] == [{"record_id": deal, "values": {"Stage": "Closed Won"}}]
    assert (sent[1]["token"], sent[1]["query_params"]) == ("secret", {"key": "1"})
    assert crm.get("/actions/watch").status_code == 204


def test_a_channel_without_an_expiry_lives_an_hour(crm: Reader) -> None:
    channel = {"channel_id": 7, "events": ["Deals.all"], "notify_url": "https://app.example/"}

    answer = crm.call("POST", "/actions/watch", json={"watch": [channel]}).get_json()

    expiry = datetime.fromisoformat(answer["watch"][0]["details"]["events"][0]["channel_expiry"])
    assert expiry == NOON + timedelta(hours=1)


def test_notes_and_links_hang_under_a_record(crm: Reader) -> None:
    deal = crm.add("Deals", Deal_Name="Relaunch", Stage="Qualification", Pipeline="Standard (Standard)")

    crm.write("POST", f"/Deals/{deal}/Notes", {"Note_Title": "Crossbill", "Note_Content": "INV-1 was sent"})
    crm.call("POST", f"/Deals/{deal}/Attachments", data={"attachmentUrl": "https://app.example/invoices/1"})

    note = crm.get(f"/Deals/{deal}/Notes", fields="Note_Content,Parent_Id").get_json()["data"][0]
    link = crm.get(f"/Deals/{deal}/Attachments", fields="$link_url").get_json()["data"][0]
    assert (note["Note_Content"], note["Parent_Id"]["id"]) == ("INV-1 was sent", deal)
    assert link["$link_url"] == "https://app.example/invoices/1"


def test_a_custom_link_is_made_changed_and_taken_away(crm: Reader) -> None:
    row = {"name": "Billing", "url": "https://app.example/panel?account={Account.ID}"}
    made = crm.call("POST", "/settings/custom_links?module=Accounts", json={"custom_links": [row]}).get_json()
    key = made["custom_links"][0]["details"]["id"]

    path = f"/settings/custom_links/{key}?module=Accounts"
    crm.call("PUT", path, json={"custom_links": [{"name": "Crossbill"}]})
    shown = crm.get("/settings/custom_links", module="Accounts").get_json()["custom_links"]
    crm.call("DELETE", path)

    assert [(one["name"], one["url"]) for one in shown] == [("Crossbill", row["url"])]
    assert crm.get("/settings/custom_links", module="Accounts").get_json() == {"custom_links": []}


def test_custom_fields_are_made_and_hold_values(crm: Reader) -> None:
    rows = [{"field_label": "Crossbill balance", "data_type": "currency"}, {"field_label": "x", "data_type": "nope"}]

    made = crm.call("POST", "/settings/fields?module=Accounts", json={"fields": rows})
    account = crm.add("Accounts", Account_Name="Zylker", Crossbill_balance=120.5)

    assert made.status_code == 207
    row = crm.get("/Accounts", fields="Crossbill_balance").get_json()["data"][0]
    assert row == {"Crossbill_balance": 120.5, "id": account}


def test_a_profile_without_permission_is_refused_by_name(crm: Reader) -> None:
    denied = ["Crm_Implied_View_Deals"]
    crm.http.post("/_standin/world", json={"verb": "crm.profile", "name": "Administrator", "denied": denied})

    answer = crm.get("/Deals", fields="Deal_Name")
    key = crm.get("/settings/profiles").get_json()["profiles"][0]["id"]
    details = crm.get(f"/settings/profiles/{key}").get_json()["profiles"][0]["permissions_details"]

    assert (answer.status_code, answer.get_json()["details"]) == (403, {"permissions": denied})
    assert [one["name"] for one in details if not one["enabled"]] == denied


def test_credits_are_told_once_half_of_them_are_used(crm: Reader) -> None:
    quiet = crm.get("/org")
    edit = {"verb": "crm.org", "edition": "free", "credits_used": 2600}
    crm.http.post("/_standin/world", json=edit)

    told = crm.get("/org")

    assert "X-API-CREDITS-REMAINING" not in quiet.headers
    assert told.headers["X-API-CREDITS-REMAINING"] == "2399"


def test_unknown_paths_and_verbs_are_refused_in_crm_words(crm: Reader) -> None:
    assert crm.get("/settings/nope").get_json()["code"] == "INVALID_URL_PATTERN"
    assert crm.call("PATCH", "/org").get_json()["code"] == "INVALID_REQUEST_METHOD"
    assert crm.get("/Nope", fields="a").get_json()["code"] == "INVALID_MODULE"


def test_what_was_written_survives_a_restart(tmp_path: Any) -> None:
    path, wanted = tmp_path / "state.jsonl", {"seed": 7}
    world = World.empty(clock=Clock(NOON, frozen=True))
    StateFile(path, wanted).attach(world)
    account = Reader(world).add("Accounts", Account_Name="Zylker")

    again = World.empty(clock=Clock(NOON, frozen=True))
    StateFile(path, wanted).attach(again)

    row = Reader(again).get(f"/Accounts/{account}").get_json()["data"][0]
    assert row["Account_Name"] == "Zylker"
