"""The `filter` parameter: JSON criteria joined by a pattern such as `1 AND (2 OR 3)` (zoho-projects-wire §2.4)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import request

from standin.zoho_projects.errors import RefusalError, bad_value, missing_input

#: what a field of a record holds, as texts: ids, display names, dates; empty when there is no value
Getter = Callable[[Any], Sequence[str]]
Test = Callable[[Any], bool]
Values = Sequence[str]

_TOKEN = re.compile(r"\s*(\d+|AND|OR|\(|\))", re.IGNORECASE)


def _lower(values: Iterable[str]) -> list[str]:
    return [value.lower() for value in values]


def _any(check: Callable[[str, str], bool]) -> Callable[[Values, Values], bool]:
    return lambda held, asked: any(check(mine, asked[0].lower()) for mine in _lower(held))


def _is(held: Values, asked: Values) -> bool:
    return bool(set(_lower(held)) & set(_lower(asked)))


def _between(held: Values, asked: Values) -> bool:
    return any(asked[0] <= mine[:10] <= asked[1] for mine in held)


#: condition -> (how many values it needs at least, the test of what is held against what is asked)
CONDITIONS: dict[str, tuple[int, Callable[[Values, Values], bool]]] = {
    "is": (1, _is),
    "is_not": (1, lambda held, asked: not _is(held, asked)),
    "contains": (1, _any(lambda mine, asked: asked in mine)),
    "not_contains": (1, lambda held, asked: not any(asked[0].lower() in mine for mine in _lower(held))),
    "starts_with": (1, _any(lambda mine, asked: mine.startswith(asked))),
    "ends_with": (1, _any(lambda mine, asked: mine.endswith(asked))),
    "before": (1, _any(lambda mine, asked: mine[:10] < asked)),
    "after": (1, _any(lambda mine, asked: mine[:10] > asked)),
    "between": (2, _between),
    "not_between": (2, lambda held, asked: not _between(held, asked)),
    "is_empty": (0, lambda held, asked: not any(held)),
    "is_not_empty": (0, lambda held, asked: any(held)),
}


def asked_filter(getters: Mapping[str, Getter]) -> Test | None:
    """The test that the request's `filter` describes, or None when there is none."""
    text = request.args.get("filter")
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise RefusalError("JSON_PARSE_ERROR", "Invalid filter", field="filter") from error
    if not isinstance(found, dict) or not isinstance(found.get("criteria", []), list):
        raise RefusalError("JSON_PARSE_ERROR", "Invalid filter", field="filter")
    criteria = [_criterion(row, getters) for row in found.get("criteria", [])]
    if not criteria:
        return None
    if not isinstance(found.get("pattern"), str) or not found["pattern"].strip():
        raise missing_input("pattern")
    return _Pattern(found["pattern"], criteria).test()


def _criterion(row: Any, getters: Mapping[str, Getter]) -> Test:
    if not isinstance(row, dict):
        raise RefusalError("JSON_PARSE_ERROR", "Invalid criteria", field="criteria")
    name, condition = row.get("field_name"), row.get("criteria_condition")
    if name not in getters:
        raise bad_value("field_name", f"Invalid field {name}")
    getter, values = getters[str(name)], row.get("value", [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RefusalError("JSON_PARSE_ERROR", "value must be an array of strings", field="value")
    if preset := _preset(getter, condition, values):
        return preset
    if condition not in CONDITIONS:
        raise bad_value("criteria_condition", f"Invalid criteria condition {condition}")
    needed, check = CONDITIONS[condition]
    if len(values) < needed:
        raise bad_value("value")
    return lambda record: check(getter(record), values)


def _preset(getter: Getter, condition: Any, values: Values) -> Test | None:
    """`all_open` and `all_closed`, as a condition or as the value `${all_open}` (§2.4)."""
    words = [str(condition), *(value.strip("${}") for value in values if value.startswith("${"))]
    if "all_open" in words:
        return lambda record: not record.status.is_closed
    if "all_closed" in words:
        return lambda record: bool(record.status.is_closed)
    return None


class _Pattern:
    """A reader of patterns: `or` binds weaker than `and`, numbers are 1-based."""

    def __init__(self, text: str, criteria: Sequence[Test]) -> None:
        self._tokens = [token.upper() for token in _TOKEN.findall(text)]
        if "".join(self._tokens) != re.sub(r"\s", "", text).upper():
            raise bad_value("pattern")
        self._criteria = criteria

    def test(self) -> Test:
        """The whole pattern as one test."""
        result = self._either()
        if self._tokens:
            raise bad_value("pattern")
        return result

    def _either(self) -> Test:
        parts = [self._all()]
        while self._tokens[:1] == ["OR"]:
            self._tokens.pop(0)
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda record: any(part(record) for part in parts)

    def _all(self) -> Test:
        parts = [self._one()]
        while self._tokens[:1] == ["AND"]:
            self._tokens.pop(0)
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda record: all(part(record) for part in parts)

    def _one(self) -> Test:
        token = self._tokens.pop(0) if self._tokens else ""
        if token == "(":  # noqa: S105  (a bracket, no secret)
            inner = self._either()
            if self._tokens[:1] != [")"]:
                raise bad_value("pattern")
            self._tokens.pop(0)
            return inner
        if not token.isdigit() or not 1 <= int(token) <= len(self._criteria):
            raise bad_value("pattern")
        return self._criteria[int(token) - 1]
