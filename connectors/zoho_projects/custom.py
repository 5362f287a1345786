"""Custom fields of one account's portals: asked for where that is permitted, else learnt from records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import RemoteField, RemoteRecord
from connectors.errors import ScopeMissing
from connectors.http import Answer, Transient
from connectors.zoho_projects.fields import custom_field, custom_value, learnt_field, standard_keys
from connectors.zoho_projects.known import KNOWN
from connectors.zoho_session import Question, ZohoSession
from connectors.zoho_words import Gone, Misunderstood, NotFound

#: what Zoho calls a module in settings/fields
MODULE_WORDS = {
    "customers": "clients",
    "projects": "projects",
    "users": "users",
    "milestones": "milestones",
    "tasks": "tasks",
    "bugs": "issues",
    "time_entries": "timelogs",
}

Key = tuple[str, str]


class CustomFields:
    """Remembers the custom fields by portal and module."""

    def __init__(self, session: ZohoSession, portal_path: Callable[[str], str]) -> None:
        self._session = session
        self._portal_path = portal_path
        self._told: dict[Key, Mapping[str, RemoteField] | None] = {}
        self._learnt: dict[Key, dict[str, RemoteField]] = {}

    def fields(self, scope: str, module: str) -> Mapping[str, RemoteField] | None:
        """What Zoho tells of the module's custom fields; None where it does not."""
        key = (scope, module)
        if key not in self._told:
            self._told[key] = self._ask(scope, module)
        return self._told[key]

    def learnt(self, scope: str, module: str) -> Mapping[str, RemoteField]:
        """What the records read so far showed."""
        return self._learnt.setdefault((scope, module), {})

    def add_to(self, record: RemoteRecord, body: Mapping[str, Any], scope: str, module: str) -> None:
        """Put the custom fields of a body into its record under their own names."""
        nested = body.get("custom_fields")
        loose = {name: body[name] for name in body.keys() - KNOWN[module] - {"custom_fields"}}
        if isinstance(nested, dict):
            loose |= nested
        if not loose:
            return
        told = self.fields(scope, module)
        learnt = self._learnt.setdefault((scope, module), {})
        taken = standard_keys(module)
        for name, value in loose.items():
            if name in taken or not isinstance(name, str):
                continue
            if told is not None and name in told:
                record.fields[name] = custom_value(value, told[name].type)
            elif told is None:
                field = learnt.setdefault(name, learnt_field(name, value))
                record.fields[name] = custom_value(value, field.type)

    def _ask(self, scope: str, module: str) -> Mapping[str, RemoteField] | None:
        question = Question(
            f"{self._portal_path(scope)}/settings/fields",
            {"module": MODULE_WORDS[module]},
            "custom fields",
            "ZohoProjects.custom_fields.READ",
        )
        try:
            found = self._session.ask(question, _take_fields)
        except (ScopeMissing, Misunderstood, NotFound, Gone):
            return None
        known = KNOWN[module] | standard_keys(module).keys()
        return {field.key: field for field in found if field.key not in known}


def _take_fields(body: Any, _: Answer) -> list[RemoteField]:
    rows = body.get("fields") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise Transient("Zoho Projects answered with something that is no list of fields. Try again later.")
    return [field for row in rows if (field := custom_field(row)) is not None]
