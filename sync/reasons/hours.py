"""Why time entries may be kept out."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from sync.reasons.base import Reason

ROWS = (
    Reason(
        "TS-NOT-BILLABLE", "time_entries", _l("Not billable"),
        _l("{hours} h of {name} on {date} are not billable in Zoho Projects."),
        _l("Mark the entry as billable in Zoho Projects if it should be invoiced."),
        would=_l("would come in if billable"),
        kind="excluded",
    ),
    Reason(
        "TS-NOT-APPROVED", "time_entries", _l("Not approved yet"),
        _l("{hours} h of {name} on {date} are not approved in Zoho Projects."),
        _l("Approve the entry in Zoho Projects; it comes with the next sync."),
        would=_l("would come in if approved"),
        kind="excluded",
    ),
    Reason(
        "TS-GENERAL-OFF", "time_entries", _l("General timesheets are switched off"),
        _l("{hours} h of {name} on {date} belong to no task, and general timesheets are switched off."),
        _l("Turn on general timesheets in the preferences of this integration."),
        would=_l("would come in with general timesheets switched on"),
        kind="excluded", waits=True,
    ),
    Reason(
        "TS-NO-PRIMARY", "time_entries", _l("Its project has no primary customer"),
        _l("{hours} h of {name} on {date} belong to a project without a primary customer."),
        _l("Set a primary customer for the project in Zoho Projects; its hours follow."),
        would=_l("would come in if its project had a primary customer"),
        kind="failed", waits=True,
    ),
    Reason(
        "TS-PARENT", "time_entries", _l("Its task, bug or project was not fetched"),
        _l("{hours} h of {name} on {date} belong to a task, bug or project that was not fetched."),
        _l("Fix the project first; its time entries follow on the next sync."),
        would=_l("would come in with what it belongs to"),
        kind="failed", waits=True,
    ),
    Reason(
        "TS-MAX-HOURS", "time_entries", _l("More than the maximum hours per day"),
        _l("{hours} h of {name} on {date} are more than the maximum of {limit} h per day."),
        _l("Raise Settings → Preferences → Projects → maximum hours per day, or correct the entry in Zoho Projects."),
        would=_l("would come in with a higher maximum per day"),
        kind="failed", waits=True,
    ),
)  # fmt: skip
