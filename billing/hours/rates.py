"""What an hour (or day) costs: one rule per billing method. Pure (requirements T-12)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from billing.money import ZERO

#: a working day of the daily rate, in seconds: 8 hours (requirements T-12; the guides leave it open)
DAY_SECONDS = 8 * 3600
HOUR_SECONDS = 3600
#: rates keep four decimal places
RATE_UNIT = Decimal("0.0001")


class Unit(StrEnum):
    """What the rate of an hours line is for."""

    HOURS = "hours"
    DAYS = "days"
    FIXED = "fixed"


#: seconds that one unit stands for; a fixed price stands for no time
UNIT_SECONDS: dict[str, int] = {Unit.HOURS: HOUR_SECONDS, Unit.DAYS: DAY_SECONDS}


@dataclass(frozen=True, slots=True)
class Rate:
    """A resolved rate in the project's currency. `source`: project, task, staff, person, organisation, missing."""

    amount: Decimal
    unit: Unit
    source: str


@dataclass(frozen=True, slots=True)
class ProjectRates:
    """What a project says about rates. Own rates are in `currency`, the organisation's and a person's in base."""

    method: str
    currency: str
    base_currency: str
    #: per hour, or per day where the method is daily rate; NULL in the table: none
    own_rate: Decimal | None
    #: organisation's rate per hour; zero counts as none
    default_rate: Decimal
    #: one unit of `currency` in base currency; None: not known
    exchange_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class EntryRates:
    """Rates that hang on one entry's task, person and day. `staff`: in the project; `person`: everywhere, in base
    currency; `project`: the project's rate on that day, where it changed at some time (requirements T-19).
    """

    task: Decimal | None = None
    staff: Decimal | None = None
    person: Decimal | None = None
    project: Decimal | None = None


def _from_base(amount: Decimal | None, project: ProjectRates) -> Decimal | None:
    """Bring a base-currency rate into the project's currency; None when there is none or no exchange rate."""
    if amount is None or project.currency == project.base_currency:
        return amount
    if not project.exchange_rate:
        return None
    return (amount / project.exchange_rate).quantize(RATE_UNIT)


def resolve(project: ProjectRates, entry: EntryRates) -> Rate:
    """Return the rate of one entry: the method's own rate first, then the project's, then the organisation's."""
    if project.method == "fixed":
        return Rate(ZERO, Unit.FIXED, "project")
    is_daily = project.method == "daily_rate"
    unit = Unit.DAYS if is_daily else Unit.HOURS
    default = _from_base(project.default_rate or None, project)
    if default is not None and is_daily:
        default *= DAY_SECONDS // HOUR_SECONDS
    own = project.own_rate if entry.project is None else entry.project
    for source, amount in (*_first(project, entry), ("project", own), ("organisation", default)):
        if amount is not None:
            return Rate(amount, unit, source)
    return Rate(ZERO, unit, "missing")


def _first(project: ProjectRates, entry: EntryRates) -> tuple[tuple[str, Decimal | None], ...]:
    """Return the rates that only this method looks at, nearest first."""
    if project.method == "task_hours":
        return (("task", entry.task),)
    if project.method == "staff_hours":
        return (("staff", entry.staff), ("person", _from_base(entry.person, project)))
    return ()
