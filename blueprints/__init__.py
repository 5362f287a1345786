"""The pages, one file per area. This is the list of areas, in the order of their menu entries.

An area module has a `blueprint`, and may have `MENU` and `NEW` (see `blueprints.menu`).
"""

from __future__ import annotations

from types import ModuleType

from blueprints import (
    approval_links,
    approvals,
    assistant,
    audit,
    auth,
    customers,
    dashboard,
    expenses,
    finance_tab,
    health,
    help,
    imports,
    integrations,
    items,
    ledger,
    outgoing,
    own_hours,
    payments,
    projects,
    public,
    rates,
    reports,
    search,
    settings,
    setup,
    subscriptions,
    time,
    transactions,
    webhooks,
)

AREAS: tuple[ModuleType, ...] = (
    dashboard,
    customers,
    items,
    assistant,
    transactions,
    payments,
    expenses,
    subscriptions,
    reports,
    outgoing,
    own_hours,
    projects,
    time,
    approvals,
    ledger,
    imports,
    settings,
    integrations,
    audit,
    help,
    search,
    auth,
    setup,
    health,
    public,
    approval_links,
    rates,
    finance_tab,
    webhooks,
)


def areas() -> tuple[ModuleType, ...]:
    """Return the area modules in menu order."""
    return AREAS
