"""The people of an organisation and their profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import RemotePerson, RemoteProfile
from connectors.errors import RemoteUnavailable
from connectors.http import Transient
from connectors.zoho_crm.places import API
from connectors.zoho_session import SILENCE, Question, ZohoSession

#: an organisation has fewer people than these pages hold
MOST_PAGES = 100
PER_PAGE = 200


def ask_people(session: ZohoSession) -> list[RemotePerson]:
    """Everybody, also those who may no longer sign in; who has no profile is left out."""
    rows = _rows(session, "users", f"{API}/users", {"type": "AllUsers"}, "ZohoCRM.users.READ")
    return [_person(row) for row in rows if isinstance(row.get("profile"), dict)]


def ask_profiles(session: ZohoSession) -> list[RemoteProfile]:
    """The profiles that people have."""
    rows = _rows(session, "profiles", f"{API}/settings/profiles", {}, "ZohoCRM.settings.profiles.READ")
    return [RemoteProfile(str(row["id"]), _text(row, "display_label", "name") or str(row["id"])) for row in rows]


def ask_me(session: ZohoSession) -> str:
    """The id of the person whose permission this connection has (requirements C-02)."""
    rows = _rows(session, "users", f"{API}/users", {"type": "CurrentUser"}, "ZohoCRM.users.READ")
    found = next(rows, None)
    if found is None:
        raise RemoteUnavailable("Zoho CRM does not tell whose permission this connection has. Try again later.")
    return str(found["id"])


def _rows(
    session: ZohoSession, plural: str, path: str, params: Mapping[str, str], scope: str
) -> Iterator[Mapping[str, Any]]:
    """Every row once, page by page; a list that repeats itself ends."""
    seen: set[str] = set()
    for number in range(1, MOST_PAGES + 1):
        asked = {**params, "page": str(number), "per_page": str(PER_PAGE)}
        question = Question(path, asked, plural, scope, silences=frozenset({204}))
        rows, has_more = session.ask(question, lambda body, _: _take(body, plural))
        fresh = [row for row in rows if str(row["id"]) not in seen]
        seen.update(str(row["id"]) for row in fresh)
        yield from fresh
        if not has_more or not fresh:
            return


def _take(body: Any, plural: str) -> tuple[list[Mapping[str, Any]], bool]:
    if body is SILENCE:
        return [], False
    rows = body.get(plural) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Transient(f"Zoho CRM answered with something that is no list of {plural}. Try again later.")
    info = body.get("info")
    has_more = isinstance(info, dict) and info.get("more_records") is True
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), (str, int))], has_more


def _person(row: Mapping[str, Any]) -> RemotePerson:
    parts = " ".join(filter(None, (_text(row, "first_name"), _text(row, "last_name"))))
    email = _text(row, "email")
    return RemotePerson(
        str(row["id"]),
        _text(row, "full_name") or parts or email,
        email,
        str(row["profile"].get("id") or ""),
        row.get("status") == "active",
        _text(row, "zuid"),
    )


def _text(row: Mapping[str, Any], *names: str) -> str:
    """The first of these that says something."""
    found = (row.get(name) for name in names)
    return next((str(value) for value in found if value and isinstance(value, (str, int))), "")
