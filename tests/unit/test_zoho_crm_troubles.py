"""Lists of Zoho CRM read through faults: they come whole, or there is an error; never an empty list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import RateLimited, RemoteUnavailable
from tests.unit.crm_kit import Crm

ONCE = (
    "bad_gzip", "cut_json", "deep_json", "empty_body", "endless_page", "error_200", "html_200", "html_as_json",
    "huge_body", "latin1", "list_json", "nan", "null_json", "object_json", "redirect", "status", "throttle_429",
    "trailing_garbage",
)  # fmt: skip
HARMLESS = ("bom", "dup_rows", "id_as_number", "more_flag_lies", "no_ct", "shuffle", "wrong_ct")


@pytest.fixture(scope="module")
def full() -> Iterator[Crm]:
    crm = Crm()
    for number in range(450):
        crm.org.insert("Products", {"Product_Name": f"P{number}"}, crm.world.now())
    yield crm
    crm.connector.close()


@pytest.mark.parametrize("trouble", [{"kind": kind, "nth": 2} for kind in ONCE] + [{"kind": kind} for kind in HARMLESS])
def test_a_list_comes_whole_through_trouble(full: Crm, trouble: dict[str, Any]) -> None:
    full.world.troubles.add({"path": "/Products$", **trouble})
    try:
        found = {record.id for record in full.read("items")}
    finally:
        full.world.troubles.clear()

    assert found == {str(key) for key in full.org.records["Products"]}


@pytest.mark.parametrize(
    "kind", ["error_200", "html_200", "list_json", "null_json", "object_json", "redirect", "status"]
)
def test_lasting_trouble_is_an_error_and_never_an_empty_list(full: Crm, kind: str) -> None:
    full.world.troubles.add({"path": "/Products$", "kind": kind})
    try:
        with pytest.raises(RemoteUnavailable):
            full.read("items")
    finally:
        full.world.troubles.clear()


def test_credits_that_are_used_up_end_the_run_until_later(full: Crm) -> None:
    full.world.troubles.add({"path": "/Products$", "kind": "throttle_429", "headers": {}})
    try:
        with pytest.raises(RateLimited):
            full.read("items")
    finally:
        full.world.troubles.clear()
