"""Records one by one: by their id, and as answers to what a person typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import RemoteRecord, Verdict
from connectors.errors import RemoteUnavailable
from connectors.zoho_crm.asking import Asker
from connectors.zoho_crm.listing import Listing
from connectors.zoho_crm.options import BOTH, CONTACTS, Choices
from connectors.zoho_crm.places import PLACES
from connectors.zoho_crm.values import Unreadable
from connectors.zoho_words import Forbidden, Gone, Misunderstood, NotFound

MOST_FOUND = 20
#: signs that a search reads as its own, and letters that no name needs
_OWN_SIGNS = "(),\\"


def read_one(asker: Asker, listing: Listing, record_id: str, hints: Mapping[str, Any]) -> RemoteRecord | Verdict:
    """One record; its `in_view` says whether it is among what was chosen (requirements C-23, C-31)."""
    verdict: RemoteRecord | Verdict = Verdict.GONE
    for remote in _remotes(listing, hints):
        verdict = _read(asker, listing, remote, record_id)
        if verdict is not Verdict.GONE:
            return verdict
    return verdict


def _remotes(listing: Listing, hints: Mapping[str, Any]) -> tuple[str, ...]:
    """Where to look: the hint's kind tells it for customers, else wherever customers may live."""
    module, choices = listing.query.module, listing.choices
    if module == "customers" and hints.get("kind") in ("account", "contact"):
        return (choices.remote_of(module, str(hints["kind"])),)
    return tuple(dict.fromkeys(choices.remotes_of(module) or (choices.remote_of(module, ""),)))


def _read(asker: Asker, listing: Listing, remote: str, record_id: str) -> RemoteRecord | Verdict:
    try:
        body = asker.one(remote, record_id)
    except (NotFound, Gone):
        return Verdict.GONE
    except Forbidden:
        return Verdict.HIDDEN
    except Misunderstood as problem:
        if problem.title == "INVALID_DATA":
            return Verdict.GONE
        raise
    if body is None:
        return Verdict.GONE
    try:
        record = listing.read_row(remote, body)
    except Unreadable as problem:
        subject = PLACES[remote].subject
        raise RemoteUnavailable(f"One of the {subject} ({record_id}) cannot be read. {problem}") from None
    record.fields["in_view"] = is_chosen(asker, listing, remote, record)
    return record


def is_chosen(asker: Asker, listing: Listing, remote: str, record: RemoteRecord) -> bool:
    """Whether a full listing would bring this record."""
    choices, account = listing.choices, record.fields.get("account")
    if not _is_in_view(asker, choices, remote, record.id):
        return False
    if remote != "Contacts" or choices.record != BOTH:
        return True
    if listing.query.module == "customers":
        return account is None and choices.with_accountless
    return account is None or _is_in_view(asker, choices, "Accounts", account)


def _is_in_view(asker: Asker, choices: Choices, remote: str, record_id: str) -> bool:
    view = choices.view(remote)
    if view is None:
        return True
    rows = asker.by_ids(remote, [record_id], {"cvid": view, "fields": "id"})
    return any(isinstance(row, dict) and str(row.get("id")) == record_id for row in rows)


def search(asker: Asker, listing: Listing, text: str) -> Sequence[RemoteRecord]:
    """Up to twenty records whose name begins with or holds the text (requirements C-29, C-30)."""
    found: dict[str, RemoteRecord] = {}
    for remote in dict.fromkeys(listing.choices.remotes_of(listing.query.module)):
        for params in _questions(listing, remote, text.strip()):
            rows = asker.leaf(remote, {**params, "page": "1", "per_page": str(MOST_FOUND)}, under="/search").rows
            for body in rows:
                try:
                    record = listing.read_row(remote, body)
                except Unreadable:
                    continue  # a person picks from what can be read; the run lists what cannot
                found.setdefault(record.id, record)
    return list(found.values())[:MOST_FOUND]


def _questions(listing: Listing, remote: str, text: str) -> list[dict[str, str]]:
    """An address of e-mail asks for itself; accounts go by their name, contacts by first and last name."""
    if len(text) < 2:
        return []
    if "@" in text and remote == "Contacts":
        return [{"email": text}]
    words = [_escaped(word) for word in text.split()[:3]]
    if remote != "Contacts":
        return [{"criteria": f"({PLACES[remote].name_field}:starts_with:{_escaped(text)})"}, {"word": text}]
    by_name = [f"((First_Name:starts_with:{word})or(Last_Name:starts_with:{word}))" for word in words]
    asked = by_name[0] if len(by_name) == 1 else f"({'and'.join(by_name)})"
    if listing.choices.record == CONTACTS or listing.query.module != "contact_persons":
        return [{"criteria": asked}]
    return [{"criteria": asked}, {"criteria": f"(Account_Name:starts_with:{_escaped(text)})"}]


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in _OWN_SIGNS else sign for sign in text)
