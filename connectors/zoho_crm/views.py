"""The saved views of a module, which select what is synced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import View
from connectors.http import Answer, Transient
from connectors.zoho_crm.places import API, PLACES, unreadable_module
from connectors.zoho_session import SILENCE, Question, ZohoSession

#: more than anybody looks through
MOST_PAGES = 10


def ask_views(session: ZohoSession, remote: str) -> list[View]:
    """All views of a module, in the order in which Zoho CRM shows them."""
    found: dict[str, View] = {}
    if remote not in PLACES:
        return []
    for number in range(1, MOST_PAGES + 1):
        question = Question(
            f"{API}/settings/custom_views",
            {"module": remote, "page": str(number), "per_page": "200"},
            f"the views of {remote}",
            "ZohoCRM.settings.custom_views.READ",
            forbidden=unreadable_module(remote),
            silences=frozenset({204}),
        )
        rows, has_more = session.ask(question, _take_views)
        before = len(found)
        for row in rows:
            found.setdefault(row["id"], _view(row, remote))
        if not has_more or len(found) == before:
            break
    return list(found.values())


def _view(row: Mapping[str, Any], remote: str) -> View:
    name = row.get("display_value") or row.get("name") or row["id"]
    return View(row["id"], str(name), remote, row.get("default") is True)


def _take_views(body: Any, _: Answer) -> tuple[list[Mapping[str, Any]], bool]:
    if body is SILENCE:
        return [], False
    rows = body.get("custom_views") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Transient("Zoho CRM answered with something that is no list of views. Try again later.")
    info = body.get("info") if isinstance(body.get("info"), dict) else {}
    named: list[Mapping[str, Any]] = [
        {**row, "id": str(row["id"])} for row in rows if isinstance(row, dict) and row.get("id")
    ]
    return named, info.get("more_records") is True
