"""Requests as the official Python client of v8 was seen to send them: no content type, ids as numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.standin.conftest import Reader, codes


def told(crm: Reader, method: str, path: str, body: Any) -> Any:
    """A body without a content type."""
    answer = crm.call(method, path, data=json.dumps(body))
    assert answer.status_code in (200, 201), answer.text
    return answer.get_json()


def test_its_start_asks_for_the_user_the_organisation_and_the_fields_of_every_lookup(crm: Reader) -> None:
    asked, seen = ["Deals"], set[str]()
    while asked:
        name = asked.pop()
        seen.add(name)
        fields = crm.get("/settings/fields", module=name).get_json()["fields"]
        assert all(isinstance(row["pick_list_values"], list) and row["json_type"] for row in fields)
        targets = {row["lookup"]["module"]["api_name"] for row in fields if row["lookup"]}
        asked += sorted(targets - seen - set(asked))

    assert seen == {"Deals", "Accounts", "Contacts"}  # every lookup leads to a module that is there
    assert len(crm.get("/users", type="CurrentUser").get_json()["users"]) == 1
    assert crm.get("/org").get_json()["org"][0]["id"].isdigit()


def test_it_names_records_by_numbers(crm: Reader) -> None:
    account = int(crm.add("Accounts", Account_Name="Zylker"))
    rows = {"data": [{"Last_Name": "Boyle", "Account_Name": {"id": account}}], "trigger": []}
    contact = int(told(crm, "POST", "/Contacts", rows)["data"][0]["details"]["id"])

    told(crm, "PUT", "/Contacts", {"data": [{"id": contact, "Phone": "1"}]})
    told(crm, "POST", "/Accounts/upsert", {
        "data": [{"Account_Name": "Zylker", "Phone": "2"}], "duplicate_check_fields": ["Account_Name"], "trigger": []
    })  # fmt: skip

    assert crm.get(f"/Contacts/{contact}").get_json()["data"][0]["Phone"] == "1"
    assert crm.get(f"/Accounts/{account}").get_json()["data"][0]["Phone"] == "2"


def test_its_notes_name_their_parent_and_are_listed_changed_and_deleted(crm: Reader) -> None:
    account = int(crm.add("Accounts", Account_Name="Zylker"))
    parent = {"id": account, "module": {"api_name": "Accounts"}}
    made = told(crm, "POST", "/Notes", {"data": [{"Note_Title": "Hi", "Note_Content": "There", "Parent_Id": parent}]})
    note = int(made["data"][0]["details"]["id"])

    told(crm, "PUT", f"/Notes/{note}", {"data": [{"Note_Content": "Elsewhere"}]})
    row = crm.get("/Notes", fields="Note_Title,Note_Content").get_json()["data"][0]
    crm.call("DELETE", f"/Notes/{note}")

    assert (row["Note_Title"], row["Note_Content"]) == ("Hi", "Elsewhere")
    assert crm.get("/Notes", fields="Note_Title").status_code == 204


def test_it_attaches_links_by_query_and_detaches_by_ids(crm: Reader) -> None:
    account = crm.add("Accounts", Account_Name="Zylker")
    link = {"attachmentUrl": "https://app.example/1", "title": "INV-1"}
    made = crm.call("POST", f"/Accounts/{account}/Attachments", query_string=link)
    key = made.get_json()["data"][0]["details"]["id"]

    rows = crm.get(f"/Accounts/{account}/Attachments", fields="File_Name,$link_url").get_json()["data"]
    gone = crm.call("DELETE", f"/Accounts/{account}/Attachments", query_string={"ids": f"{key},1"})

    assert rows == [{"id": key, "File_Name": "INV-1", "$link_url": "https://app.example/1"}]
    assert codes(gone) == ["SUCCESS", "INVALID_DATA"]


@pytest.mark.parametrize("channel", ["1000000068001", 1000000068001])
def test_channels_are_numbered_by_text_or_number(crm: Reader, channel: Any) -> None:
    row = {"channel_id": channel, "events": ["Deals.all"], "notify_url": "https://app.example/h", "token": "t"}

    told(crm, "POST", "/actions/watch", {"watch": [row]})

    assert [one["channel_id"] for one in crm.get("/actions/watch").get_json()["watch"]] == ["1000000068001"]


def test_old_readers_list_without_fields_and_read_202_from_a_failed_write(crm: Reader) -> None:
    crm.add("Accounts", Account_Name="Zylker")

    rows = crm.get("/crm/v2/Accounts").get_json()
    failed = crm.call("POST", "/crm/v2/Accounts", data=json.dumps({"data": [{"Phone": "1"}]}))

    assert rows["data"][0]["Account_Name"] == "Zylker"
    assert rows["info"] == {"per_page": 200, "count": 1, "page": 1, "more_records": False}
    assert (failed.status_code, codes(failed)) == (202, ["MANDATORY_NOT_FOUND"])
