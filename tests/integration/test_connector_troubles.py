"""Lists of the stand-in read through faults, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import RemoteUnavailable
from tests.integration.connector_line import TABLES, Line, sized


@pytest.fixture(scope="module")
def troubled_line() -> Iterator[Line]:
    line = sized(customers=2, projects=75, time_entries=1500)
    yield line
    line.connector.close()


ONCE = (
    "bad_gzip", "cut_json", "dead_list", "deep_json", "empty_body", "empty_page", "endless_page", "error_200",
    "html_200",
    "html_as_json", "huge_body", "latin1", "list_json", "nan", "null_json", "object_json", "redirect", "status",
    "throttle_429", "trailing_garbage",
)  # fmt: skip
HARMLESS = ("bom", "dup_rows", "id_as_number", "more_flag_lies", "no_ct", "shuffle", "wrong_ct")


@pytest.mark.parametrize("trouble", [{"kind": kind, "nth": 2} for kind in ONCE] + [{"kind": kind} for kind in HARMLESS])
@pytest.mark.parametrize("module", ["tasks", "time_entries"])
def test_a_list_comes_whole_through_trouble(troubled_line: Line, trouble: dict[str, Any], module: str) -> None:
    world = troubled_line.world
    world.throttle.clear()
    world.troubles.add({"path": "/(tasks|timelogs)$", **trouble})
    try:
        found = {record.id for record in troubled_line.read(module)}
    finally:
        world.troubles.clear()

    assert found == {str(key) for key in world.main.table(TABLES[module])}


@pytest.mark.parametrize(
    "kind", ["error_200", "html_200", "list_json", "null_json", "object_json", "redirect", "status"]
)
def test_lasting_trouble_is_an_error_and_never_an_empty_list(troubled_line: Line, kind: str) -> None:
    world = troubled_line.world
    world.troubles.add({"path": "/tasks$", "kind": kind})
    try:
        with pytest.raises(RemoteUnavailable):
            troubled_line.read("tasks")
    finally:
        world.troubles.clear()
