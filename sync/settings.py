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
