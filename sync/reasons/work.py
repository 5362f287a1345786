"""Why projects, and what they are made of, may be kept out."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from sync.reasons.base import Reason

ROWS = (
    Reason(
        "PRJ-NO-PRIMARY", "projects", _l("Project has no primary customer"),
        _l("“{name}” has no primary customer in Zoho Projects, so nobody could be billed for it."),
        _l("Set a primary customer for the project in Zoho Projects, then sync again."),
        would=_l("would come in with a primary customer"),
        kind="failed", waits=True,
    ),
    Reason(
        "PRJ-CURRENCY", "projects", _l("Customer exists in another currency"),
        _l("“{name}” is in {currency}, but its customer {customer} is already here in {customer_currency}."),
        _l("Change the currency of the project or of the customer, then sync again."),
        would=_l("would come in if project and customer had one currency"),
        kind="failed", waits=True,
    ),
    Reason(
        "PRIM-LOCKED", "projects", _l("Primary customer changed after billing"),
        _l("“{name}” now belongs to {customer} in Zoho Projects, but it has transactions for another customer here."),
        _l("Set the former primary customer again in Zoho Projects, or void the transactions."),
        would=_l("would follow if its former primary customer were set again"),
        kind="failed", waits=True,
    ),
    Reason(
        "CUR-LOCKED", "projects", _l("Currency changed after billing"),
        _l("“{name}” is now in {currency} in Zoho Projects, but it was billed in {project_currency} here."),
        _l("Set the former currency again in Zoho Projects. What was billed keeps its currency."),
        would=_l("would follow if its former currency were set again"),
        kind="failed", waits=True,
    ),
    Reason(
        "CUS-NOT-PRIMARY", "customers", _l("Not the primary customer of a synced project"),
        _l("{name} is in Zoho Projects, but no synced project has it as its primary customer."),
        _l("Make it the primary customer of a project, and it comes with that project."),
        would=_l("would come in as the primary customer of a project"),
        kind="excluded",
    ),
    Reason(
        "USR-NO-ENTRIES", "users", _l("No time entries were fetched"),
        _l("{name} has no time entry that was fetched."),
        _l("Nothing to do: the person comes with the first time entry."),
        would=_l("would come in with the first time entry"),
        kind="excluded",
    ),
    Reason(
        "MIL-PARENT", "milestones", _l("Its project was not fetched"),
        _l("“{name}” belongs to a project that was not fetched."),
        _l("Fix the project first; its milestones follow on the next sync."),
        would=_l("would come in with its project"),
        kind="failed", waits=True,
    ),
    Reason(
        "TSK-PARENT", "tasks", _l("Its project was not fetched"),
        _l("“{name}” belongs to a project that was not fetched."),
        _l("Fix the project first; its tasks follow on the next sync."),
        would=_l("would come in with its project"),
        kind="failed", waits=True,
    ),
    Reason(
        "BUG-PARENT", "bugs", _l("Its project was not fetched"),
        _l("“{name}” belongs to a project that was not fetched."),
        _l("Fix the project first; its bugs follow on the next sync."),
        would=_l("would come in with its project"),
        kind="failed", waits=True,
    ),
    Reason(
        "REC-UNREADABLE", "record", _l("The record could not be read"),
        _l("Zoho sent a record that cannot be read: {problem}"),
        _l("Correct the record in Zoho; it is read again on the next sync."),
        would=_l("would come in if it could be read"),
        kind="failed",
    ),
    Reason(
        "UNDONE", "record", _l("Taken back by you"),
        _l("A sync had brought or changed {name}; you took that back, and it stays so until you release it."),
        _l("Retry releases it: it is read again, and syncs as before."),
        would=_l("would come in if you released it"),
        kind="excluded",
    ),
)  # fmt: skip
