"""The error catalogue: why a record may be kept out, and what to do about it (requirements §12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the catalogue. `kind`: excluded (a rule kept it out) or failed (it could not be processed)."""

    code: str
    #: a module's key, or "connection" or "run"
    module: str
    #: a few words for lists
    title: Any
    #: one sentence with `{placeholders}` filled from `Link.detail`
    why: Any
    #: what to do
    remedy: Any
    kind: str
    #: the remote will not send it again when the cause goes away here, so it is tried again at each run
    waits: bool = False

    def explain(self, detail: Mapping[str, Any] | None) -> str:
        """Fill the sentence; a `date` is written as people do, what is missing in `detail` reads as a dash."""
        words = _Dashes(detail or {})
        if words.get("date"):
            words["date"] = format_date(date.fromisoformat(words["date"]), "medium")
        return str(self.why).format_map(words)


class _Dashes(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def _rows(*reasons: Reason) -> dict[str, Reason]:
    return {reason.code: reason for reason in reasons}


REASONS: Mapping[str, Reason] = _rows(
    Reason(
        "PRJ-NO-PRIMARY", "projects", _l("Project has no primary customer"),
        _l("“{name}” has no primary customer in Zoho Projects, so nobody could be billed for it."),
        _l("Set a primary customer for the project in Zoho Projects, then sync again."),
        kind="failed", waits=True,
    ),
    Reason(
        "PRJ-CURRENCY", "projects", _l("Customer exists in another currency"),
        _l("“{name}” is in {currency}, but its customer {customer} is already here in {customer_currency}."),
        _l("Change the currency of the project or of the customer, then sync again."),
        kind="failed", waits=True,
    ),
    Reason(
        "PRIM-LOCKED", "projects", _l("Primary customer changed after billing"),
        _l("“{name}” now belongs to {customer} in Zoho Projects, but it has transactions for another customer here."),
        _l("Set the former primary customer again in Zoho Projects, or void the transactions."),
        kind="failed", waits=True,
    ),
    Reason(
        "CUS-NOT-PRIMARY", "customers", _l("Not the primary customer of a synced project"),
        _l("{name} is in Zoho Projects, but no synced project has it as its primary customer."),
        _l("Make it the primary customer of a project, and it comes with that project."),
        kind="excluded",
    ),
    Reason(
        "USR-NO-ENTRIES", "users", _l("No time entries were fetched"),
        _l("{name} has no time entry that was fetched."),
        _l("Nothing to do: the person comes with the first time entry."),
        kind="excluded",
    ),
    Reason(
        "MIL-PARENT", "milestones", _l("Its project was not fetched"),
        _l("“{name}” belongs to a project that was not fetched."),
        _l("Fix the project first; its milestones follow on the next sync."),
        kind="failed", waits=True,
    ),
    Reason(
        "TSK-PARENT", "tasks", _l("Its project was not fetched"),
        _l("“{name}” belongs to a project that was not fetched."),
        _l("Fix the project first; its tasks follow on the next sync."),
        kind="failed", waits=True,
    ),
    Reason(
        "BUG-PARENT", "bugs", _l("Its project was not fetched"),
        _l("“{name}” belongs to a project that was not fetched."),
        _l("Fix the project first; its bugs follow on the next sync."),
        kind="failed", waits=True,
    ),
    Reason(
        "TS-NOT-BILLABLE", "time_entries", _l("Not billable"),
        _l("{hours} h of {name} on {date} are not billable in Zoho Projects."),
        _l("Mark the entry as billable in Zoho Projects if it should be invoiced."),
        kind="excluded",
    ),
    Reason(
        "TS-NOT-APPROVED", "time_entries", _l("Not approved yet"),
        _l("{hours} h of {name} on {date} are not approved in Zoho Projects."),
        _l("Approve the entry in Zoho Projects; it comes with the next sync."),
        kind="excluded",
    ),
    Reason(
        "TS-GENERAL-OFF", "time_entries", _l("General timesheets are switched off"),
        _l("{hours} h of {name} on {date} belong to no task, and general timesheets are switched off."),
        _l("Turn on general timesheets in the preferences of this integration."),
        kind="excluded", waits=True,
    ),
    Reason(
        "TS-NO-PRIMARY", "time_entries", _l("Its project has no primary customer"),
        _l("{hours} h of {name} on {date} belong to a project without a primary customer."),
        _l("Set a primary customer for the project in Zoho Projects; its hours follow."),
        kind="failed", waits=True,
    ),
    Reason(
        "TS-PARENT", "time_entries", _l("Its task, bug or project was not fetched"),
        _l("{hours} h of {name} on {date} belong to a task, bug or project that was not fetched."),
        _l("Fix the project first; its time entries follow on the next sync."),
        kind="failed", waits=True,
    ),
    Reason(
        "TS-MAX-HOURS", "time_entries", _l("More than the maximum hours per day"),
        _l("{hours} h of {name} on {date} are more than the maximum of {limit} h per day."),
        _l("Raise Settings → Preferences → Projects → maximum hours per day, or correct the entry in Zoho Projects."),
        kind="failed", waits=True,
    ),
    Reason(
        "REC-UNREADABLE", "run", _l("The record could not be read"),
        _l("Zoho sent a record that cannot be read: {problem}"),
        _l("Correct the record in Zoho; it is read again on the next sync."),
        kind="failed",
    ),
)  # fmt: skip


def reason(code: str) -> Reason:
    """Look up a code; an unknown one is a bug."""
    return REASONS[code]
