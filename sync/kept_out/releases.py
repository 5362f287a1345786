"""What comes in when a cause is fixed: the records that hang on it, their hours, and about their worth (M-04)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from billing.hours.rates import UNIT_SECONDS, EntryRates, ProjectRates, Unit, resolve
from billing.hours.time_entries import rates_of
from billing.money import ZERO, round_money
from extensions import db
from models import Integration, Link, Organisation, Project
from sync.reasons import REASONS

#: kept-out records are added up to here; beyond it the sums say "at least"
CAP = 10_000
#: the modules that hang on each other; people and customers release nothing
MODULES = ("projects", "milestones", "tasks", "bugs", "time_entries")


@dataclass(frozen=True, slots=True)
class Release:
    """What a fix lets in. `amounts`: currency → estimate at the project's, else the organisation's rate."""

    records: int
    entries: int
    seconds: int
    amounts: Mapping[str, Decimal]
    is_capped: bool = False

    def __bool__(self) -> bool:
        return self.records > 0


@dataclass(slots=True)
class Tally:
    """Records by module, and seconds by the remote id of their project."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, module: str, count: int, project: str, seconds: int) -> None:
        """Count some records of one module and project."""
        self.counts[module] += count
        if seconds:
            self.seconds[project] += seconds


@dataclass(slots=True)
class Releases:
    """What hangs on everything that is kept out of one integration; made once for a page, in four statements."""

    organisation: Organisation
    own: dict[tuple[str, str], Tally] = field(default_factory=dict)
    following: dict[tuple[str, str], Tally] = field(default_factory=dict)
    #: (module, reason) → remote ids of the causes that something follows
    causes: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    #: project's remote id → its rates
    rates: dict[str, ProjectRates] = field(default_factory=dict)
    is_capped: bool = False

    def of_reason(self, module: str, code: str) -> Release:
        """All records that one reason keeps out of a module, with what follows them."""
        found = [self.own.get((module, code), Tally())]
        found += [self.following[module, remote_id] for remote_id in self.causes.get((module, code), ())]
        return self._release(found)

    def of_record(self, link: Link) -> Release:
        """One record with what follows it."""
        own = Tally()
        own.add(link.module, 1, link.kept_project or "", link.kept_seconds or 0)
        return self._release([own, self.following.get((link.module, link.remote_id), Tally())])

    def followers(self, link: Link) -> Counter[str]:
        """How many records of which module wait for this one."""
        return self.following.get((link.module, link.remote_id), Tally()).counts

    def followers_of_reason(self, module: str, code: str) -> Counter[str]:
        """How many records of which module wait for those that one reason keeps out."""
        found: Counter[str] = Counter()
        for remote_id in self.causes.get((module, code), ()):
            found += self.following[module, remote_id].counts
        return found

    def _release(self, tallies: Sequence[Tally]) -> Release:
        amounts: dict[str, Decimal] = {}
        for tally in tallies:
            for project, seconds in tally.seconds.items():
                currency, amount = self._worth(project, seconds)
                amounts[currency] = amounts.get(currency, ZERO) + amount
        return Release(
            sum(tally.counts.total() for tally in tallies),
            sum(tally.counts["time_entries"] for tally in tallies),
            sum(tally.seconds.total() for tally in tallies),
            {currency: round_money(amount, currency) for currency, amount in sorted(amounts.items()) if amount},
            self.is_capped,
        )

    def _worth(self, project: str, seconds: int) -> tuple[str, Decimal]:
        known = self.rates.get(project) or self._default_rates()
        rate = resolve(known, EntryRates())
        if rate.unit == Unit.FIXED:
            return known.currency, ZERO
        return known.currency, rate.amount * seconds / UNIT_SECONDS[rate.unit]

    def _default_rates(self, method: str = "project_hours", currency: str = "") -> ProjectRates:
        base, default = self.organisation.base_currency, self.organisation.default_rate
        return ProjectRates(method, currency or base, base, None, default)


def releases(integration: Integration) -> Releases:
    """Add up what hangs on what, in at most four statements over the kept-out records alone."""
    found = Releases(db.session.get_one(Organisation, 1))
    projects = _tally(integration, found)
    _find_causes(integration, found)
    _find_rates(integration, found, projects)
    return found


def _tally(integration: Integration, found: Releases) -> set[str]:
    """Group what is kept out by reason, parent and project; returns the projects' remote ids."""
    some = (
        select(Link.module, Link.reason, Link.kept_cause, Link.kept_project, Link.kept_seconds)
        .where(*_kept_out(integration))
        .limit(CAP)
        .subquery()
    )
    projects, total = set(), 0
    group = some.c.module, some.c.reason, some.c.kept_cause, some.c.kept_project
    grouped: Any = select(*group, func.sum(some.c.kept_seconds), func.count()).group_by(*group)
    for module, code, cause, project, seconds, count in db.session.execute(grouped):
        amounts = module, count, project or "", seconds or 0
        reason = REASONS.get(code)
        found.own.setdefault((module, code), Tally()).add(*amounts)
        if reason is not None and reason.follows and cause:
            owner, _colon, parent = cause.partition(":")
            found.following.setdefault((owner, parent), Tally()).add(*amounts)
        projects.add(project or "")
        total += count
    found.is_capped = total >= CAP
    return projects - {""}


def _kept_out(integration: Integration) -> tuple[Any, ...]:
    here = Link.integration_id == integration.id, Link.module.in_(MODULES)
    return *here, Link.reason.is_not(None), Link.is_muted.is_(False)


def _find_causes(integration: Integration, found: Releases) -> None:
    """Say for which reason each cause is kept out, and what a kept-out project tells about its rates."""
    codes = [code for code, reason in REASONS.items() if reason.is_of_records and not reason.follows]
    causes = (
        select(
            Link.module, Link.remote_id, Link.reason, Link.kept["fields", "currency"].as_string(),
            Link.kept["fields", "billing_method"].as_string(),
        )
        .where(*_kept_out(integration), Link.module != "time_entries", Link.reason.in_(codes))
        .limit(CAP)
    )  # fmt: skip
    for module, remote_id, code, currency, method in db.session.execute(causes):
        if (module, remote_id) in found.following:
            found.causes.setdefault((module, code), []).append(remote_id)
        if module == "projects":
            found.rates[remote_id] = found._default_rates(method or "project_hours", currency or "")


def _find_rates(integration: Integration, found: Releases, projects: Iterable[str]) -> None:
    """Take the rates of projects that are here."""
    wanted = sorted(set(projects) - found.rates.keys())[:500]
    if not wanted:
        return
    here = (
        select(Link.remote_id, Project)
        .join(Project, Project.id == Link.local_id)
        .where(Link.integration_id == integration.id, Link.module == "projects", Link.remote_id.in_(wanted))
    )
    for remote_id, project in db.session.execute(here):
        found.rates[remote_id] = rates_of(project, found.organisation)
