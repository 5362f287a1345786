"""Reading request bodies: JSON keys by table, and the form-encoded ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import request

from standin.world.portal import Portal
from standin.zoho_projects.errors import RefusalError, bad_type, bad_value, missing_input

Values = dict[str, Any]
#: takes the key and its JSON value, gives arguments of an edit; an empty dict means accepted and ignored
Reader = Callable[[str, Any], Values]
Table = Mapping[str, Reader]


def json_body(kind: type[Any] = dict) -> Any:
    """The JSON body, of the wanted outer type; absent or unreadable is INVALID_INPUTSTREAM."""
    text = request.get_data(cache=True)
    try:
        found = json.loads(text)
    except ValueError as error:
        raise RefusalError("INVALID_INPUTSTREAM", "Invalid input stream") from error
    if not isinstance(found, kind):
        raise RefusalError("JSON_PARSE_ERROR", "Wrong type of JSON value")
    return found


def form_json(name: str) -> Any:
    """JSON in a form field; a JSON body instead is "Input Parameter Missing" (§5.3)."""
    text = request.form.get(name)
    if text is None:
        raise missing_input(name)
    try:
        return json.loads(text)
    except ValueError as error:
        raise RefusalError("JSON_PARSE_ERROR", "Wrong JSON", field=name) from error


def read(table: Table, body: Values, portal: Portal, module: str, *, required: tuple[str, ...] = ()) -> Values:
    """A body's keys as arguments of an edit.

    Unknown keys are EXTRA_KEY_FOUND_IN_JSON, but flat `*_id` keys are accepted and ignored (§0.5).
    """
    for name in required:
        if body.get(name) in (None, ""):
            raise missing_input(name)
    custom = {field.api_name for field in portal.custom_fields if field.module == module}
    values: Values = {}
    for key, value in body.items():
        if key in table:
            values |= table[key](key, value)
        elif key in custom:
            values.setdefault("fields", {})[key] = value
        elif key == "custom_fields" and isinstance(value, dict):
            values.setdefault("fields", {}).update(value)
        elif not key.endswith("_id"):
            raise RefusalError("EXTRA_KEY_FOUND_IN_JSON", "Extra key found in JSON.", field=key)
    return values


def ignored(_key: str, _value: Any) -> Values:
    """Accepted with 200 and without effect."""
    return {}


def refused(key: str, _value: Any) -> Values:
    """A key that is known to be answered with INVALID_PARAMETER_VALUE."""
    raise bad_value(key)


def text(name: str, longest: int = 80_000) -> Reader:
    """A text of bounded length."""

    def reader(key: str, value: Any) -> Values:
        if not isinstance(value, str):
            raise bad_type(key)
        if len(value) > longest:
            raise bad_value(key, f"{key} is longer than {longest} characters")
        return {name: value}

    return reader


def choice(name: str, *words: str) -> Reader:
    """One of some words."""

    def reader(key: str, value: Any) -> Values:
        if not isinstance(value, str):
            raise bad_type(key)
        if value.lower() not in [word.lower() for word in words]:
            raise bad_value(key)
        return {name: next(word for word in words if word.lower() == value.lower())}

    return reader


def flag(name: str) -> Reader:
    """A boolean; the text "true" or "false" is taken as well."""

    def reader(key: str, value: Any) -> Values:
        if str(value).lower() not in ("true", "false"):
            raise bad_type(key)
        return {name: str(value).lower() == "true"}

    return reader


def percent(name: str) -> Reader:
    """A whole number from 0 to 100, as number or text."""

    def reader(key: str, value: Any) -> Values:
        if isinstance(value, bool) or not str(value).isdigit():
            raise bad_type(key)
        if int(value) > 100:
            raise bad_value(key)
        return {name: int(value)}

    return reader


def a_date(name: str) -> Reader:
    """A date `yyyy-MM-dd` (or the date part of a date-time), or the `MM-DD-YYYY` that milestones want (§2.2)."""
    return lambda key, value: {name: read_date(key, value) if value else None}


def read_date(key: str, value: Any) -> str:
    """A date in either input format as ISO text."""
    if not isinstance(value, str):
        raise bad_type(key)
    american = re.fullmatch(r"(\d\d)-(\d\d)-(\d{4})", value)
    iso = "{2}-{0}-{1}".format(*american.groups()) if american else value[:10]
    try:
        return date.fromisoformat(iso).isoformat()
    except ValueError as error:
        raise bad_value(key) from error


def linked(name: str, inner: str = "id") -> Reader:
    """A nested reference such as {"id": "…"} or {"zpuid": "…"}; anything else is JSON_PARSE_ERROR."""

    def reader(key: str, value: Any) -> Values:
        if not isinstance(value, dict):
            raise bad_type(key)
        found = str(value.get(inner, ""))
        if not found.isdigit():
            raise bad_value(key)
        return {name: found}

    return reader


def linked_list(name: str, inner: str = "id") -> Reader:
    """A list of nested references."""

    def reader(key: str, value: Any) -> Values:
        if not isinstance(value, list):
            raise bad_type(key)
        one = linked(name, inner)
        return {name: [one(key, row)[name] for row in value]}

    return reader


def plain_object(name: str) -> Reader:
    """An object taken as it is."""

    def reader(key: str, value: Any) -> Values:
        if not isinstance(value, dict):
            raise bad_type(key)
        return {name: value}

    return reader
