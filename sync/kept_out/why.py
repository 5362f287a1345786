"""Why isn't it here? By an id, a name or an address: what is known of every remote record that fits (M-03)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from extensions import db
from models import Allocation, Bug, Integration, Link, Task, Transaction
from models.finding import find
from sync import connection
from sync.kept_out.naming import kept_title, rows_here, titles_here
from sync.kept_out.releases import Release, Releases, releases
from sync.modules import MODULES
from sync.reasons import REASONS, Reason
from sync.remedies import Case, Offer, offers

#: matches that are shown
MOST = 20
#: kept-out records, tasks and bugs are searched up to here by name; beyond it the page says so
CAP = 10_000
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Clue:
    """What was asked for: ids, or words; with the module and project that an address told."""

    ids: tuple[str, ...] = ()
    words: str = ""
    module: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One remote record that fits. `state`: here, out, gone. `transaction`: what its hours are on."""

    integration: Integration
    link: Link
    title: str
    state: str
    reason: Reason | None
    why: str
    release: Release | None
    offers: Sequence[Offer]
    transaction: Transaction | None
    project_id: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """All that fits; `is_capped`: there was more than is searched by name."""

    clue: Clue
    findings: Sequence[Finding]
    is_capped: bool = False


def read(text: str, connectors: Iterable[str]) -> Clue:
    """Understand an id, an address or words."""
    text = " ".join(text.replace("\x00", "")[:LONGEST].split())
    if text.isascii() and text.isdigit():
        return Clue((text,))
    if "/" in text or "#" in text:
        for key in connectors:
            if (named := connection.read_address(key, text)) is not None:
                return Clue((named.record_id,), module=named.module, project=named.project)
        if ids := tuple(re.findall(r"(?<!\d)\d{4,20}(?!\d)", text)):
            return Clue(ids[-3:])
    return Clue(words=text)


def search(text: str) -> Answer:
    """Everything that is known of what fits `text`; a fixed number of statements."""
    integrations = {
        row.id: row for row in db.session.scalars(select(Integration).where(Integration.state != "deleted"))
    }
    clue = read(text, [row.connector for row in integrations.values()])
    if clue.ids:
        links, is_capped = _by_id(integrations, clue), False
    elif clue.words:
        links, is_capped = _by_name(integrations, clue.words)
    else:
        links, is_capped = [], False
    return Answer(clue, _findings(integrations, links), is_capped)


def _by_id(integrations: Iterable[int], clue: Clue) -> list[Link]:
    """By the unique index of links; what an address names comes first."""
    query = select(Link).where(
        Link.integration_id.in_(list(integrations)), Link.module.in_(list(MODULES)), Link.remote_id.in_(clue.ids)
    )
    found = list(db.session.scalars(query.limit(MOST)))
    return sorted(found, key=lambda link: (link.module != clue.module, link.id))


def _by_name(integrations: Mapping[int, Integration], words: str) -> tuple[list[Link], bool]:
    """Among the kept-out records by the words they keep, then among what is here."""
    kept, is_capped = _kept_by_name(integrations, words)
    here = find(words, ())
    local = {"customers": [row.id for row in here.customers], "projects": [row.id for row in here.projects]}
    local["tasks"], tasks_capped = _scan(Task, Task.name, words)
    local["bugs"], bugs_capped = _scan(Bug, Bug.title, words)
    pairs = [(Link.module == module) & Link.local_id.in_(ids) for module, ids in local.items() if ids]
    if pairs:
        query = select(Link).where(Link.integration_id.in_(list(integrations)), or_(*pairs)).limit(MOST)
        known = {link.id for link in kept}
        kept += [link for link in db.session.scalars(query) if link.id not in known]
    return kept[:MOST], is_capped or tasks_capped or bugs_capped


def _kept_by_name(integrations: Iterable[int], words: str) -> tuple[list[Link], bool]:
    """The names are in JSON, so the kept-out records of the partial index are read, the newest `CAP` of them."""
    named = [Link.kept["fields", key].as_string() for key in ("name", "title", "notes", "key")]
    named += [Link.detail[key].as_string() for key in ("name", "title")]
    here = Link.integration_id.in_(list(integrations)), Link.reason.is_not(None)
    some = select(Link.id).where(*here).order_by(Link.id.desc()).limit(CAP).subquery()
    found = select(Link).where(Link.id.in_(select(some.c.id)), or_(*_contain(named, words))).order_by(Link.id.desc())
    is_capped = _is_more(select(Link.id).where(*here))
    return list(db.session.scalars(found.limit(MOST))), is_capped


def _is_more(ids: Select[Any]) -> bool:
    """Whether there are more than `CAP` of them; reads no further."""
    some = ids.limit(CAP + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) > CAP


def _contain(columns: Iterable[Any], words: str) -> list[ColumnElement[bool]]:
    return [column.icontains(words, autoescape=True) for column in columns]


def _scan(model: Any, column: Any, words: str) -> tuple[list[int], bool]:
    """Ids of the newest rows with these words in their name, of the newest `CAP` rows alone."""
    newest = select(model.id, column.label("named")).order_by(model.id.desc())
    some = newest.limit(CAP).subquery()
    found: Select[Any] = select(some.c.id).where(or_(*_contain([some.c.named], words))).limit(MOST)
    is_capped = _is_more(select(model.id))
    return list(db.session.scalars(found)), is_capped


def _findings(integrations: Mapping[int, Integration], links: Sequence[Link]) -> list[Finding]:
    titles, rows = titles_here(links), rows_here(links)
    billed = _transactions([link.local_id for link in links if link.module == "time_entries" and link.local_id])
    known = {
        key: releases(integrations[key]) for key in {link.integration_id for link in links if link.reason is not None}
    }
    found = []
    for link in links:
        row = rows.get((link.module, link.local_id or 0), {})
        transaction = billed.get(link.local_id or 0) if link.module == "time_entries" else None
        title = titles.get(link.id) or kept_title(link)
        found.append(_finding(integrations[link.integration_id], link, title, known, transaction, row))
    return found


def _finding(
    integration: Integration, link: Link, title: str, known: Mapping[int, Releases],
    transaction: Transaction | None, row: Mapping[str, Any],
) -> Finding:  # fmt: skip
    reason = REASONS.get(link.reason or "")
    state = "out" if reason else "here" if link.local_id is not None else "gone"
    case = Case(integration, reason, link.module, (link,), is_close_up=True) if reason else None
    return Finding(
        integration, link, title, state, reason,
        reason.explain(link.detail) if reason else "",
        known[link.integration_id].of_record(link) if reason else None,
        offers(case) if case else (),
        transaction, row.get("project_id"),
    )  # fmt: skip


def _transactions(entry_ids: Sequence[int]) -> dict[int, Transaction]:
    """Entry → the transaction it is on now."""
    if not entry_ids:
        return {}
    query = (
        select(Allocation.time_entry_id, Transaction)
        .join(Transaction, Transaction.id == Allocation.transaction_id)
        .where(Allocation.time_entry_id.in_(entry_ids), Allocation.released_at.is_(None))
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
