"""What a preview found, put into words and rows for its page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from models import Integration, SyncRun, SyncRunModule
from sync import connection
from sync.connection import report
from sync.reasons import REASONS

#: how each outcome of a record is said, its tone, and in which order
OUTCOMES = ("failed", "excluded", "deleted", "inactivated", "overwritten", "cloned", "updated", "merged", "added")


@dataclass(frozen=True, slots=True)
class Sample:
    """One record that would be touched, with its changed fields or the reason why it stays out."""

    outcome: str
    title: str
    why: str
    remedy: str
    #: field, now, will be
    changes: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a run would do in one module."""

    module: Any
    counts: SyncRunModule
    #: title of the reason, kind, how many
    reasons: list[tuple[Any, str, int]]
    samples: list[Sample]


def preview_context(integration: Integration) -> dict[str, Any]:
    """Everything the preview page shows of the newest preview."""
    run = connection.last_preview(integration)
    is_live = report.is_live(run)
    result = (run.result or {}) if run and not is_live else {}
    money = result.get("money", {})
    return {
        "run": run,
        "is_live": is_live,
        "progress": report.progress(run) if run and is_live else None,
        "foreseen": _foreseen(run, result) if run else [],
        "seconds": money.get("seconds", 0),
        "amounts": [(currency, Decimal(amount)) for currency, amount in money.get("amounts", {}).items()],
        "modules": {module.key: module for module in connection.modules_in_order(integration.connector)},
        "outcome_words": _outcome_words(),
    }


def _foreseen(run: SyncRun, result: dict[str, Any]) -> list[Foreseen]:
    modules = {module.key: module for module in connection.modules_in_order(run.integration.connector)}
    found = result.get("modules", {})
    return [
        Foreseen(
            modules[part.module],
            part,
            _reasons(found.get(part.module, {}).get("reasons", {})),
            _samples(modules[part.module], found.get(part.module, {}).get("samples", [])),
        )
        for part in run.modules
        if part.module in modules
    ]


def _reasons(counts: dict[str, int]) -> list[tuple[Any, str, int]]:
    known = [(REASONS[code], n) for code, n in counts.items() if code in REASONS]
    return sorted(
        ((reason.title, reason.kind, n) for reason, n in known), key=lambda row: (row[1] != "failed", -row[2])
    )


def _samples(module: Any, rows: list[dict[str, Any]]) -> list[Sample]:
    labels = {field.key: str(field.label) for field in module.fields}
    made = []
    for row in rows:
        reason = REASONS.get(row.get("reason") or "")
        changes = [(labels.get(key, key.replace("_", " ").capitalize()), old, new) for key, old, new in row["changes"]]
        why = reason.explain(row.get("detail")) if reason else ""
        made.append(Sample(row["outcome"], row["title"], why, str(reason.remedy) if reason else "", changes))
    return sorted(made, key=lambda sample: OUTCOMES.index(sample.outcome) if sample.outcome in OUTCOMES else 99)


def _outcome_words() -> dict[str, tuple[str, str]]:
    return {
        "added": (_("Would be added"), "ok"),
        "updated": (_("Would change"), "info"),
        "overwritten": (_("Would be overwritten"), "warn"),
        "merged": (_("Would be joined with the one here"), "info"),
        "cloned": (_("Would be added beside the one here"), "info"),
        "inactivated": (_("Would become inactive"), "warn"),
        "deleted": (_("Would be removed"), "bad"),
        "excluded": (_("Stays out"), "neutral"),
        "failed": (_("Would fail"), "bad"),
        "unchanged": (_("Stays as it is"), "neutral"),
    }
