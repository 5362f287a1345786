"""The pages, one file per area. This is the list of areas, in the order of their menu entries.

An area module has a `blueprint`, and may have `MENU` and `NEW` (see `blueprints.menu`).
"""

from __future__ import annotations

from types import ModuleType

from blueprints import (
    audit,
    auth,
    customers,
    dashboard,
    expenses,
    finance_tab,
    health,
    help,
    integrations,
    ledger,
    own_hours,
    projects,
    public,
    search,
    settings,
    setup,
    time,
    transactions,
    webhooks,
)

AREAS: tuple[ModuleType, ...] = (
    dashboard,
    customers,
    transactions,
    expenses,
    own_hours,
    projects,
    time,
    ledger,
    settings,
    integrations,
    audit,
    help,
    search,
    auth,
    setup,
    health,
    public,
    finance_tab,
    webhooks,
)


def areas() -> tuple[ModuleType, ...]:
    """Return the area modules in menu order."""
    return AREAS
