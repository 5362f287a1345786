"""The figures of the first page in words: tiles, reasons for what is stuck, chores, charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func

from billing.hours.radar import AgeBucket, ReadyProject
from billing.hours.rates import Unit
from billing.money import ZERO
from billing.reports.income_by_month import IncomeMonth
from billing.sums.totals import LineInput, line_amount
from billing.types import TYPES, TransactionType
from blueprints.access import may
from blueprints.filters import count, duration, money
from extensions import db
from models import Integration, MailMessage, Organisation, SyncRun, Transaction
from models.integration import CONNECTION_STATES, LIVE_RUN_STATES, RUN_STATES
from sync.kept_out.stuck import Stuck


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with what stands behind it."""

    label: str
    value: str
    hint: str
    icon: str
    tone: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is stuck: words, how much hangs on it, and the page that helps."""

    title: str
    remedy: str
    has_failed: bool
    records: str
    worth: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Chore:
    """Something only a person can decide."""

    title: str
    text: str
    tone: str
    action: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """How one integration is: its row, its last run, and how many records are kept out."""

    integration: Integration
    run: SyncRun | None
    state: str
    excluded: int
    failed: int


def page_url(endpoint: str, permission: str, **values: Any) -> str | None:
    """Return a page's address, None where there is no such page or this person may not open it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions and may(permission) else None


def overdue_url() -> str | None:
    """Return the list of what is owed and past its date."""
    kind = next(kind for kind in TYPES.values() if kind.is_owed)
    return page_url("transactions.index", "transactions.view", type_path=kind.path, state=kind.lapsed[0])


def tiles(here: Organisation, waiting: Sequence[ReadyProject], ages: Sequence[AgeBucket],
          kept_out: Sequence[Stuck]) -> list[Tile]:  # fmt: skip
    """Return money ready, stuck, kept out by a rule (the two are never one number: R-13) and overdue."""
    failed = [item for item in kept_out if item.has_failed]
    excluded = [item for item in kept_out if not item.has_failed]
    late, hours = overdue(ages), duration(sum(project.seconds for project in waiting))
    link = page_url("integrations.index", "integrations.view")
    return [
        Tile(_("Ready to bill"), _sums(here, waiting),
             _("%(hours)s h in %(count)s projects", hours=hours, count=count(len(waiting))), "clock",
             href=page_url("time.index", "time.view", state="unbilled")),
        Tile(_("Stuck"), _worth(here, failed), _records(failed), "alert-triangle", "warn" if failed else None,
             link if failed else None),
        Tile(_("Kept out by a rule"), _worth(here, excluded), _records(excluded), "filter", None,
             link if excluded else None),
        Tile(_("Overdue"), money(sum((bucket.amount for bucket in late), ZERO), here.base_currency),
             _invoices(sum(bucket.count for bucket in late)), "calendar", "bad" if late else None,
             overdue_url()),
    ]  # fmt: skip


def _records(items: Sequence[Stuck]) -> str:
    number = sum(item.count for item in items)
    hours = duration(sum(item.seconds for item in items))
    return str(ngettext("%(num)s record, %(hours)s h", "%(num)s records, %(hours)s h", number, hours=hours))


def _invoices(number: int) -> str:
    return str(ngettext("%(num)s invoice past its date", "%(num)s invoices past their date", number))


def _worth(here: Organisation, items: Sequence[Stuck]) -> str:
    """Say what hours are about worth at the default rate; just the hours where there is none."""
    seconds = sum(item.seconds for item in items)
    if not here.default_rate:
        return str(_("%(hours)s h", hours=duration(seconds)))
    line = LineInput(here.default_rate, unit=Unit.HOURS, seconds=seconds)
    amount = money(line_amount(line, here.base_currency), here.base_currency)
    return str(_("about %(amount)s", amount=amount)) if seconds else amount


def causes(here: Organisation, kept_out: Sequence[Stuck]) -> list[Cause]:
    """Return why things are stuck, most hours first, each with the page that lists the records."""
    return [
        Cause(
            str(item.reason.title), str(item.reason.remedy), item.has_failed, count(item.count),
            _worth(here, [item]) if item.seconds else "",
            page_url("integrations.error_records", "integrations.view", key=item.connector, module=item.module,
                     code=item.reason.code),
        )
        for item in kept_out
    ]  # fmt: skip


def _sums(here: Organisation, waiting: Sequence[ReadyProject]) -> str:
    """Write one sum per currency, the base currency first; amounts of two currencies are never added."""
    sums: dict[str, Decimal] = {here.base_currency: ZERO}
    for project in waiting:
        sums[project.currency] = sums.get(project.currency, ZERO) + project.amount
    shown = {currency: amount for currency, amount in sums.items() if amount} or {here.base_currency: ZERO}
    return " + ".join(money(amount, currency) for currency, amount in shown.items())


def overdue(ages: Sequence[AgeBucket]) -> list[AgeBucket]:
    """Return the buckets past their date that hold something."""
    return [bucket for bucket in ages if bucket.key != "not_due" and bucket.count]


def ageing_segments(here: Organisation, ages: Sequence[AgeBucket]) -> list[tuple[str, Decimal, str]]:
    """Return what the ageing chart draws: words, amount, amount in words."""
    return [(_(bucket.words), bucket.amount, money(bucket.amount, here.base_currency)) for bucket in ages]


def month_bars(here: Organisation, months: Sequence[IncomeMonth]) -> list[tuple[str, Decimal, str]]:
    """Return the months as bars: short name, sum, sum in words."""
    return [
        (format_date(date(month.year, month.month, 1), "MMM", here.locale), month.net,
         f"{format_date(date(month.year, month.month, 1), 'MMM yyyy', here.locale)}: "
         f"{money(month.net, here.base_currency)}")
        for month in months
    ]  # fmt: skip


def health(kept_out: Sequence[Stuck]) -> list[Health]:
    """Read how each integration is, in two statements."""
    integrations = list(db.session.scalars(db.select(Integration).where(Integration.state != "deleted")))
    if not integrations:
        return []
    newest = db.select(func.max(SyncRun.id)).where(SyncRun.kind != "preview").group_by(SyncRun.integration_id)
    runs = {run.integration_id: run for run in db.session.scalars(db.select(SyncRun).where(SyncRun.id.in_(newest)))}
    return [_health_of(item, runs.get(item.id), kept_out) for item in integrations]


def _health_of(item: Integration, run: SyncRun | None, kept_out: Sequence[Stuck]) -> Health:
    is_live = item.state == "active" and run is not None and run.state in LIVE_RUN_STATES
    words = RUN_STATES[run.state] if run is not None and is_live else CONNECTION_STATES[item.state]
    mine = [cause for cause in kept_out if cause.integration_id == item.id]
    failed = sum(cause.count for cause in mine if cause.has_failed)
    return Health(item, run, str(_(words)), sum(cause.count for cause in mine) - failed, failed)


def chores(states: Sequence[Health], ages: Sequence[AgeBucket]) -> list[Chore]:
    """List what waits for a person, what stops money first."""
    found = [chore for item in states for chore in _chores_of(item)]
    refused, accepted = _waiting()
    if refused:
        text = str(ngettext("%(num)s message was refused.", "%(num)s messages were refused.", refused))
        link = page_url("settings.mail", "settings.view")
        found.append(Chore(_("Mail could not be sent"), text, "bad", _("Check mail"), link))
    if late := sum(bucket.count for bucket in overdue(ages)):
        found.append(Chore(_("Invoices are overdue"), f"{_invoices(late)}.", "warn", _("Show them"), overdue_url()))
    return found + [_accepted(TYPES[key], number) for key, number in accepted.items() if number]


def _waiting() -> tuple[int, dict[str, int]]:
    """Return how many messages were refused, and by type how many were accepted and not converted; one statement."""
    refused = db.select(func.count()).select_from(MailMessage).where(MailMessage.status == "failed")
    kinds = [kind for kind in TYPES.values() if kind.becomes and kind.open_state]
    accepted = [
        db.select(func.count())
        .select_from(Transaction)
        .where(Transaction.type == kind.key, Transaction.status == kind.open_state)
        for kind in kinds
    ]
    row = db.session.execute(db.select(*(query.scalar_subquery() for query in (refused, *accepted)))).one()
    return row[0], {kind.key: number for kind, number in zip(kinds, row[1:], strict=True)}


def _accepted(kind: TransactionType, number: int) -> Chore:
    """Return the chore of what customers accepted and nobody converted yet."""
    text = str(ngettext("%(num)s is waiting to be converted.", "%(num)s are waiting to be converted.", number))
    link = page_url("transactions.index", "transactions.view", type_path=kind.path, state=kind.open_state)
    return Chore(_("%(titles)s were accepted", titles=_(kind.title_plural)), text, "info", _("Show them"), link)


def _chores_of(item: Health) -> list[Chore]:
    here = item.integration
    link = page_url("integrations.details", "integrations.view", key=here.connector)
    found = []
    if here.state == "needs_reauth" or here.problem:
        text = here.problem or _("The connection was ended in Zoho. Nothing is fetched until you connect again.")
        found.append(Chore(_("Reconnect needed"), text, "bad", _("Reconnect"), link))
    if item.run is not None and item.run.state in {"failed", "interrupted"}:
        found.append(Chore(_("The last sync did not finish"), item.run.message, "bad", _("Look"), link))
    if item.failed:
        text = str(ngettext("%(num)s record could not be brought across.",
                            "%(num)s records could not be brought across.", item.failed))  # fmt: skip
        errors = page_url("integrations.errors", "integrations.view", key=here.connector)
        found.append(Chore(_("Records failed"), text, "warn", _("See why"), errors))
    return found
