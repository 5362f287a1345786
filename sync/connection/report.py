"""What the pages say about an integration: modules, what was kept out and why, and what ran when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import selectinload

from extensions import db
from models import Integration, Link, SyncRun, SyncRunModule
from models.integration import LIVE_RUN_STATES, WHOLE_RUN_KINDS
from sync.connection import counting
from sync.connection.fields import mapped_modules
from sync.connection.runs import settings_of
from sync.kept_out.naming import kept_title
from sync.modules import modules_of
from sync.modules.base import Module
from sync.reasons import REASONS, Reason, reasons_of

#: kept-out records of one reason are counted up to here
CAP = 10_000
#: records of one module are counted up to here
RECORDS_CAP = 10_000
SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Capped:
    """A count that stops at its cap."""

    value: int
    is_capped: bool = False


def summed(counts: Iterable[Capped]) -> Capped:
    """Add up counts; a sum with a capped part is capped."""
    found = list(counts)
    return Capped(sum(count.value for count in found), any(count.is_capped for count in found))


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many records of a module one reason keeps out now."""

    reason: Reason
    count: Capped


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A module's records that are not here, by reason; excluded and failed are never added up (E-04, R-13)."""

    module: Module
    reasons: Sequence[ReasonCount]

    def of_kind(self, kind: str) -> list[ReasonCount]:
        """The reasons of one kind: "failed" or "excluded"."""
        return [item for item in self.reasons if item.reason.kind == kind]

    def count(self, kind: str) -> Capped:
        """How many there are of one kind."""
        return summed([item.count for item in self.of_kind(kind)])

    @property
    def causes(self) -> list[ReasonCount]:
        """Failed for a reason of their own."""
        return [item for item in self.of_kind("failed") if not item.reason.follows]

    @property
    def followers(self) -> list[ReasonCount]:
        """Failed because what they belong to did: they come in by themselves once that does (E-02)."""
        return [item for item in self.of_kind("failed") if item.reason.follows]

    @property
    def has_failed(self) -> bool:
        """Whether something could not be processed."""
        return bool(self.of_kind("failed"))

    @property
    def has_excluded(self) -> bool:
        """Whether a rule keeps something out."""
        return bool(self.of_kind("excluded"))


@dataclass(frozen=True, slots=True)
class ModuleLine:
    """One row of the *Modules* table: where the module stands in the run that is shown."""

    module: Module
    #: its part of that run; None when the run does not have it
    part: SyncRunModule | None
    records: Capped
    kept_out: KeptOut
    #: the owner's preferences leave the module out
    is_off: bool

    @property
    def last_sync(self) -> datetime | None:
        """When the module was read to the end last, as far as the shown run tells."""
        return self.part.ended_at if self.part else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: modules done of all, plus the part of the present one; `now` is the module at work."""

    done: float
    total: int
    now: SyncRunModule | None

    @property
    def modules_done(self) -> int:
        """Whole modules."""
        return int(self.done)


@dataclass(frozen=True, slots=True)
class KeptOutRecord:
    """One record that is not here: its name, the sentence why, and when that was concluded."""

    link: Link
    title: str
    why: str


def shown_run(integration: Integration) -> SyncRun | None:
    """The live run, else the newest one that read every module; previews have their own page."""
    live: SyncRun | None = db.session.scalar(_runs(integration).where(SyncRun.state.in_(LIVE_RUN_STATES)).limit(1))
    return live or _last_whole(integration)


def _last_whole(integration: Integration) -> SyncRun | None:
    found: SyncRun | None = db.session.scalar(_runs(integration).where(SyncRun.kind.in_(WHOLE_RUN_KINDS)).limit(1))
    return found


def recent_runs(integration: Integration, count: int = 5) -> Sequence[SyncRun]:
    """The newest runs with their modules."""
    return list(db.session.scalars(_runs(integration).limit(count)))


def history(integration: Integration) -> Select[Any]:
    """All runs but previews, for a paged list; it orders and limits."""
    return select(SyncRun).where(SyncRun.integration_id == integration.id, SyncRun.kind != "preview")


def is_live(run: SyncRun | None) -> bool:
    """Whether a run is queued, going on or waiting."""
    return run is not None and run.state in LIVE_RUN_STATES


def progress(run: SyncRun) -> Progress:
    """How far a run is."""
    finished = [part for part in run.modules if part.state not in ("queued", "running")]
    now = next((part for part in run.modules if part.state == "running"), None)
    share = min(now.seen / now.expected, 0.99) if now and now.expected else 0.0
    return Progress(len(finished) + share, len(run.modules), now)


def module_lines(integration: Integration, run: SyncRun | None, kept_out: Sequence[KeptOut]) -> list[ModuleLine]:
    """Every module with its state in `run`, or in the last run that read it (requirements P-31)."""
    parts = {part.module: part for part in run.modules} if run else {}
    if run is not None and run.kind not in WHOLE_RUN_KINDS and (whole := _last_whole(integration)):
        parts = {part.module: part for part in whole.modules} | parts
    on = mapped_modules(settings_of(integration), integration.connector)
    records = _records(integration)
    by_module = {item.module.key: item for item in kept_out}
    return [
        ModuleLine(module, parts.get(key), records[key], by_module.get(key, KeptOut(module, ())), key not in on)
        for key, module in modules_of(integration.connector).items()
    ]


def kept_out(integration: Integration, *, muted: bool = False) -> list[KeptOut]:
    """What is kept out now, by module and reason (requirements E-01); one statement over capped index ranges.

    What a person said may stay out is counted apart (`muted`).
    """
    asked = {"integration": integration.id, "muted": muted}
    rows = db.session.execute(counting.kept_out(_keys(integration), CAP), asked)
    counts = {(row[0], row[1]): row[2] for row in rows if row[2]}
    found = []
    for module in modules_of(integration.connector).values():
        reasons = [
            ReasonCount(reason, Capped(min(n, CAP), n > CAP))
            for reason in _reasons_of(module)
            if (n := counts.get((module.key, reason.code), 0))
        ]
        if reasons:
            found.append(KeptOut(module, reasons))
    return found


def samples(
    integration: Integration, groups: Sequence[KeptOut], *, muted: bool = False
) -> dict[tuple[str, str], list[KeptOutRecord]]:
    """The first few records of each module and reason; two statements."""
    pairs = [(group.module.key, item.reason.code) for group in groups for item in group.reasons]
    if not pairs:
        return {}
    first = [
        select(Link.id).where(*_kept(integration, *pair, muted=muted)).order_by(Link.id).limit(SAMPLES)
        for pair in pairs
    ]
    ids = union_all(*[select(some.subquery()) for some in first])
    wanted = [row[0] for row in db.session.execute(ids)]
    found: dict[tuple[str, str], list[KeptOutRecord]] = {}
    for link in db.session.scalars(select(Link).where(Link.id.in_(wanted)).order_by(Link.id)):
        found.setdefault((link.module, link.reason or ""), []).append(explained(link))
    return found


def kept_out_links(integration: Integration, module: str, code: str, *, muted: bool = False) -> Select[Any]:
    """The records of one module that one reason keeps out, for a paged list; `muted`: those that may stay out."""
    return select(Link).where(*_kept(integration, module, code, muted=muted))


def explained(link: Link) -> KeptOutRecord:
    """A kept-out record in words."""
    reason = REASONS.get(link.reason or "")
    return KeptOutRecord(link, kept_title(link), reason.explain(link.detail) if reason else "")


def mapping_of(run: SyncRun | None, integration: Integration) -> Mapping[str, Any]:
    """The preferences that `run` was told, or those of now where it has none yet (requirements P-35)."""
    return run.settings if run is not None and run.settings else integration.settings


def next_at(integration: Integration, run: SyncRun | None) -> datetime | None:
    """When the clock starts the next run that reads every module; None while nothing is scheduled."""
    last = run if run is None or run.kind in WHOLE_RUN_KINDS else _last_whole(integration)
    if integration.state != "active" or last is None:
        return None
    return last.queued_at + timedelta(minutes=integration.interval_minutes)


def totals(run: SyncRun) -> dict[str, int]:
    """A run's counts: sums over its modules, never kept apart from them (requirements §13)."""
    names = ("seen", "added", "updated", "unchanged", "removed", "excluded", "failed")
    return {name: sum(getattr(part, name) for part in run.modules) for name in names}


def _runs(integration: Integration) -> Select[Any]:
    return history(integration).options(selectinload(SyncRun.modules)).order_by(SyncRun.id.desc())


def _reasons_of(module: Module) -> Iterable[Reason]:
    return reasons_of(module.key)


def _kept(integration: Integration, module: str, code: str, *, muted: bool = False) -> tuple[Any, ...]:
    here = Link.integration_id == integration.id, Link.module == module, Link.reason == code
    return *here, Link.is_muted.is_(muted)


def _keys(integration: Integration) -> tuple[str, ...]:
    return tuple(modules_of(integration.connector))


def _records(integration: Integration) -> dict[str, Capped]:
    rows = db.session.execute(counting.records(_keys(integration), RECORDS_CAP), {"integration": integration.id})
    return {row[0]: Capped(min(row[1], RECORDS_CAP), row[1] > RECORDS_CAP) for row in rows}
