"""Records read one by one: a single record, and the clients of one project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connectors.base import RemoteRecord, Verdict
from connectors.errors import RemoteUnavailable
from connectors.http import Answer, Transient
from connectors.zoho_projects.listing import Listing
from connectors.zoho_projects.places import PLACES
from connectors.zoho_projects.records import is_trashed
from connectors.zoho_projects.time_entries import KINDS
from connectors.zoho_projects.values import Unreadable, flag, text_id
from connectors.zoho_session import ZohoSession
from connectors.zoho_words import Gone, NotFound

WIRE_KINDS = {ours: theirs for theirs, ours in KINDS.items()}
PRIMARY_FLAGS = ("is_primary", "primary", "is_primary_client")


def read_one(
    session: ZohoSession, listing: Listing, record_id: str, hints: Mapping[str, Any]
) -> RemoteRecord | Verdict:
    """One record; an issue comes as an array of one. Without a needed project id: hidden."""
    module = listing.query.module
    path, project = PLACES[module].one_path, hints.get("project")
    if "{project}" in path and not project:
        return Verdict.HIDDEN
    path = path.format(id=quote(record_id, safe=""), project=quote(str(project), safe=""))
    kinds = _kinds(hints) if module == "time_entries" else (None,)
    kind, body = _ask_each(session, listing, path, kinds)
    if body is None or is_trashed(body):
        return Verdict.GONE
    try:
        return listing.read_row(kind, body, {})
    except Unreadable as problem:
        raise RemoteUnavailable(
            f"One of the {PLACES[module].subject} ({record_id}) cannot be read. {problem}"
        ) from None


def _ask_each(
    session: ZohoSession, listing: Listing, path: str, kinds: Sequence[str | None]
) -> tuple[str | None, dict[str, Any] | None]:
    """Ask with each type until it is found; it is not there only when it is there with none of them."""
    for kind in filter(None, kinds[:-1]):
        try:
            return kind, session.ask(listing.question(path, {"type": kind}), _take_one)
        except (NotFound, Gone):
            continue
    params = {"type": kinds[-1]} if kinds[-1] else {}
    return kinds[-1], session.ask(listing.question(path, params), _take_one)


def _kinds(hints: Mapping[str, Any]) -> tuple[str, ...]:
    """The types that a log may have on the wire: one when hints tell it, else all."""
    return (_kind(hints),) if hints.keys() & {"kind", "task", "bug"} else tuple(KINDS)


def _kind(hints: Mapping[str, Any]) -> str:
    """What a log hangs on, on the wire: said, or seen by what is known of it."""
    seen = "bug" if hints.get("bug") else "general" if "task" in hints and not hints["task"] else "task"
    return WIRE_KINDS.get(str(hints.get("kind") or seen), "task")


def take_clients(body: Any, _: Answer) -> list[dict[str, Any]]:
    """The clients of a project with text ids; a bare array is taken as well."""
    rows = body.get("clients") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Transient("Zoho Projects answered with something that is no list of clients. Try again later.")
    try:
        return [{**row, "id": text_id(row.get("id"))} for row in rows]
    except Unreadable as problem:
        raise Transient(f"Zoho Projects sent a client that cannot be read. {problem}") from None


def primary(clients: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The primary one: flagged, else the only one; two flags leave it open."""
    flagged = [row for row in clients if any(flag(row.get(name)) for name in PRIMARY_FLAGS)]
    if flagged:
        return flagged[0] if len(flagged) == 1 else None
    return clients[0] if len(clients) == 1 else None


def _take_one(body: Any, _: Answer) -> dict[str, Any] | None:
    if isinstance(body, list):
        if not body:
            return None
        body = body[0]
    if not isinstance(body, dict) or "id" not in body:
        raise Transient("Zoho Projects answered with something that is no record. Try again later.")
    return body
