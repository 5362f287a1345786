"""The preferences of an integration as one frozen value: what a run is told when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """Preferences of one integration, frozen into each run (requirements C-57)."""

    #: time entries and the users behind them are fetched too (P-09)
    time_entries: bool = True
    #: entries dated before this day, in the portal's zone, count as invoiced elsewhere (P-15); None: all unbilled
    cutoff: date | None = None
    #: when a customer of that name is already here: overwrite or clone (P-18, P-19; no skip: P-20)
    duplicates: str = "overwrite"
    #: people cannot create projects here (P-22)
    restrict_project_creation: bool = False
    #: entries without a task or bug are fetched too (P-14)
    general_entries: bool = True
    #: "primary customer's remote id:currency" → local customer whose projects in that currency are (PRJ-CURRENCY)
    customer_overrides: Mapping[str, int] = field(default_factory=dict)
    #: module → local field → remote field; a module that is missing uses its default map
    field_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: the organisation's maximum per day, whole seconds (T-17)
    max_seconds_per_day: int = 24 * 3600
    base_currency: str = "USD"
    #: choices of set-up that only the connector understands, e.g. which kind of record is a customer (C-10 to C-14)
    options: Mapping[str, Any] = field(default_factory=dict)
    #: module → "both": changes made here go there too; a module that is missing is only fetched (C-15, C-16)
    extents: Mapping[str, str] = field(default_factory=dict)
    #: module → clone, overwrite or skip; a module that is missing follows `duplicates` (C-17 to C-19, C-53)
    duplicates_of: Mapping[str, str] = field(default_factory=dict)
    #: module → local field → "here" or "there": whose value wins when both changed, as a person decided (M-08)
    conflict_rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: a key of sync.triggers.TRIGGERS: what follows a deal; empty: nothing (D-01)
    trigger: str = ""

    def is_both_ways(self, module: str) -> bool:
        """Whether changes made here to a module's records go to the remote too."""
        return self.extents.get(module) == "both"

    def duplicates_for(self, module: str) -> str:
        """What happens when a record like it is already here: clone, overwrite or skip."""
        return self.duplicates_of.get(module, self.duplicates)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for a JSON column."""
        return {**asdict(self), "cutoff": self.cutoff.isoformat() if self.cutoff else None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> SyncSettings:
        """Read what `as_json` wrote; keys of older or newer versions are left aside."""
        known = {key: value for key, value in stored.items() if key in cls.__slots__}
        if known.get("cutoff"):
            known["cutoff"] = date.fromisoformat(known["cutoff"])
        return cls(**known)
