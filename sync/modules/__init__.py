"""The shelf of modules. This is the index, in the order a run takes them: parents first (requirements P-38)."""

from __future__ import annotations

from collections.abc import Mapping

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
