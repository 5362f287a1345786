"""Reads a module's lists page by page into records: first what is there, then what was deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.base import Page, Query, RemoteRecord, UnreadableRecord
from connectors.errors import RemoteUnavailable
from connectors.zoho_crm.asking import Asker, Leaf
from connectors.zoho_crm.fields import FIELDS_A_CALL, Catalogue
from connectors.zoho_crm.options import BOTH, read_choices
from connectors.zoho_crm.places import PLACES
from connectors.zoho_crm.records import Reader
from connectors.zoho_crm.values import Unreadable, text_id
from connectors.zoho_words import Misunderstood

PER_PAGE = 200
#: pages that a number reaches; further ones need the token of the page before (wire page §5.1)
NUMBERED_PAGES = 10
#: tokens reach 100,000 records; nothing follows after that
MOST_PAGES = 520
#: what the server says of a token that ran out or was made for other parameters
STALE_TOKEN = frozenset({"EXPIRED_VALUE", "TOKEN_BOUND_DATA_MISMATCH"})
LISTED, DELETED = "listed", "deleted"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a listing stands: the remote module, listed or deleted, and the next page by number or token."""

    remote: str
    what: str = LISTED
    page: int = 1
    token: str | None = None

    def as_cursor(self) -> str:
        """The position as opaque text."""
        return json.dumps([self.remote, self.what, self.page, self.token])

    def params(self) -> dict[str, str]:
        """What asks for the page."""
        where = {"page_token": self.token} if self.token else {"page": str(self.page)}
        return {"per_page": str(PER_PAGE), **where}


@dataclass(slots=True)
class Turning:
    """Decides after each page of one list whether another follows; promises of more may lie in both directions."""

    seen: set[str] = field(default_factory=set)
    stale: int = 0

    def following(self, at: Position, leaf: Leaf, ids: list[str]) -> Position | None:
        """The next page; None: this was the last. A list that only repeats itself ends."""
        before = len(self.seen)
        self.seen.update(ids)
        self.stale = 0 if len(self.seen) > before else self.stale + 1
        is_full = len(leaf.rows) >= PER_PAGE
        if self.stale > 1 or not (leaf.promises_more or (is_full and not self.stale)):
            return None
        if at.page >= MOST_PAGES:
            raise RemoteUnavailable(
                f"The list of {PLACES[at.remote].subject} in Zoho CRM is longer than can be read. Sync by a view."
            )
        if at.what == LISTED and at.page >= NUMBERED_PAGES:
            return _by_token(at, leaf)
        return Position(at.remote, at.what, at.page + 1)


def _by_token(at: Position, leaf: Leaf) -> Position | None:
    """The next page beyond those that have numbers."""
    if leaf.token is not None:
        return Position(at.remote, at.what, at.page + 1, leaf.token)
    if not leaf.promises_more:
        return None
    subject = PLACES[at.remote].subject
    raise RemoteUnavailable(f"Zoho CRM does not say where its list of {subject} goes on. Try again later.")


class Listing:
    """One query on its way."""

    def __init__(self, asker: Asker, catalogue: Catalogue, query: Query, currency: Callable[[], str | None]) -> None:
        self.query = query
        self.choices = read_choices(query.options)
        self._asker = asker
        self._catalogue = catalogue
        self._currency = currency
        self._viewed: frozenset[str] | None = None

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """The pages from `cursor` on; ends without a further call after the page known to be last."""
        steps = self._steps()
        if not steps:
            yield Page((), None)
            return
        at = Position(*json.loads(cursor)) if cursor else steps[0]
        index = next((place for place, step in enumerate(steps) if self._is_same(step, at)), 0)
        for place in range(index, len(steps)):
            begin = at if place == index and self._is_same(steps[place], at) else steps[place]
            after = steps[place + 1].as_cursor() if place + 1 < len(steps) else None
            yield from self._walk(begin, after)

    def peek(self, most: int = 5) -> list[RemoteRecord]:
        """The first few records that can be read."""
        found: list[RemoteRecord] = []
        for remote in self.choices.remotes_of(self.query.module):
            names = self._catalogue.asked(remote, self.query.module, self.choices)
            at = Position(remote)
            rows = self._whole(remote, names, self._fetch(at, names, most * 4).rows)
            found += [record for record in self._read(at, rows)[0] if self._is_wanted(remote, record)]
        return found[:most]

    def probe(self, remote: str) -> None:
        """Ask for one record; raises what listing would raise."""
        self._asker.leaf(remote, {**self._view(remote), "fields": "id", "page": "1", "per_page": "1"})

    def read_row(self, remote: str, body: Any) -> RemoteRecord:
        """One record, whatever list it stood in; raises `Unreadable`."""
        return self.reader(remote).read(body, self._currency)

    def reader(self, remote: str) -> Reader:
        """What reads the rows of a remote module for this query."""
        return Reader(self.query.module, remote, self._catalogue.of(remote), self.choices)

    def _steps(self) -> list[Position]:
        remotes = dict.fromkeys(self.choices.remotes_of(self.query.module))
        listed = [Position(remote) for remote in remotes]
        return listed if self.query.since is None else [*listed, *(Position(remote, DELETED) for remote in remotes)]

    @staticmethod
    def _is_same(step: Position, at: Position) -> bool:
        return (step.remote, step.what) == (at.remote, at.what)

    def _walk(self, at: Position | None, after: str | None) -> Iterator[Page]:
        """The pages of one list; the last one's cursor is `after`. A token that ran out begins the list anew."""
        turning, names, restarts = Turning(), self._names(at), 0
        while at is not None:
            try:
                leaf = self._fetch(at, names, PER_PAGE)
            except Misunderstood as problem:
                if not _is_stale(problem, at) or restarts:
                    raise
                at, turning, restarts = Position(at.remote, at.what), Turning(), 1
                continue
            following = turning.following(at, leaf, _ids(leaf))
            cursor = following.as_cursor() if following else after
            yield self._page(at, names, leaf, cursor)
            at = following

    def _page(self, at: Position, names: list[str], leaf: Leaf, cursor: str | None) -> Page:
        if at.what == DELETED:
            return Page((), cursor, gone=_ids(leaf))
        records, bad = self._read(at, self._whole(at.remote, names, leaf.rows))
        return Page([record for record in records if self._is_wanted(at.remote, record)], cursor, bad)

    def _names(self, at: Position | None) -> list[str]:
        if at is None or at.what == DELETED:
            return []
        return self._catalogue.asked(at.remote, self.query.module, self.choices)

    def _fetch(self, at: Position, names: list[str], size: int) -> Leaf:
        if at.what == DELETED:
            return self._asker.leaf(at.remote, {**at.params(), "type": "all"}, self.query.since, "/deleted")
        params = {"fields": ",".join(names[:FIELDS_A_CALL]), **self._view(at.remote), **at.params()}
        return self._asker.leaf(at.remote, params | {"per_page": str(size)}, self.query.since)

    def _view(self, remote: str) -> dict[str, str]:
        """A view has its own order; without one the oldest come first, so that pages do not shift."""
        view = self.choices.view(remote)
        return {"cvid": view} if view else {"sort_by": "id", "sort_order": "asc"}

    def _whole(self, remote: str, names: list[str], rows: Any) -> list[Any]:
        """The rows with the fields that did not fit into one question."""
        whole = list(rows)
        for start in range(FIELDS_A_CALL, len(names), FIELDS_A_CALL):
            ids = [str(row["id"]) for row in whole if isinstance(row, dict) and isinstance(row.get("id"), (str, int))]
            params = {"fields": ",".join(names[start : start + FIELDS_A_CALL])}
            more = {str(row.get("id")): row for row in self._asker.by_ids(remote, ids, params) if isinstance(row, dict)}
            whole = [row | more.get(str(row.get("id")), {}) if isinstance(row, dict) else row for row in whole]
        return whole

    def _read(self, at: Position, rows: list[Any]) -> tuple[list[RemoteRecord], list[UnreadableRecord]]:
        records: dict[str, RemoteRecord] = {}
        bad: list[UnreadableRecord] = []
        reader = self.reader(at.remote)
        for index, body in enumerate(rows, 1):
            try:
                record = reader.read(body, self._currency)
            except Unreadable as problem:
                bad.append(unreadable(body, problem, f"{at.remote}, page {at.page}, row {index}"))
            else:
                records[record.id] = record
        return list(records.values()), bad

    def _is_wanted(self, remote: str, record: RemoteRecord) -> bool:
        """Whether a record of the list belongs to what was chosen (requirements C-14, C-22)."""
        if remote != "Contacts":
            return True
        account = record.fields["account"]
        if self.query.module == "customers":
            return not (self.choices.takes_accountless and account)
        if self.choices.record != BOTH or account is None or self.choices.view("Accounts") is None:
            return True
        return account in self._accounts_in_view()

    def _accounts_in_view(self) -> frozenset[str]:
        """The accounts of the chosen view, read once and only when a contact asks for it."""
        if self._viewed is None:
            found: set[str] = set()
            at: Position | None = Position("Accounts")
            turning = Turning()
            while at is not None:
                params = {"fields": "id", **self._view("Accounts"), **at.params()}
                leaf = self._asker.leaf("Accounts", params)
                ids = _ids(leaf)
                found.update(ids)
                at = turning.following(at, leaf, ids)
            self._viewed = frozenset(found)
        return self._viewed


def unreadable(body: Any, problem: Unreadable, place: str) -> UnreadableRecord:
    """A row that cannot be read, by its id where it has one, else by where it stood."""
    try:
        key = text_id(body.get("id") if isinstance(body, dict) else None)
    except Unreadable:
        key = place
    return UnreadableRecord(key, str(problem))


def _ids(leaf: Leaf) -> list[str]:
    found = (row.get("id") for row in leaf.rows if isinstance(row, dict))
    return [str(key) for key in found if isinstance(key, (str, int)) and not isinstance(key, bool)]


def _is_stale(problem: Misunderstood, at: Position) -> bool:
    return at.token is not None and (problem.title in STALE_TOKEN or problem.about == "page_token")
