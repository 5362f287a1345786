"""What must always hold, whatever happened: looked at daily, by the doctor, and after every fault test (quality §2)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, and_, func, not_, or_, select
from sqlalchemy.orm import selectinload

from billing import expenses
from billing.proof import proof
from billing.transactions import totals_of
from connectors import CONNECTORS
from extensions import db, utcnow
from models import Allocation, Integration, Link, NumberSeries, SyncRun, SyncRunModule, Transaction
from models.integration import WHOLE_RUN_KINDS
from sync.applier import COUNTED_AS
from sync.modules import MODULES
from sync.reasons import REASONS

#: a run that gave no sign of life for so long hangs
SILENCE = timedelta(minutes=10)
KEPT_OUT = ("excluded", "failed")
LINKS = Link.__table__


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must hold. `violations` returns a sentence for each way in which it does not."""

    key: str
    title: Any
    violations: Callable[[], Sequence[str]]


def broken_invariants() -> list[str]:
    """Return every violation as a sentence; empty when all holds. Reads whole tables."""
    return [sentence for invariant in INVARIANTS for sentence in invariant.violations()]


def _count(statement: Any) -> int:
    return db.session.scalar(statement) or 0


def _told(count: int, sentence: str) -> list[str]:
    return [sentence % {"count": count}] if count else []


def ledger() -> Sequence[str]:
    """Fetched = unbilled + on draft + invoiced + elsewhere + written off, per entry and in sum (M-05, R-02)."""
    found = proof()
    rows = [
        _("The hours of %(project)s do not add up.", project=row.project_name) for row in found.rows if not row.is_right
    ]
    live = Allocation.released_at.is_(None)
    loose = _count(select(func.count()).select_from(Allocation).where(live, Allocation.line_id.is_(None)))
    return [*found.violations, *rows, *_told(loose, _("Hours held by a line that is gone: %(count)s"))]


def totals() -> Sequence[str]:
    """Every line re-computes by hand, and discounts, tax and total are those of the lines (R-04, R-14)."""
    found: list[str] = []
    for transaction in _added_up():
        sums = totals_of(transaction)
        where = transaction.number or _("a draft")
        lines = [line for line in transaction.lines if line.kind != "rounding"]
        found += [
            _("“%(line)s” on %(where)s is not its quantity times its rate.", line=line.name, where=where)
            for line, amount in zip(lines, sums.lines, strict=True)
            if line.amount != amount
        ]
        if transaction.tax_total != sums.tax_total:
            found.append(_("The tax of %(where)s is not that of its lines.", where=where))
        elif transaction.total != sums.total:
            found.append(_("The total of %(where)s is not that of its lines.", where=where))
    return found


def _added_up() -> Iterator[Transaction]:
    """All transactions that were added up from lines here, a page at a time; opening ones came with their total."""
    last = 0
    query = select(Transaction).where(~Transaction.is_opening, Transaction.lines.any())
    pages = query.options(selectinload(Transaction.lines)).order_by(Transaction.id).limit(500)
    while page := db.session.scalars(pages.where(Transaction.id > last)).all():
        yield from page
        last = page[-1].id


def numbers() -> Sequence[str]:
    """Numbers are unique and gap-free per series, and nothing issued lacks one (R-08)."""
    status_is_draft = Transaction.status.in_(("draft", "deleted"))
    unnumbered = _count(select(func.count()).where(Transaction.number.is_(None), not_(status_is_draft)))
    numbered = _count(select(func.count()).where(Transaction.number.is_not(None), status_is_draft))
    found = _told(unnumbered, _("Issued transactions without a number: %(count)s"))
    found += _told(numbered, _("Drafts that have a number already: %(count)s"))
    for series in db.session.scalars(select(NumberSeries)):
        found += _series(series)
    return found


def _series(series: NumberSeries) -> Iterator[str]:
    place = re.compile(r"\\\{(year|number)(:0\d)?\\\}")
    shape = re.compile(place.sub(lambda match: rf"(?P<{match[1]}>\d+)", re.escape(series.pattern)))
    used: dict[str, list[int]] = defaultdict(list)
    ours = select(Transaction.number).where(Transaction.type == series.type, ~Transaction.is_opening)
    for number in db.session.scalars(ours):
        if match := shape.fullmatch(number or ""):
            used[match.groupdict().get("year", "")].append(int(match["number"]))
    for year, taken in sorted(used.items()):
        words = {"type": series.type, "year": f" {year}" if year else ""}
        if len(taken) != len(set(taken)):
            yield _("Numbers of %(type)s%(year)s were given twice.", **words)
        missing = sorted(set(range(min(taken), max(taken) + 1)) - set(taken))
        if missing:
            yield _("%(type)s%(year)s skips number %(missing)s.", missing=missing[0], **words)
        if year in {"", str(series.year)} and series.next_number <= max(taken):
            yield _("%(type)s%(year)s would give a number that is already used.", **words)


def links() -> Sequence[str]:
    """One link per remote id and per local row, and each link leads to a row that is there."""
    twice_remote = _doubles(Link.remote_id)
    twice_local = _doubles(Link.local_id)
    found = _told(twice_remote, _("Remote records with more than one link: %(count)s"))
    found += _told(twice_local, _("Local records with more than one link of one module: %(count)s"))
    for key, module in MODULES.items():
        here = select(module.table.c.id).where(module.table.c.id == LINKS.c.local_id).exists()
        lost = _count(select(func.count()).where(LINKS.c.module == key, LINKS.c.local_id.is_not(None), ~here))
        found += _told(
            lost, _("Links of %(module)s that lead to records that are gone: %(count)s", count="%(count)s", module=key)
        )
    return found


def _doubles(column: Any) -> int:
    grouped = (
        select(column).where(column.is_not(None))
        .group_by(Link.integration_id, Link.module, column).having(func.count() > 1).subquery()
    )  # fmt: skip
    return _count(select(func.count()).select_from(grouped))


def decisions() -> Sequence[str]:
    """Every remote record seen has exactly one decision that says itself why (E-04, R-13)."""
    is_out = Link.outcome.in_(KEPT_OUT)
    unexplained = _count(select(func.count()).where(is_out, or_(Link.reason.is_(None), Link.reason.not_in(REASONS))))
    nowhere = _count(
        select(func.count()).where(Link.local_id.is_(None), Link.outcome.not_in((*KEPT_OUT, "deleted")))
    )  # fmt: skip
    unknown = _count(select(func.count()).where(Link.outcome.not_in(COUNTED_AS)))
    return [
        *_told(unexplained, _("Records kept out without a reason: %(count)s")),
        *_told(nowhere, _("Records that count as fetched, though they are not here: %(count)s")),
        *_told(unknown, _("Records with a decision that does not exist: %(count)s")),
    ]


def run_counts() -> Sequence[str]:
    """A run's counts are those of its operations: no more decisions carry a run than that run counted."""
    decided: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    statement = select(Link.run_id, Link.module, Link.outcome, func.count()).group_by(
        Link.run_id, Link.module, Link.outcome
    )
    for run_id, module, outcome, count in db.session.execute(statement):
        decided[run_id, module][COUNTED_AS.get(outcome, outcome)] += count
    wrong = set()
    for row in db.session.scalars(select(SyncRunModule).join(SyncRun).where(SyncRun.kind != "preview")):
        counts = decided.get((row.run_id, row.module), {})
        if any(count > getattr(row, name, count) for name, count in counts.items()):
            wrong.add(row.run_id)
    return [_("Run %(run)s counted fewer records than it decided.", run=run) for run in sorted(wrong)]


def orphans() -> Sequence[str]:
    """No row points to a row that is gone, and nothing fetched lacks its link."""
    found = []
    if db.engine.dialect.name == "sqlite":
        broken = db.session.connection().exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        found += _told(len(broken), _("Rows that point to rows that are gone: %(count)s"))
    for key, module in MODULES.items():
        if "source" in module.table.c:
            found += _told(
                _unlinked(key, module.table),
                _("Fetched %(module)s without a link: %(count)s", count="%(count)s", module=key),
            )
    return found


def _unlinked(key: str, table: Table) -> int:
    linked = select(LINKS.c.id).where(and_(LINKS.c.module == key, LINKS.c.local_id == table.c.id)).exists()
    return _count(select(func.count()).select_from(table).where(table.c.source.in_(list(CONNECTORS)), ~linked))


def cursors() -> Sequence[str]:
    """The next run asks for everything since a run that brought everything: never for less (R-15)."""
    whole = (
        select(func.max(SyncRun.started_at))
        .where(
            SyncRun.integration_id == Integration.id,
            SyncRun.state.in_(("ok", "partial")),
            SyncRun.kind.in_(WHOLE_RUN_KINDS),
        )
        .scalar_subquery()
    )
    is_ahead = or_(Integration.synced_until > whole, and_(Integration.synced_until.is_not(None), whole.is_(None)))
    ahead = _count(select(func.count()).where(is_ahead))
    open_ends = _count(
        select(func.count()).where(SyncRunModule.is_complete, SyncRunModule.state.in_(("queued", "running", "failed")))
    )
    return [
        *_told(ahead, _("Integrations that would ask for changes later than what was written: %(count)s")),
        *_told(open_ends, _("Modules that count as read to the end, though they were not: %(count)s")),
    ]


def liveness() -> Sequence[str]:
    """A run that is going on gives signs of life."""
    last_sign = func.coalesce(SyncRun.heartbeat_at, SyncRun.started_at, SyncRun.queued_at)
    hung = _count(select(func.count()).where(SyncRun.state == "running", last_sign < utcnow() - SILENCE))
    return _told(hung, _("Runs without a sign of life for ten minutes: %(count)s"))


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("ledger", _l("Every hour is billed exactly once"), ledger),
    Invariant("expenses", _l("Every expense is billed at most once"), expenses.violations),
    Invariant("totals", _l("Totals are the sums of their lines"), totals),
    Invariant("numbers", _l("Numbers are unique and without gaps"), numbers),
    Invariant("links", _l("One link per record on either side"), links),
    Invariant("decisions", _l("Every remote record has one decision"), decisions),
    Invariant("run_counts", _l("Counts of runs are those of their operations"), run_counts),
    Invariant("orphans", _l("No record hangs in the air"), orphans),
    Invariant("cursors", _l("Nothing was skipped"), cursors),
    Invariant("liveness", _l("No run hangs"), liveness),
)
