"""The radar of the first page: what is stuck here and what is never billed, with age, worth and its button (M-06)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from billing.hours.held_up import REASONS, Held
from billing.hours.radar import ReadyProject
from billing.money import ZERO
from blueprints.dashboard.figures import Tile, page_url
from blueprints.filters import count, duration, money
from models import Organisation

#: reason → endpoint, its parts, permission, words of the button
BUTTONS: dict[str, tuple[str, dict[str, str], str, Any]] = {
    "not_approved": ("approvals.index", {}, "time.view", _l("Approve")),
    "not_asked": ("approvals.index", {}, "time.view", _l("Ask the customer")),
    "asked": ("approvals.requests", {}, "time.view", _l("See the question")),
    "rejected": ("approvals.entries", {"state": "rejected"}, "time.view", _l("Look")),
    "written_off": ("time.index", {"state": "written_off"}, "time.view", _l("Take back")),
    "not_billable": ("time.index", {"state": "unbilled", "billable": "no"}, "time.view", _l("Look")),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """One line of the radar."""

    title: str
    is_never: bool
    oldest: date
    days: int
    hours: str
    worth: str
    action: str
    href: str | None


def spots(today: date, held: Sequence[Held], waiting: Sequence[ReadyProject]) -> list[Spot]:
    """Return what is stuck, hours without a rate among it, then what is never billed."""
    found = [_spot(today, item) for item in held]
    bare = [project for project in waiting if project.unpriced]
    if bare:
        oldest = min(project.oldest for project in bare)
        link = page_url("rates.of_project", "projects.view", project_id=bare[0].project_id)
        title = _("No rate is set: %(names)s", names=", ".join(project.project_name for project in bare[:3]))
        hours = duration(sum(project.unpriced for project in bare))
        found.append(Spot(title, False, oldest, _age(today, oldest), hours, "–", _("Set the rate"), link))
    return sorted(found, key=lambda spot: spot.is_never)


def _age(today: date, oldest: date) -> int:
    return max(0, (today - oldest).days)


def _spot(today: date, item: Held) -> Spot:
    endpoint, values, permission, words = BUTTONS[item.reason]
    worth = " + ".join(money(amount, currency) for currency, amount in item.amounts.items() if amount) or "–"
    return Spot(
        str(REASONS[item.reason]), item.is_never, item.oldest, _age(today, item.oldest), duration(item.seconds), worth,
        str(words), page_url(endpoint, permission, **values),
    )  # fmt: skip


def approval_tile(here: Organisation, held: Sequence[Held]) -> list[Tile]:
    """Return the tile of hours that wait for approval; none when nothing waits."""
    waiting = [item for item in held if not item.is_never]
    if not waiting:
        return []
    sums: dict[str, Decimal] = {}
    for item in waiting:
        for currency, amount in item.amounts.items():
            sums[currency] = sums.get(currency, ZERO) + amount
    worth = " + ".join(money(amount, currency) for currency, amount in sums.items() if amount)
    hint = _("%(hours)s h in %(count)s entries", hours=duration(sum(item.seconds for item in waiting)),
             count=count(sum(item.entries for item in waiting)))  # fmt: skip
    link = page_url("approvals.index", "time.view")
    return [
        Tile(_("Waiting for approval"), worth or money(ZERO, here.base_currency), hint, "circle-check", "warn", link)
    ]
