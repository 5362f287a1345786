"""The links of an integration as a file: which remote record is which row here, written out and taken in (M-17)."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, func, insert, select, update

from extensions import db, to_json, utcnow
from models import Integration, Link
from models.audit import Actor, record
from sync.connection.adoption import UNKNOWN
from sync.modules import MODULES
from sync.modules.base import Module

FORMAT = 1
COLUMNS = ("module", "remote_id", "local_id", "name", "outcome", "decided_at")
#: what a row is recognised by, beside its id; the others have a `name`
NAMED_BY: Mapping[str, tuple[str, ...]] = {"bugs": ("title",), "time_entries": ("date", "seconds")}
#: modules whose rows can be found by their name alone, when exactly one bears it
BY_NAME = ("customers", "projects", "users")
#: modules whose rows stay the house's own when a remote record turns out to be the same
OWN = ("customers", "users")
BATCH = 500
MOST_ROWS = 200_000
SAMPLES = 8
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class BadLinkFile(Exception):  # noqa: N818 - the names are sentences (architecture §4)
    """The file cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a file: a remote record and the row it became."""

    module: str
    remote_id: str
    local_id: int
    name: str


@dataclass(frozen=True, slots=True)
class LinkFile:
    """What a file says. `portal` is empty where it does not say (CSV)."""

    pairs: Sequence[Pair]
    connector: str = ""
    portal: str = ""
    portal_name: str = ""


@dataclass(slots=True)
class Foreseen:
    """What taking a file in would do: pairs by what becomes of them, a few of each, and the links it would make.

    Keys: new, known (linked already), taken (one of the two is linked otherwise; stays so), unknown (no such row here).
    """

    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Pair]] = field(default_factory=dict)
    new: list[Pair] = field(default_factory=list)

    def note(self, kind: str, pair: Pair) -> None:
        """Count a pair."""
        self.counts[kind] += 1
        kept = self.samples.setdefault(kind, [])
        if len(kept) < SAMPLES:
            kept.append(pair)
        if kind == "new":
            self.new.append(pair)


def as_json(integration: Integration) -> Iterator[str]:
    """Write all links as JSON, piece by piece."""
    head = {
        "crossbill_links": FORMAT, "connector": integration.connector,
        "portal": {"id": integration.scope_id, "name": integration.scope_name},
        "made_at": utcnow().isoformat(timespec="seconds"),
    }  # fmt: skip
    yield to_json(head)[:-1] + ',"links":['
    mark = "\n"
    for row in _rows(integration):
        yield mark + to_json(row)
        mark = ",\n"
    yield "\n]}\n"


def as_csv(integration: Integration) -> Iterator[str]:
    """Write all links as CSV; a name that a spreadsheet would run as a formula begins with an apostrophe."""
    yield "\ufeff" + _line(COLUMNS)
    for row in _rows(integration):
        shown = {**row, "name": f"'{row['name']}" if row["name"].startswith(_FORMULA) else row["name"]}
        yield _line("" if shown[column] is None else str(shown[column]) for column in COLUMNS)


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _rows(integration: Integration) -> Iterator[dict[str, Any]]:
    for key, module in MODULES.items():
        names = [module.table.c[name] for name in _named_by(key)]
        query = (
            select(Link.remote_id, Link.local_id, Link.outcome, Link.decided_at, *names)
            .outerjoin(module.table, module.table.c.id == Link.local_id)
            .where(Link.integration_id == integration.id, Link.module == key)
            .order_by(Link.id)
            .execution_options(yield_per=BATCH)
        )
        for remote_id, local_id, outcome, decided_at, *name in db.session.execute(query):
            yield {
                "module": key, "remote_id": remote_id, "local_id": local_id,
                "name": _name(name) if local_id is not None else "", "outcome": outcome,
                "decided_at": decided_at.isoformat(timespec="seconds"),
            }  # fmt: skip


def _named_by(module: str) -> tuple[str, ...]:
    return NAMED_BY.get(module, ("name",))


def _name(values: Iterable[Any]) -> str:
    return " ".join("" if value is None else str(value) for value in values)


def parse(content: bytes) -> LinkFile:
    """Read a file that `as_json` or `as_csv` wrote; raises `BadLinkFile`."""
    try:
        text = content.decode("utf-8-sig")
        return _parse_json(json.loads(text)) if text.lstrip().startswith("{") else _parse_csv(text)
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
        raise BadLinkFile(_("This is no file of links from Crossbill. Export one to see how it looks.")) from error


def _parse_json(stored: dict[str, Any]) -> LinkFile:
    if stored["crossbill_links"] > FORMAT:
        raise BadLinkFile(_("This file was written by a newer Crossbill. Take it in with that version."))
    portal = stored["portal"]
    return LinkFile(_pairs(stored["links"]), str(stored["connector"]), str(portal["id"]), str(portal["name"]))


def _parse_csv(text: str) -> LinkFile:
    rows = csv.DictReader(io.StringIO(text))
    if not {"module", "remote_id", "local_id"} <= set(rows.fieldnames or ()):
        raise ValueError("columns are missing")
    return LinkFile(_pairs({**row, "name": _plain(row.get("name") or "")} for row in rows))


def _plain(name: str) -> str:
    return name[1:] if name.startswith("'") and name[1:].startswith(_FORMULA) else name


def _pairs(rows: Iterable[Mapping[str, Any]]) -> list[Pair]:
    found = []
    for row in rows:
        if row["module"] in MODULES and row["local_id"] not in (None, ""):
            found.append(Pair(row["module"], _text(row["remote_id"]), _id(row["local_id"]), _text(row.get("name"))))
        if len(found) > MOST_ROWS:
            raise BadLinkFile(_("This file has too many lines. Split it into files of %(most)s lines.", most=MOST_ROWS))
    return found


def _text(value: Any) -> str:
    return str(value or "").replace("\x00", "")


def _id(value: Any) -> int:
    """A row's id; 0, which no row has, for what cannot be one."""
    number = int(value)
    return number if 0 < number < 2**31 else 0


def check(integration: Integration, file: LinkFile) -> Foreseen:
    """Say what taking the file in would do; changes nothing. Raises `BadLinkFile` for another portal's file."""
    if file.portal and (file.connector, file.portal) != (integration.connector, integration.scope_id):
        raise BadLinkFile(
            _("This file is of the portal %(portal)s, which is not the one that is connected.", portal=file.portal_name)
        )
    foreseen = Foreseen()
    connection = db.session.connection()
    for key, module in MODULES.items():
        pairs = [pair for pair in file.pairs if pair.module == key]
        claimed: set[Any] = set()
        for start in range(0, len(pairs), BATCH):
            _check_batch(connection, integration.id, module, pairs[start : start + BATCH], (foreseen, claimed))
    return foreseen


def _check_batch(
    connection: Connection, integration_id: int, module: Module, pairs: Sequence[Pair],
    so_far: tuple[Foreseen, set[Any]],
) -> None:  # fmt: skip
    foreseen, claimed = so_far
    places = _places(connection, module, pairs)
    mine = (Link.integration_id == integration_id, Link.module == module.key)
    remotes, locals_ = {pair.remote_id for pair in pairs}, {place for place in places.values() if place}
    links = connection.execute(select(Link.remote_id, Link.local_id).where(*mine, Link.remote_id.in_(remotes)))
    known: dict[str, int | None] = {remote_id: local_id for remote_id, local_id in links}
    holders = set(connection.scalars(select(Link.local_id).where(*mine, Link.local_id.in_(locals_))))
    for pair in pairs:
        local_id = places[pair]
        if local_id is None:
            foreseen.note("unknown", pair)
        elif pair.remote_id in known and known[pair.remote_id] == local_id:
            foreseen.note("known", pair)
        elif pair.remote_id in known or local_id in holders or {pair.remote_id, local_id} & claimed:
            foreseen.note("taken", pair)
        else:
            claimed |= {pair.remote_id, local_id}
            foreseen.note("new", Pair(pair.module, pair.remote_id, local_id, pair.name))


def _places(connection: Connection, module: Module, pairs: Sequence[Pair]) -> dict[Pair, int | None]:
    """Find the row of each pair: the one with its id and name, else the only one of that name."""
    columns = [module.table.c[name] for name in _named_by(module.key)]
    ids = {pair.local_id for pair in pairs}
    rows = connection.execute(select(module.table.c.id, *columns).where(module.table.c.id.in_(ids)))
    here = {row[0]: _name(row[1:]) for row in rows}
    found: dict[Pair, int | None] = {
        pair: pair.local_id if here.get(pair.local_id) == pair.name else None for pair in pairs
    }
    lost = {pair.name for pair, place in found.items() if place is None and pair.name}
    if lost and module.key in BY_NAME:
        name, row_id = module.table.c.name, module.table.c.id
        query = select(name, func.min(row_id)).where(name.in_(lost)).group_by(name).having(func.count() == 1)
        only: dict[str, int] = {text: place for text, place in connection.execute(query)}
        found = {pair: place if place is not None else only.get(pair.name) for pair, place in found.items()}
    return found


def take_in(integration: Integration, file: LinkFile, actor: Actor) -> int:
    """Add the links that are new and true; what is linked already stays as it is. Does not commit.

    The next comparison of everything brings their rows up to date. Returns how many were added.
    """
    new = check(integration, file).new
    connection = db.session.connection()
    for start in range(0, len(new), BATCH):
        connection.execute(insert(Link), [_link(integration.id, pair) for pair in new[start : start + BATCH]])
    for key, module in MODULES.items():
        ids = [pair.local_id for pair in new if pair.module == key]
        if "source" in module.table.c:
            _say_synced(connection, module, ids, integration.connector)
    if new:
        summary = _("%(count)s links from a file", count=len(new))
        record(actor, "integration.links_taken_in", ("integration", integration.id), summary)
    return len(new)


def _link(integration_id: int, pair: Pair) -> dict[str, Any]:
    return {
        "integration_id": integration_id, "module": pair.module, "remote_id": pair.remote_id,
        "local_id": pair.local_id, "content_hash": UNKNOWN, "outcome": "merged", "is_waiting": False,
        "is_muted": False, "run_id": 0, "decided_at": utcnow(),
    }  # fmt: skip


def _say_synced(connection: Connection, module: Module, ids: Sequence[int], source: str) -> None:
    """Call the rows synced; customers and people of ours stay ours, as when a sync finds them here."""
    table = module.table
    stamp = {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}
    theirs = (table.c.source != "local",) if module.key in OWN else ()
    for start in range(0, len(ids), BATCH):
        mine = (table.c.id.in_(ids[start : start + BATCH]), *theirs)
        connection.execute(update(table).where(*mine).values(source=source, **stamp))
