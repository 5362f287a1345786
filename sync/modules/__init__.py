"""The shelf of modules. This is the index, in the order a run takes them: parents first (requirements P-38)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors import CONNECTORS
from sync.modules import bugs, customers, milestones, projects, tasks, time_entries, users
from sync.modules.base import Module

MODULES: Mapping[str, Module] = {
    module.key: module
    for module in (
        customers.MODULE,
        projects.MODULE,
        users.MODULE,
        milestones.MODULE,
        tasks.MODULE,
        bugs.MODULE,
        time_entries.MODULE,
    )
}


def modules_of(connector: str, options: Mapping[str, Any] | None = None) -> Mapping[str, Module]:
    """The modules that a connector can list, or lists with these choices of set-up, in the order of a run.

    A module comes on demand only where the connector says so.
    """
    product = CONNECTORS[connector]
    known = product.modules if options is None else product.modules_for(options)
    return {key: _as_listed(module, product.on_demand) for key, module in MODULES.items() if key in known}


def _as_listed(module: Module, on_demand: frozenset[str]) -> Module:
    return module if module.on_demand is None or module.key in on_demand else replace(module, on_demand=None)
