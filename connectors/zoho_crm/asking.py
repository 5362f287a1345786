"""Questions about records of one remote module: lists, single ones, deleted ones, with their shapes checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.http import Transient
from connectors.zoho_crm.places import API, PLACES, read_scope, unreadable_module
from connectors.zoho_session import SILENCE, Question, ZohoSession

#: nothing there, nothing changed: answers without a body (wire page §1)
SILENT = frozenset({204, 304})
#: records that one call may name by `ids`
IDS_A_CALL = 100
Row = Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page as it came: its rows, and what `info` says."""

    rows: Sequence[Row]
    info: Mapping[str, Any]

    @property
    def promises_more(self) -> bool:
        """Whether another page is promised."""
        return self.info.get("more_records") is True

    @property
    def token(self) -> str | None:
        """The token of the next page; None: there is none."""
        found = self.info.get("next_page_token")
        return found if isinstance(found, str) and found else None


class Asker:
    """Asks about the records of one organisation."""

    def __init__(self, session: ZohoSession) -> None:
        self.session = session

    def leaf(self, remote: str, params: Mapping[str, str], since: datetime | None = None, under: str = "") -> Leaf:
        """One page of a module's list, or of a list `under` it ("/deleted", "/search", "/{id}/Notes")."""
        number = params.get("page")
        question = self.question(remote, under, params, since)
        return self.session.ask(question, lambda body, _: _take_leaf(body, PLACES[remote].subject, number))

    def one(self, remote: str, record_id: str) -> Row:
        """A single record, whole; None when the answer says that there is none."""
        question = self.question(remote, f"/{quote(record_id, safe='')}", {})
        return self.session.ask(question, lambda body, _: _take_one(body, PLACES[remote].subject))

    def by_ids(self, remote: str, ids: Sequence[str], params: Mapping[str, str]) -> list[Row]:
        """The records of these ids, as many calls as it takes."""
        found: list[Row] = []
        for start in range(0, len(ids), IDS_A_CALL):
            part = ",".join(ids[start : start + IDS_A_CALL])
            found += self.leaf(remote, {**params, "ids": part, "per_page": "200"}).rows
        return found

    def question(self, remote: str, under: str, params: Mapping[str, str], since: datetime | None = None) -> Question:
        """A reading question about a module."""
        asked = {"If-Modified-Since": moment(since)} if since is not None else {}
        return Question(
            f"{API}/{remote}{under}",
            params,
            PLACES[remote].subject,
            read_scope(remote),
            headers=asked,
            silences=SILENT,
            forbidden=unreadable_module(remote),
        )


def moment(value: datetime) -> str:
    """An instant as Zoho CRM takes it: whole seconds with an offset."""
    return value.replace(microsecond=0).isoformat()


def _take_leaf(body: Any, subject: str, number: str | None) -> Leaf:
    if body is SILENCE:
        return Leaf((), {})
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Transient(f"Zoho CRM answered with something that is no list of {subject}. Try again later.")
    info = body.get("info")
    info = info if isinstance(info, dict) else {}
    told = info.get("page")
    if number is not None and isinstance(told, (int, str)) and str(told).isdecimal() and str(told) != number:
        raise Transient(f"Zoho CRM answered with another page of {subject} than asked. Try again later.")
    return Leaf(rows, info)


def _take_one(body: Any, subject: str) -> Row:
    if body is SILENCE:
        return None
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Transient(f"Zoho CRM answered with something that is no record of {subject}. Try again later.")
    return rows[0] if rows else None
