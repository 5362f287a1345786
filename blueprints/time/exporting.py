"""The list of time entries as a file, with the filters of the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from billing.hours.approved import APPROVALS
from billing.tables import Column, Table
from blueprints.downloads import send_table
from blueprints.time.lists import EntryFilter, every_entry
from models.time_entry import BILLING_STATES
from sync.sources import source_name


def entries_file(format: str) -> Response:
    """Return the listed time entries as a file."""
    words = {key: str(_(word)) for key, word in (BILLING_STATES | APPROVALS).items()}
    words |= {"yes": str(_("Yes")), "no": str(_("No")), "draft": str(_("Draft"))}
    table = Table(_("Time entries"), _columns(), _rows(EntryFilter.read(request.args), words))
    return send_table(table, format, "time-entries")


def _columns() -> list[Column]:
    return [
        Column("date", _("Date"), "date"), Column("project", _("Project")), Column("customer", _("Customer")),
        Column("work", _("Task or issue")), Column("person", _("Person")), Column("time", _("Time"), "duration"),
        Column("notes", _("Notes")), Column("billable", _("Billable")), Column("state", _("State")),
        Column("approval", _("Approval")), Column("transaction", _("On")), Column("source", _("Origin")),
    ]  # fmt: skip


def _rows(chosen: EntryFilter, words: dict[str, str]) -> Iterator[list[Any]]:
    for row in every_entry(chosen):
        yield [
            row.date, row.project, row.customer, row.work, row.person, row.seconds, row.notes,
            words["yes" if row.is_billable else "no"], words[row.billing_state], words[row.approval],
            (row.transaction_number or words["draft"]) if row.transaction_id else None, source_name(row.source),
        ]  # fmt: skip
