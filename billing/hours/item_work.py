"""What milestones, task lists and tasks come to: at their unbilled hours, or at a free amount each (T-06, T-07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from billing.errors import MoveRefused
from billing.hours.items import KINDS, Item, already_on, chosen_twice, items_of
from billing.hours.pricing import EntryForBilling, PricedLine, Rounding, price, with_fixed_prices
from billing.hours.rates import Unit
from billing.hours.time_entries import (
    NOT_ROUNDED,
    PricedWork,
    TimeChoice,
    prices_left,
    projects_of,
    unbilled_entries,
    work_of,
)
from extensions import db
from models import Organisation, Project


@dataclass(frozen=True, slots=True)
class ItemPick:
    """One chosen item. `amount` None: its unbilled hours at their rates; else this amount, before tax."""

    key: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """Which items of a project, and how they are put on lines. `takes_hours`: whether the unbilled hours of an item
    with a free amount go along and are invoiced with it; without, they stay unbilled.
    """

    project_id: int
    picks: tuple[ItemPick, ...]
    takes_hours: bool = True
    layout: str = "task"
    rounding: Rounding = NOT_ROUNDED
    tax_id: int | None = None
    exchange_rate: Decimal | None = None
    #: whether amounts and rates hold the tax: as of the draft that they go on
    tax_mode: str = "exclusive"


@dataclass(frozen=True, slots=True)
class ItemWork:
    """What a choice comes to, nothing stored. `free`: each item with an amount of its own, and which line it is."""

    work: PricedWork
    free: tuple[tuple[Item, int], ...]


def price_items(choice: ItemChoice, *, is_taking: bool = False) -> ItemWork:
    """Price the chosen items; writes nothing. `is_taking` locks their entries, see `price_work`."""
    projects = projects_of(TimeChoice((choice.project_id,)))
    chosen = _chosen(choice, projects[0])
    entries = _entries_of(choice, [item for item, _amount in chosen], is_taking)
    locale = db.session.get_one(Organisation, 1).locale
    lines: list[PricedLine] = []
    free: list[tuple[Item, int]] = []
    for item, amount in chosen:
        if amount is None:
            continue
        own = [entry for entry in entries if entry.task_id in item.task_ids] if choice.takes_hours else []
        free.append((item, len(lines)))
        lines.append(_free_line(projects[0], item, amount, (own, choice.rounding)))
    taken = {entry_id for line in lines for entry_id in line.entry_ids}
    by_hours = {task for item, amount in chosen if amount is None for task in item.task_ids}
    rest = [entry for entry in entries if entry.task_id in by_hours and entry.id not in taken]
    hours = price(rest, choice.layout, choice.rounding, locale)
    left = {p_id: (projects[0].name, price) for p_id, price in prices_left(projects).items() if hours}
    work = work_of(projects, lines + with_fixed_prices(hours, left), choice.tax_id, choice.tax_mode)
    return ItemWork(work, tuple(free))


def _chosen(choice: ItemChoice, project: Project) -> list[tuple[Item, Decimal | None]]:
    """Return the items with their amounts; refuses what cannot be invoiced, or not so."""
    known = {item.key: item for item in items_of(project.id)}
    if len({pick.key for pick in choice.picks} & set(known)) != len(choice.picks):
        raise MoveRefused(_("A chosen milestone, task list or task is not there any more. Choose again."))
    free = [pick for pick in choice.picks if pick.amount is not None]
    if free and not db.session.get_one(Organisation, 1).has_free_amounts:
        raise MoveRefused(_("Free amounts are switched off. Switch them on under Settings, Preferences, Projects."))
    if free and len(free) < len(choice.picks) and project.billing_method == "fixed":
        raise MoveRefused(_("This project has a fixed price. Enter an amount for each of these, or for none."))
    held = [known[pick.key] for pick in choice.picks if known[pick.key].holder]
    if held:
        raise MoveRefused(already_on(held))
    tasks = [task for pick in free for task in known[pick.key].task_ids]
    if len(tasks) != len(set(tasks)):
        raise MoveRefused(chosen_twice())
    return [(known[pick.key], pick.amount) for pick in choice.picks]


def _entries_of(choice: ItemChoice, items: Sequence[Item], is_taking: bool) -> list[EntryForBilling]:
    tasks = tuple(sorted({task for item in items for task in item.task_ids}))
    wanted = TimeChoice((choice.project_id,), task_ids=tasks, exchange_rate=choice.exchange_rate)
    return unbilled_entries(wanted, is_taking=is_taking)


def _free_line(
    project: Project, item: Item, amount: Decimal, held: tuple[Sequence[EntryForBilling], Rounding]
) -> PricedLine:
    """Return the line of an item at an amount of its own; its hours stand behind it and do not change it."""
    entries, rounding = held
    words = _("%(kind)s of %(project)s", kind=KINDS[item.kind][0], project=project.name)
    return PricedLine(
        project.id, f"{project.id}|{item.key}", item.name, words, Unit.FIXED, amount, Decimal(1),
        sum(entry.seconds for entry in entries), sum(rounding.apply(entry.seconds) for entry in entries),
        tuple(entry.id for entry in entries), "item",
    )  # fmt: skip
