"""The first page: money ready, stuck and overdue, what came in, how the sync is, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template

from billing.hours.held_up import Held, held_up
from billing.hours.radar import ageing, ready
from billing.reports.income_by_month import last_months
from blueprints.access import needs
from blueprints.dashboard import figures
from blueprints.dashboard.radar import approval_tile, spots
from blueprints.menu import MenuEntry
from blueprints.settings.organisation import the_organisation
from models import Organisation
from sync.kept_out.stuck import stuck
from sync.sources import source_name

blueprint = Blueprint("dashboard", __name__)
blueprint.add_app_template_filter(source_name, "app_name")
MENU = (MenuEntry("daily", "Home", "home", "dashboard.index", "dashboard.view"),)
#: how many projects and reasons the page names
SHOWN = 8


@blueprint.get("/")
@needs("dashboard.view")
def index() -> Any:
    """Show everything at a glance; a new organisation is led to its next step."""
    here = the_organisation()
    today = here.today()
    waiting, ages, months, kept_out = ready(), ageing(today), last_months(today), stuck()
    held = held_up(today)
    health = figures.health(kept_out)
    chores = figures.chores(health, ages)
    is_new = not (health or waiting or held or chores or any(month.count for month in months))
    return render_template(
        "dashboard/index.html", is_new=is_new, health=health, tiles=_tiles(here, (waiting, ages, kept_out), held),
        spots=spots(today, held, waiting),
        ageing=figures.ageing_segments(here, ages), months=figures.month_bars(here, months), waiting=waiting[:SHOWN],
        causes=figures.causes(here, kept_out)[:SHOWN], chores=chores,
        integrations_url=figures.page_url("integrations.index", "integrations.view"),
        connect_url=figures.page_url("integrations.index", "integrations.connect"),
    )  # fmt: skip


def _tiles(here: Organisation, found: tuple[Any, Any, Any], held: Sequence[Held]) -> list[figures.Tile]:
    """Return the figures at the top; what waits for approval stands beside what is ready."""
    first, *rest = figures.tiles(here, *found)
    return [first, *approval_tile(here, held), *rest]
