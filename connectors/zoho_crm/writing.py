"""Writes records: up to a hundred a call, one by one where somebody else's change must not be overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.base import Change, WriteOutcome, Written
from connectors.errors import ConnectorError
from connectors.http import Transient
from connectors.zoho_crm.asking import Asker, moment
from connectors.zoho_crm.fields import Catalogue
from connectors.zoho_crm.options import Choices
from connectors.zoho_crm.places import API, PLACES, unreadable_module
from connectors.zoho_crm.refusals import is_answer, read_answer
from connectors.zoho_crm.sending import body_of
from connectors.zoho_crm.values import Unreadable, instant, text_id
from connectors.zoho_session import Question

AT_ONCE = 100
#: our clock and Zoho's may differ by so much
SLACK = timedelta(seconds=60)
#: how far back new records are looked through, 200 a page
MOST_PAGES = 10
#: by which a record that may have arrived is recognised
IDENTIFYING = {
    "Accounts": ("Account_Name",),
    "Contacts": ("Email", "First_Name", "Last_Name"),
    "Products": ("Product_Name", "Product_Code"),
}


@dataclass(frozen=True, slots=True)
class Sending:
    """One call: the changes it carries and their bodies; `record_id` where it is about one record alone."""

    remote: str
    changes: tuple[Change, ...]
    bodies: tuple[Mapping[str, Any], ...]
    method: str
    record_id: str = ""
    expected: datetime | None = None


class Writer:
    """Writes the records of one module; nothing that runs by itself in Zoho CRM is set off."""

    def __init__(
        self, asker: Asker, catalogue: Catalogue, module: str, choices: Choices, currencies: Callable[[], bool]
    ) -> None:
        """`currencies`: whether the organisation uses several, so records have one of their own."""
        self._asker = asker
        self._catalogue = catalogue
        self._module = module
        self._choices = choices
        self._currencies = currencies

    def write(self, changes: Sequence[Change]) -> list[Written]:
        """Send all changes; an error that comes later carries the answers that came before it."""
        done: list[Written] = []
        try:
            for sending in self._sendings(changes, done):
                done += self._send(sending)
        except ConnectorError as error:
            error.written = tuple(done)
            raise
        return done

    def find(self, change: Change, since: datetime, me: str) -> Written | None:
        """Look whether a change that got no answer was taken: a new record in the newest ones, another by itself."""
        remote = self._remote(change, frozenset())
        body = self.body(remote, change)
        if change.record_id is not None:
            return self._find_changed(remote, change, body)
        names = [name for name in IDENTIFYING[remote] if body.get(name)]
        for row in self._newest(remote, since - SLACK):
            same = all(str(row.get(name) or "").casefold() == str(body[name]).casefold() for name in names)
            if same and _id_of(row.get("Created_By")) == me:
                return Written(change.key, WriteOutcome.DONE, text_id(row.get("id")), modified_at=_modified(row))
        return None

    def body(self, remote: str, change: Change) -> dict[str, Any]:
        """A change in the remote's words."""
        known = self._catalogue.of(remote)
        body = body_of(remote, change.fields, known)
        currency = change.fields.get("currency")
        if change.record_id is None and currency and "Currency" in known and self._currencies():
            body["Currency"] = str(currency)
        return body

    def _sendings(self, changes: Sequence[Change], done: list[Written]) -> Iterator[Sending]:
        contacts = self._contacts_among(changes)
        bulk: dict[tuple[str, str], list[tuple[Change, dict[str, Any]]]] = {}
        for change in changes:
            remote = self._remote(change, contacts)
            body = self.body(remote, change)
            if change.record_id is None:
                bulk.setdefault((remote, "POST"), []).append((change, body))
            elif not body:
                done.append(Written(change.key, WriteOutcome.DONE, change.record_id))
            elif change.expected is None:
                bulk.setdefault((remote, "PUT"), []).append((change, {"id": change.record_id, **body}))
            else:
                yield Sending(remote, (change,), (body,), "PUT", change.record_id, change.expected)
        for (remote, method), rows in bulk.items():
            for start in range(0, len(rows), AT_ONCE):
                part = rows[start : start + AT_ONCE]
                yield Sending(remote, tuple(one for one, _ in part), tuple(body for _, body in part), method)

    def _contacts_among(self, changes: Sequence[Change]) -> frozenset[str]:
        """The customers that are contacts, where accounts and contacts are both."""
        if self._module != "customers" or not self._choices.takes_accountless:
            return frozenset()
        ids = [change.record_id for change in changes if change.record_id and "kind" not in change.fields]
        rows = self._asker.by_ids("Contacts", ids, {"fields": "id"}) if ids else []
        told = {change.record_id for change in changes if change.fields.get("kind") == "contact" and change.record_id}
        return frozenset(str(row.get("id")) for row in rows if isinstance(row, dict)) | frozenset(filter(None, told))

    def _remote(self, change: Change, contacts: frozenset[str]) -> str:
        kind = "contact" if change.record_id in contacts else str(change.fields.get("kind") or "")
        return self._choices.remote_of(self._module, kind)

    def _send(self, sending: Sending) -> list[Written]:
        one = f"/{quote(sending.record_id, safe='')}" if sending.record_id else ""
        question = Question(
            f"{API}/{sending.remote}{one}",
            {},
            PLACES[sending.remote].subject,
            f"ZohoCRM.modules.{PLACES[sending.remote].subject}.{'CREATE' if sending.method == 'POST' else 'UPDATE'}",
            method=sending.method,
            body={"data": list(sending.bodies), "trigger": []},
            headers={"If-Unmodified-Since": moment(sending.expected)} if sending.expected else {},
            is_answer=is_answer,
            forbidden=unreadable_module(sending.remote),
        )
        known = self._catalogue.of(sending.remote)
        rows = self._asker.session.tell(question, lambda body, _: _take_rows(body, len(sending.changes)))
        return [read_answer(change, row, known) for change, row in zip(sending.changes, rows, strict=True)]

    def _find_changed(self, remote: str, change: Change, body: Mapping[str, Any]) -> Written | None:
        row = self._asker.one(remote, str(change.record_id))
        if not isinstance(row, dict) or any(not _is_same(row.get(name), value) for name, value in body.items()):
            return None
        return Written(change.key, WriteOutcome.DONE, change.record_id, modified_at=_modified(row))

    def _newest(self, remote: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Records made since then, newest first; lists show them at once, searches do not."""
        fields = ",".join(("Created_Time", "Created_By", "Modified_Time", *IDENTIFYING[remote]))
        order = {"sort_by": "Created_Time", "sort_order": "desc"}
        for number in range(1, MOST_PAGES + 1):
            leaf = self._asker.leaf(remote, {"fields": fields, "per_page": "200", "page": str(number), **order})
            for row in leaf.rows:
                made = _made(row)
                if made is not None and made < since:
                    return
                if isinstance(row, dict):
                    yield row
            if not leaf.promises_more:
                return


def _take_rows(body: Any, count: int) -> list[Any]:
    """One row per record that was sent; an answer that is about fewer leaves it open what became of the rest."""
    rows = body.get("data") if isinstance(body, dict) else None
    if rows is None and count == 1 and isinstance(body, dict) and "code" in body:
        return [body]
    if not isinstance(rows, list) or len(rows) != count:
        raise Transient("Zoho CRM did not say of every record what became of it. Try again later.")
    return rows


def _made(row: Any) -> datetime | None:
    try:
        return instant(row.get("Created_Time"), "time of creation") if isinstance(row, dict) else None
    except Unreadable:
        return None


def _modified(row: Mapping[str, Any]) -> datetime | None:
    try:
        return instant(row.get("Modified_Time"), "time of modification")
    except Unreadable:
        return None


def _id_of(value: Any) -> str:
    return str(value.get("id") or "") if isinstance(value, dict) else ""


def _is_same(there: Any, sent: Any) -> bool:
    """Whether a value that is there is the one that was sent."""
    if isinstance(sent, Mapping):
        return _id_of(there) == _id_of(sent)
    if isinstance(sent, (int, float)) and not isinstance(sent, bool):
        return there is not None and str(there).rstrip("0").rstrip(".") == str(sent).rstrip("0").rstrip(".")
    return (there or None) == (sent or None)
