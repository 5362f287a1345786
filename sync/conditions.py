"""What is wrong with a connection or its run as a whole: rows of the catalogue that are about no single record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_datetime

from extensions import db, utcnow
from models import Integration, Organisation, SyncRun
from sync.modules import MODULES
from sync.reasons import Reason, reason
from sync.remedies import Case, Offer, offers

#: a run that takes longer is abnormal (requirements P-41)
LONG = timedelta(hours=2)
#: how the connectors' sentences about a missing permission read (`connectors.errors.ScopeMissing`)
MAY_NOT_READ = ("may not read", "does not let this connection read")


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is wrong, why, what to do, and the buttons for it."""

    reason: Reason
    why: str
    remedy: str
    offers: list[Offer]


def conditions(integration: Integration, run: SyncRun | None, next_at: datetime | None) -> list[Condition]:
    """What is wrong now, the connection first. `run`: the one that the page shows, with its modules; no statement."""
    found = [_of_connection(integration), *_of_modules(integration, run), _of_run(integration, run, next_at)]
    return [condition for condition in found if condition is not None]


def _of_connection(integration: Integration) -> Condition | None:
    if integration.state == "needs_reauth":
        return _condition(integration, "AUTH-CHANGED", said=integration.problem)
    if integration.problem and integration.state != "deleted":
        return _condition(integration, "PORTAL-MISMATCH", said=integration.problem)
    return None


def _of_modules(integration: Integration, run: SyncRun | None) -> list[Condition]:
    refused = [
        part
        for part in (run.modules if run else ())
        if part.state == "failed" and any(words in part.message for words in MAY_NOT_READ)
    ]
    return [
        _condition(integration, "AUTH-PERMISSION", module=str(MODULES[part.module].title), said=part.message)
        for part in refused
        if part.module in MODULES
    ]


def _of_run(integration: Integration, run: SyncRun | None, next_at: datetime | None) -> Condition | None:
    if run is None or integration.state == "needs_reauth":
        return None
    if run.state == "waiting":
        code = "REMOTE-DOWN" if run.attempts else "RATE-LIMIT"
        return _condition(integration, code, until=_moment(run.not_before), problem=_without_advice(run.message))
    if run.state == "running" and run.started_at and utcnow() - run.started_at > LONG:
        return _condition(integration, "SYNC-LONG", since=_moment(run.started_at))
    if run.state == "failed" and run.message and not run.fault_id and not integration.problem:
        return _condition(integration, "REMOTE-DOWN", until=_moment(next_at), problem=_without_advice(run.message))
    return None


def _condition(integration: Integration, code: str, *, said: str = "", **words: str) -> Condition:
    row = reason(code)
    why = said or row.explain(words)
    return Condition(row, why, row.advice(words), offers(Case(integration, row)))


def _without_advice(problem: str) -> str:
    """What the remote did, without what to do: the run tries again by itself."""
    return problem.removesuffix("Try again later.").rstrip()


def _moment(value: datetime | None) -> str:
    organisation = db.session.get(Organisation, 1)
    if value is None or organisation is None:
        return "–"
    return str(format_datetime(value, "d MMM, HH:mm", tzinfo=organisation.zone, locale=organisation.locale))
