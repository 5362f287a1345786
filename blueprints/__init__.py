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
    health,
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
)

AREAS: tuple[ModuleType, ...] = (
    dashboard,
    customers,
    transactions,
    own_hours,
    projects,
    time,
    ledger,
    settings,
    integrations,
    audit,
    search,
    auth,
    setup,
    health,
    public,
)


def areas() -> tuple[ModuleType, ...]:
    """Return the area modules in menu order."""
    return AREAS
