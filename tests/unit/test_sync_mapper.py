"""Remote values become local values, or a sentence; nothing in between."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import FieldType, RemoteRecord
from sync.bulk import dump
from sync.mapper import Rules, clean_text, coercion, content_hash, map_record
from sync.modules import MODULES
from sync.settings import SyncSettings
from sync.waiting import restore


def entry(**fields: Any) -> dict[str, Any]:
    plain = {
        "project": "1", "task": None, "bug": None, "kind": "general", "user": None, "date": date(2026, 6, 15),
        "seconds": 3600, "start_time": None, "end_time": None, "notes": "", "is_billable": True,
        "approval": "approved", "title": "",
    }  # fmt: skip
    return plain | fields


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_text_that_every_database_stores(text: str) -> None:
    clean = clean_text(text, 100)

    assert "\x00" not in clean
    assert clean.encode("utf-8").decode("utf-8") == clean
    assert len(clean) <= 100


def test_text_over_the_limit_is_cut_visibly() -> None:
    assert clean_text("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldType.DATE, "2026-02-30"), (FieldType.DATE, "0000-00-00"), (FieldType.DATE, "soon"),
        (FieldType.DECIMAL, "NaN"), (FieldType.DECIMAL, "1e"), (FieldType.NUMBER, "1.5"), (FieldType.NUMBER, 2**63),
        (FieldType.DURATION, "five"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_never_turned_into_something_else(kind: FieldType, value: Any) -> None:
    record = RemoteRecord("7", entry(date=value) if kind is FieldType.DATE else entry(seconds=value))
    module = MODULES["time_entries"]

    mapped = map_record(record, b"", module, Rules.compile(module, SyncSettings(), "zoho_projects"))

    if kind in {FieldType.DATE, FieldType.DURATION, FieldType.NUMBER}:
        assert mapped.kept_out is not None
        assert mapped.kept_out.code == "REC-UNREADABLE"
    else:
        with pytest.raises(Exception, match="is not a number"):
            coercion(kind, 10)(value)


@pytest.mark.req("P-15")
@pytest.mark.parametrize(("day", "state"), [(14, "elsewhere"), (15, "unbilled"), (16, "unbilled")])
def test_the_cutoff_day_itself_is_unbilled_and_the_day_before_is_not(day: int, state: str) -> None:
    shape = MODULES["time_entries"].shape
    assert shape is not None

    values = shape({"date": date(2026, 6, day)}, {}, SyncSettings(cutoff=date(2026, 6, 15)), None)

    assert values["billing_state"] == state


def test_the_hash_is_the_same_for_the_same_fields_and_differs_for_others() -> None:
    assert content_hash(entry()) == content_hash(entry())
    assert content_hash(entry()) != content_hash(entry(seconds=3601))
    assert content_hash({"name": "\ud800"}) != content_hash({"name": "?"})


def test_fields_that_wait_come_back_as_they_were() -> None:
    fields = entry(notes="x", nested={"days": [date(2026, 1, 2)]})

    assert restore(json.loads(dump(fields))) == fields


def test_settings_survive_their_json() -> None:
    settings = SyncSettings(cutoff=date(2026, 1, 31), duplicates="clone", field_maps={"projects": {"name": "name"}})

    assert SyncSettings.from_json(settings.as_json()) == settings
