"""The shelf of modules. This is the index, in the order a run takes them: parents first (requirements P-38)."""

from __future__ import annotations

from collections.abc import Mapping

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


def modules_of(connector: str) -> Mapping[str, Module]:
    """The modules that a connector can list, in the order of a run."""
    known = CONNECTORS[connector].modules
    return {key: module for key, module in MODULES.items() if key in known}
