"""How many calls a run takes, and which module an endpoint is about: arithmetic for the meter (requirements M-21)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.zoho_projects.legs import PER_PAGE
from connectors.zoho_projects.places import PLACES
from connectors.zoho_projects.time_entries import KINDS

PORTAL = "GET /api/v3/portal/{id}"
PORTALS = "GET /api/v3/portals"
#: the part of a path that tells the module, the innermost first
WORDS = (
    ("timelogs", "time_entries"), ("logs", "time_entries"), ("addbulktimelogs", "time_entries"),
    ("clients", "customers"), ("issues", "bugs"), ("phases", "milestones"), ("tasks", "tasks"), ("users", "users"),
    ("projects", "projects"),
)  # fmt: skip


def module_of(endpoint: str) -> str | None:
    """The module that an endpoint is about; None for portals and for the settings of fields."""
    parts = set(re.split(r"[/ ]", endpoint))
    return next((module for word, module in WORDS if word in parts), None)


def cost(kind: str, listed: Mapping[str, int], known_entries: int, active_projects: int) -> dict[str, int]:
    """Calls per endpoint of a full or quick run over the modules of `listed`, which holds how long their lists are.

    Lists give 200 records a call. A full run asks once more for each project's clients. A quick run asks for changed
    time entries per active project where that takes fewer calls (`legs.cheaper`).
    """
    found = {PORTALS: 1}
    for module, count in listed.items():
        if module != "time_entries":
            found[PORTAL + PLACES[module].list_path] = max(1, -(-count // PER_PAGE))
    if kind == "full" and listed.get("projects"):
        found[f"{PORTAL}/projects/{{id}}/clients"] = listed["projects"]
    if "time_entries" in listed:
        windows = len(KINDS) * active_projects
        if kind != "full" and 0 < windows < -(-known_entries // PER_PAGE) + len(KINDS):
            found[f"{PORTAL}/projects/{{id}}/timelogs"] = windows
        else:
            # each of the three lists ends with a page that is not full
            found[f"{PORTAL}/timelogs"] = -(-listed["time_entries"] // PER_PAGE) + len(KINDS) - 1
    return found
