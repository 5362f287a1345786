"""What a run would do: the same loop and planner as a run, with a writer that only counts (requirements M-01)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import Connection, select

from billing.money import round_money
from models import Organisation, Project
from sync.modules.base import Module, Values
from sync.planner import Operation

#: samples kept per module and outcome
SAMPLES = 8


class PreviewWriter:
    """Carries nothing out: remembers what later pages need, counts reasons, keeps samples, sums the money."""

    def __init__(self) -> None:
        self.overlay: dict[str, dict[int, Values]] = {}
        self.samples: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self.reasons: dict[str, Counter[str]] = {}
        self.seconds = 0
        #: seconds that would be unbilled, per local project id (negative: would be made)
        self.seconds_of: Counter[int] = Counter()
        #: records whose removal would wait for a person, per module
        self.held: Counter[str] = Counter()
        self._ids = count(-1, -1)

    def apply(self, connection: Connection, module: Module, operations: Sequence[Operation]) -> dict[str, int]:
        """Give new records a negative id, so that their children find them."""
        linked: dict[str, int] = {}
        for operation in operations:
            self._note(module, operation)
            if operation.adds:
                linked[operation.remote_id] = self._plan_row(module, operation.values)
            elif operation.local_id is not None and not operation.removes:
                linked[operation.remote_id] = operation.local_id
        return linked

    def hold(self, connection: Connection, module: Module, link_ids: Sequence[int]) -> None:
        """Count removals that would wait for a person."""
        self.held[module.key] += len(link_ids)

    def _plan_row(self, module: Module, values: Values) -> int:
        local_id = next(self._ids)
        if module.key == "time_entries":
            if values["billing_state"] == "unbilled":
                self.seconds += values["seconds"]
                self.seconds_of[values["project_id"]] += values["seconds"]
        else:
            self.overlay.setdefault(module.key, {})[local_id] = {**values, "id": local_id}
        return local_id

    def _note(self, module: Module, operation: Operation) -> None:
        before = operation.before or {}
        if operation.removes and before.get("billing_state") == "unbilled":
            self.seconds -= before["seconds"]
            self.seconds_of[before["project_id"]] -= before["seconds"]
        if operation.reason:
            self.reasons.setdefault(module.key, Counter())[operation.reason] += 1
        kept = self.samples.setdefault(module.key, {}).setdefault(operation.outcome, [])
        if len(kept) < SAMPLES:
            kept.append(_sample(operation))

    def result(self, connection: Connection) -> dict[str, Any]:
        """Return what `SyncRun.result` holds once the preview is done."""
        keys = list(dict.fromkeys([*self.samples, *self.reasons, *self.held]))
        return {
            "money": {"seconds": self.seconds, "amounts": self._amounts(connection)},
            "modules": {
                key: {
                    "samples": [row for rows in self.samples.get(key, {}).values() for row in rows],
                    "reasons": dict(self.reasons.get(key, {})),
                    "held": self.held[key],
                }
                for key in keys
            },
        }

    def _amounts(self, connection: Connection) -> dict[str, str]:
        """Value the unbilled hours at project rates, or the organisation's default rate."""
        default = connection.scalar(select(Organisation.default_rate)) or Decimal(0)
        here = select(Project.id, Project.currency, Project.rate).where(Project.id.in_(self.seconds_of.keys()))
        rates = {row.id: (row.currency, row.rate) for row in connection.execute(here)}
        for local_id, row in self.overlay.get("projects", {}).items():
            rates[local_id] = (row["currency"], None)
        sums: Counter[str] = Counter()
        for project_id, seconds in self.seconds_of.items():
            currency, rate = rates[project_id]
            sums[currency] += (default if rate is None else rate) * seconds / 3600  # type: ignore[assignment]
        return {currency: str(round_money(Decimal(amount), currency)) for currency, amount in sorted(sums.items())}


def _sample(operation: Operation) -> dict[str, Any]:
    before = operation.before or {}
    changes = [
        [key, _text(before.get(key)), _text(value)] for key, value in operation.values.items() if operation.local_id
    ]
    return {
        "outcome": operation.outcome, "title": operation.title, "reason": operation.reason,
        "detail": dict(operation.detail or {}), "changes": changes,
    }  # fmt: skip


def _text(value: Any) -> str:
    return "" if value is None else str(value)
