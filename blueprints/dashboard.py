"""The first page: money ready, stuck and overdue, what came in, how the sync is, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from flask import Blueprint, current_app, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import func

from billing.money import ZERO
from billing.radar import AgeBucket, IncomeMonth, ReadyProject, ageing, income, ready
from blueprints.access import may, needs
from blueprints.filters import count, duration, money
from blueprints.menu import MenuEntry
from blueprints.settings.organisation import the_organisation
from extensions import db
from models import Integration, Link, MailMessage, Organisation, SyncRun
from models.integration import CONNECTION_STATES, RUN_STATES
from sync.reasons import REASONS
from sync.sources import source_name

blueprint = Blueprint("dashboard", __name__)
blueprint.add_app_template_filter(source_name, "app_name")
MENU = (MenuEntry("daily", "Home", "home", "dashboard.index", "dashboard.view"),)
#: kept-out records are counted up to here
CAP = 10_000


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
    kept_out: int
    failed: int


@blueprint.get("/")
@needs("dashboard.view")
def index() -> Any:
    """Show everything at a glance; a new organisation is led to its next step."""
    here = the_organisation()
    today = here.today()
    waiting, ages, months = ready(), ageing(today), income(today)
    health = _health()
    is_new = not health and not waiting and not any(month.total for month in months)
    return render_template(
        "dashboard/index.html", is_new=is_new, health=health, tiles=_tiles(here, waiting, ages, health),
        ageing=_ageing_segments(here, ages), months=_month_bars(here, months), waiting=waiting[:8],
        chores=_chores(health, ages), can_connect=_url("integrations.index") if may("integrations.view") else None,
    )  # fmt: skip


def _url(endpoint: str, **values: Any) -> str | None:
    """Return a page's address, None where this installation has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def _tiles(here: Organisation, waiting: Sequence[ReadyProject], ages: Sequence[AgeBucket],
           health: Sequence[Health]) -> list[Tile]:  # fmt: skip
    late = _overdue(ages)
    stuck = sum(item.kept_out + item.failed for item in health)
    hours = duration(sum(project.seconds for project in waiting))
    return [
        Tile(_("Ready to bill"), _sums(here, waiting),
             _("%(hours)s hours in %(count)s projects", hours=hours, count=count(len(waiting))), "clock",
             href=_url("time.index", state="unbilled")),
        Tile(_("Stuck"), count(stuck), _("records kept out of the last sync"), "alert-triangle",
             "warn" if stuck else None, _url("integrations.index") if may("integrations.view") else None),
        Tile(_("Overdue"), money(sum((bucket.amount for bucket in late), ZERO), here.base_currency),
             _("%(count)s invoices past their due date", count=count(sum(bucket.count for bucket in late))),
             "calendar", "bad" if late else None, _overdue_url()),
    ]  # fmt: skip


def _sums(here: Organisation, waiting: Sequence[ReadyProject]) -> str:
    """Write one sum per currency, the base currency first; amounts of two currencies are never added."""
    sums: dict[str, Decimal] = {here.base_currency: ZERO}
    for project in waiting:
        sums[project.currency] = sums.get(project.currency, ZERO) + project.amount
    shown = {currency: amount for currency, amount in sums.items() if amount} or {here.base_currency: ZERO}
    return " + ".join(money(amount, currency) for currency, amount in shown.items())


def _overdue(ages: Sequence[AgeBucket]) -> list[AgeBucket]:
    return [bucket for bucket in ages if bucket.key != "not_due" and bucket.count]


def _ageing_segments(here: Organisation, ages: Sequence[AgeBucket]) -> list[tuple[str, Decimal, str]]:
    return [(_(bucket.words), bucket.amount, money(bucket.amount, here.base_currency)) for bucket in ages]


def _month_bars(here: Organisation, months: Sequence[IncomeMonth]) -> list[tuple[str, Decimal, str]]:
    """Return the months as bars: short name, sum, sum in words."""
    return [
        (format_date(date(month.year, month.month, 1), "MMM", here.locale), month.total,
         f"{format_date(date(month.year, month.month, 1), 'MMM yyyy', here.locale)}: "
         f"{money(month.total, here.base_currency)}")
        for month in months
    ]  # fmt: skip


def _health() -> list[Health]:
    """Read how each integration is, in three statements."""
    integrations = list(db.session.scalars(db.select(Integration).where(Integration.state != "deleted")))
    if not integrations:
        return []
    newest = db.select(func.max(SyncRun.id)).where(SyncRun.kind != "preview").group_by(SyncRun.integration_id)
    runs = {run.integration_id: run for run in db.session.scalars(db.select(SyncRun).where(SyncRun.id.in_(newest)))}
    kinds = _kept_out_by_kind()
    return [
        Health(item, runs.get(item.id), _state_words(item, runs.get(item.id)),
               kinds.get((item.id, "excluded"), 0), kinds.get((item.id, "failed"), 0))
        for item in integrations
    ]  # fmt: skip


def _state_words(item: Integration, run: SyncRun | None) -> str:
    if item.state == "active" and run is not None and run.state in {"queued", "running", "waiting"}:
        return str(_(RUN_STATES[run.state]))
    return str(_(CONNECTION_STATES[item.state]))


def _kept_out_by_kind() -> dict[tuple[int, str], int]:
    """Count kept-out records per integration and kind (excluded and failed are never one number: R-13)."""
    some = db.select(Link.integration_id, Link.reason).where(Link.reason.is_not(None)).limit(CAP).subquery()
    rows = db.session.execute(db.select(*some.c, func.count()).group_by(*some.c))
    found: dict[tuple[int, str], int] = {}
    for integration_id, reason, number in rows:
        kind = REASONS[reason].kind if reason in REASONS else "failed"
        found[integration_id, kind] = found.get((integration_id, kind), 0) + number
    return found


def _chores(health: Sequence[Health], ages: Sequence[AgeBucket]) -> list[Chore]:
    """List what waits for a person, what stops money first."""
    chores = [chore for item in health for chore in _chores_of(item)]
    refused = db.session.scalar(db.select(func.count()).where(MailMessage.status == "failed")) or 0
    if refused:
        text = _("%(count)s messages were refused.", count=count(refused))
        link = url_for("settings.mail") if may("settings.view") else None
        chores.append(Chore(_("Mail could not be sent"), text, "bad", _("Check mail"), link))
    if late := sum(bucket.count for bucket in _overdue(ages)):
        text = _("%(count)s invoices are past their due date.", count=count(late))
        chores.append(Chore(_("Invoices are overdue"), text, "warn", _("Show them"), _overdue_url()))
    return chores


def _overdue_url() -> str | None:
    return _url("transactions.index", type_path="invoices", state="overdue")


def _chores_of(item: Health) -> list[Chore]:
    link = _url("integrations.index") if may("integrations.view") else None
    here = item.integration
    found = []
    if here.state == "needs_reauth" or here.problem:
        text = here.problem or _("The connection was ended in Zoho. Nothing is fetched until you connect again.")
        found.append(Chore(_("Reconnect needed"), text, "bad", _("Reconnect"), link))
    if item.run is not None and item.run.state in {"failed", "interrupted"}:
        found.append(Chore(_("The last sync did not finish"), item.run.message, "bad", _("Look"), link))
    if item.failed:
        text = _("%(count)s records could not be brought across.", count=count(item.failed))
        found.append(Chore(_("Records failed"), text, "warn", _("See why"), link))
    return found
