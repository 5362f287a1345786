"""Reads a module's lists page by page into records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, tzinfo
from itertools import count
from typing import Any

from connectors.base import Page, Query, RemoteRecord, UnreadableRecord
from connectors.errors import ScopeMissing
from connectors.http import Answer
from connectors.zoho_projects.custom import CustomFields
from connectors.zoho_projects.known import KNOWN
from connectors.zoho_projects.leaves import Leaf, Turning, take_list, take_logs
from connectors.zoho_projects.legs import WHOLE, WINDOWS, Leg, Position, legs, position, probe, start
from connectors.zoho_projects.places import PLACES
from connectors.zoho_projects.records import is_trashed, read
from connectors.zoho_projects.time_entries import TimeReader, unreadable
from connectors.zoho_projects.values import Unreadable
from connectors.zoho_session import Question, ZohoSession
from connectors.zoho_words import Gone, NotFound


class Listing:
    """One query on its way."""

    def __init__(
        self,
        session: ZohoSession,
        custom: CustomFields,
        query: Query,
        today: date,
        zone: Callable[[], tzinfo],
    ) -> None:
        self.query = query
        self._session = session
        self._custom = custom
        self._today = today
        self._zone = zone
        self._place = PLACES[query.module]
        self._trusts_sums = True
        self._readers = {kind: TimeReader(kind, zone) for kind in ("task", "issue", "general")}

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """The pages from `cursor` on; ends without a further call after the page known to be last."""
        at = position(cursor, self.query)
        try:
            yield from self._follow(at)
        except ScopeMissing:
            if at.mode != WINDOWS:
                raise
            # one project is hidden from the account; the list of the whole portal leaves it out and goes on
            yield from self._follow(Position(WHOLE))

    def peek(self) -> list[RemoteRecord]:
        """Read the first page, for its records and the custom fields that it shows."""
        leg = legs(self.query, WHOLE, self._today)[0]
        return self._read(leg, self._fetch(leg, 1), 1)[0]

    def probe(self) -> None:
        """Ask for one record; raises what listing would raise."""
        leg = probe(self.query.module, self._today)
        self._session.ask(self.question(leg.path, leg.page(1, 1)), self._taker(leg, 1))

    def question(self, path: str, params: Mapping[str, str]) -> Question:
        """A question about this module below the portal."""
        is_watchful = self.query.module != "time_entries"
        whole = f"/api/v3/portal/{self.query.scope}{path}"
        return Question(whole, params, self._place.subject, self._place.scope, is_watchful)

    def read_row(self, kind: str | None, body: Any, group: Mapping[str, Any]) -> RemoteRecord:
        """One record of any module, custom fields included; raises `Unreadable`."""
        module = self.query.module
        record = self._readers[kind](body, group) if kind is not None else read(module, body, self._zone)
        if not KNOWN[module].issuperset(body):
            self._custom.add_to(record, body, self.query.scope, module)
        return record

    def _follow(self, at: Position) -> Iterator[Page]:
        found = legs(self.query, at.mode, self._today)
        index = start(found, at)
        begin = at if found[index].name == at.leg else Position(at.mode)
        for later, leg in enumerate(found[index:], index + 1):
            after = Position(at.mode, found[later].name).as_cursor() if later < len(found) else None
            yield from self._leg(leg, begin, after)
            begin = Position(at.mode)

    def _leg(self, leg: Leg, begin: Position, after: str | None) -> Iterator[Page]:
        """The pages of one list; its last page's cursor is `after`."""
        # lists of time logs were seen to promise more for ever (wire page §5.1)
        turning = Turning(leg.kind is None, begin.read if self._trusts_sums else None)
        for number in count(begin.page):
            try:
                leaf = self._fetch(leg, number)
                leaf = self._fetch(leg, number) if turning.is_doubtful(leaf) else leaf
            except (NotFound, Gone):
                if leg.project is None:
                    raise
                # the project went since its logs were last read; the next whole listing will show it
                yield Page((), after)
                return
            records, bad = self._read(leg, leaf, number)
            ids = frozenset([record.id for record in records] + [row.id for row in bad])
            is_last = turning.is_last(leaf, ids, _seconds(leg, records, bad), self._place.subject)
            following = Position(begin.mode, leg.name, number + 1, turning.read).as_cursor()
            yield Page(records, after if is_last else following, bad)
            if is_last:
                break
        # a sum that counts more than the list holds is no help with the other lists either
        self._trusts_sums = self._trusts_sums and not turning.lacks_hours

    def _fetch(self, leg: Leg, number: int) -> Leaf:
        return self._session.ask(self.question(leg.path, leg.page(number)), self._taker(leg, number))

    def _taker(self, leg: Leg, number: int) -> Callable[[Any, Answer], Leaf]:
        subject = self._place.subject
        if leg.kind is not None:
            return lambda body, answer: take_logs(number, body, answer, subject)
        return lambda body, _: take_list(self._place.plural, number, body, subject)

    def _read(self, leg: Leg, leaf: Leaf, number: int) -> tuple[list[RemoteRecord], list[UnreadableRecord]]:
        records: list[RemoteRecord] = []
        bad: list[UnreadableRecord] = []
        read_row, kind = self.read_row, leg.kind
        for index, (body, group) in enumerate(leaf.rows, 1):
            try:
                record = read_row(kind, body, group)
            except Unreadable as problem:
                bad.append(unreadable(body, problem, f"{leg.name}, page {number}, row {index}"))
            else:
                if kind is not None or not is_trashed(body):
                    records.append(record)
        return records, bad


def _seconds(leg: Leg, records: list[RemoteRecord], bad: list[UnreadableRecord]) -> int | None:
    """The hours of a page, None where they cannot be compared with what the list tells."""
    if leg.kind is None or bad:
        return None
    seconds: list[int] = [record.fields["seconds"] for record in records]
    return sum(seconds)
