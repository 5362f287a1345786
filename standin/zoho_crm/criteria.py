"""Conditions: as custom views hold them, and as `criteria` of a search writes them (zoho-crm-wire §3.7, §6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.fields import CrmField, CrmModule
from standin.zoho_crm.bodies import value_of
from standin.zoho_crm.errors import invalid, over_limit

Json = dict[str, Any]
MOST = 10
_NUMBERS = ("integer", "double", "currency", "percent")


def meets(org: CrmOrg, row: CrmRecord, criteria: Json | None) -> bool:
    """Whether a record meets a group or one condition."""
    if criteria is None:
        return True
    if "group" in criteria:
        parts: list[bool] = [meets(org, row, part) for part in criteria["group"]]
        is_all: bool = criteria["group_operator"].lower() == "and"
        return all(parts) if is_all else any(parts)
    field = org.fields(row.module).get(criteria["field"]["api_name"])
    if field is None:
        raise invalid(api_name=criteria["field"]["api_name"])
    return _compare(plain(org, row, field), criteria["comparator"], criteria.get("value"), field)


def plain(org: CrmOrg, row: CrmRecord, field: CrmField) -> Any:
    """A value to compare: a lookup by its id."""
    if field.api_name == "id":
        return str(row.id)
    value = value_of(org, row, field)
    return value["id"] if isinstance(value, dict) else value


def _compare(mine: Any, comparator: str, given: Any, field: CrmField) -> bool:
    if given in ("${EMPTY}", "${NOTEMPTY}"):
        wants_empty = (given == "${EMPTY}") == (comparator == "equal")
        return (mine in (None, "")) is wants_empty
    if isinstance(given, dict):
        given = given.get("id")
    test = COMPARATORS.get(comparator)
    if test is None:
        raise invalid(comparator=comparator)
    if comparator in ("in", "not_in", "between"):
        return test(_typed(mine, field), [_typed(one, field) for one in given])
    return test(_typed(mine, field), _typed(given, field))


def _typed(value: Any, field: CrmField) -> Any:
    """Make two values comparable: numbers as numbers, the rest as folded text."""
    if value is None:
        return None
    if field.data_type == "boolean":
        return str(value).lower() == "true"
    if field.data_type in _NUMBERS:
        try:
            return float(value)
        except (TypeError, ValueError):
            return None
    return str(value).casefold()


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda mine, given: mine is not None and given is not None and test(mine, given)


COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda mine, given: mine == given,
    "not_equal": lambda mine, given: mine != given,
    "contains": _ordered(lambda mine, given: str(given) in str(mine)),
    "not_contains": lambda mine, given: mine is None or str(given) not in str(mine),
    "starts_with": _ordered(lambda mine, given: str(mine).startswith(str(given))),
    "ends_with": _ordered(lambda mine, given: str(mine).endswith(str(given))),
    "greater_than": _ordered(lambda mine, given: mine > given),
    "greater_equal": _ordered(lambda mine, given: mine >= given),
    "less_than": _ordered(lambda mine, given: mine < given),
    "less_equal": _ordered(lambda mine, given: mine <= given),
    "in": lambda mine, given: mine in given,
    "not_in": lambda mine, given: mine not in given,
    "between": lambda mine, given: mine is not None and given[0] <= mine <= given[1],
}
#: what a search calls a comparator; equals behaves like contains for text (§6)
SEARCH_WORDS = {"equals": "equal", "not_equal": "not_equal"}
_TEXTS = ("text", "textarea", "email", "phone", "website")
_TOKEN = re.compile(r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<word>and|or)\b)", re.IGNORECASE)


def parse(text: str, module: CrmModule) -> Json:
    """Read `((Name:operator:value) and (…))`; raises INVALID_DATA when it cannot be read."""
    group, rest, count = _group(text.strip(), module)
    if rest.strip():
        raise invalid(param_name="criteria")
    if count > MOST:
        raise over_limit(MOST, "criteria")
    return group


def _group(text: str, module: CrmModule) -> tuple[Json, str, int]:
    """Read one parenthesis: a condition, or conditions joined by and, or."""
    if not text.startswith("("):
        raise invalid(param_name="criteria")
    inner = text[1:].lstrip()
    if not inner.startswith("("):
        return _condition(inner, module)
    parts, words, rest, total = [], [], inner, 0
    while True:
        part, rest, count = _group(rest.lstrip(), module)
        parts.append(part)
        total += count
        found = _TOKEN.match(rest)
        if found is None:
            raise invalid(param_name="criteria")
        rest = rest[found.end() :]
        if found["close"]:
            break
        if found["word"] is None:
            raise invalid(param_name="criteria")
        words.append(found["word"].lower())
    return _joined(parts, words), rest, total


def _joined(parts: list[Json], words: list[str]) -> Json:
    """`and` binds tighter than `or`."""
    if not words:
        return parts[0]
    ors: list[list[Json]] = [[parts[0]]]
    for word, part in zip(words, parts[1:], strict=True):
        if word == "and":
            ors[-1].append(part)
        else:
            ors.append([part])
    groups = [one[0] if len(one) == 1 else {"group_operator": "and", "group": one} for one in ors]
    return groups[0] if len(groups) == 1 else {"group_operator": "or", "group": groups}


def _condition(text: str, module: CrmModule) -> tuple[Json, str, int]:
    end, raw = 0, ""
    while end < len(text) and text[end] != ")":
        if text[end] == "\\" and end + 1 < len(text):
            raw += "\0" + text[end + 1]
            end += 2
            continue
        raw += text[end]
        end += 1
    name, _, tail = raw.partition(":")
    operator, _, value = tail.partition(":")
    field = module.fields.get(name.strip())
    if end >= len(text) or not operator or (field is None and name.strip() != "id"):
        raise invalid(param_name="criteria")
    return _made(name.strip(), field, operator.strip(), value), text[end + 1 :], 1


def _made(name: str, field: CrmField | None, operator: str, value: str) -> Json:
    comparator = SEARCH_WORDS.get(operator, operator)
    given: Any = value.replace("\0", "")
    if comparator in ("in", "not_in", "between"):
        given = [part.replace("\0", "") for part in re.split(r"(?<!\0),", value)]
    elif comparator == "equal" and field is not None and field.data_type in _TEXTS and given not in ("${EMPTY}",):
        comparator = "contains"
    return {"field": {"api_name": name}, "comparator": comparator, "value": given}
