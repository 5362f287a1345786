"""The life of a transaction, as the audit log tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from extensions import db
from models import AuditEntry, Transaction

#: events shown; older ones are in the audit log
MOST = 40
#: last part of the audit verb → title, icon, tone
WORDS = {
    "started": (lazy_gettext("Draft started"), "file-text", "neutral"),
    "changed": (lazy_gettext("Draft changed"), "pencil", "neutral"),
    "hours_added": (lazy_gettext("Hours added"), "clock", "neutral"),
    "issued": (lazy_gettext("Issued"), "file-check", "info"),
    "mail_queued": (lazy_gettext("Put in the outgoing mail"), "mail", "neutral"),
    "sent": (lazy_gettext("Sent"), "send", "ok"),
    "items_added": (lazy_gettext("Milestones or tasks added"), "flag", "neutral"),
    "accepted": (lazy_gettext("Accepted"), "circle-check", "ok"),
    "declined": (lazy_gettext("Declined"), "circle-x", "bad"),
    "converted": (lazy_gettext("Converted"), "file-invoice", "ok"),
    "freed": (lazy_gettext("Free to be converted again"), "arrow-back-up", "warn"),
    "progressed": (lazy_gettext("Went on"), "arrows-left-right", "info"),
    "settled": (lazy_gettext("Paid or settled"), "cash", "ok"),
    "reopened": (lazy_gettext("Payment taken back"), "arrow-back-up", "warn"),
    "drawn": (lazy_gettext("Credit used"), "pig-money", "info"),
    "refunded": (lazy_gettext("Refunded"), "arrow-back-up", "warn"),
    "regained": (lazy_gettext("Refund reversed"), "arrow-back-up", "warn"),
    "credited": (lazy_gettext("Credited"), "file-minus", "warn"),
    "credit_voided": (lazy_gettext("Credit note voided"), "ban", "warn"),
    "voided": (lazy_gettext("Voided"), "ban", "bad"),
    "link_renewed": (lazy_gettext("Customer link renewed"), "link", "warn"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, ready to be shown."""

    title: str
    icon: str
    tone: str
    at: datetime
    text: str
    who: str


def life_of(transaction: Transaction) -> list[Happening]:
    """Return what happened, newest first; one statement."""
    about = (AuditEntry.subject == "transaction") & (AuditEntry.subject_id == transaction.id)
    entries = db.session.scalars(db.select(AuditEntry).where(about).order_by(AuditEntry.id.desc()).limit(MOST))
    return [_told(entry) for entry in entries]


def _told(entry: AuditEntry) -> Happening:
    verb = entry.verb.rpartition(".")[2]
    title, icon, tone = WORDS.get(verb, (verb.replace("_", " ").capitalize(), "circle-check", "neutral"))
    text = entry.summary or _total_change(entry)
    return Happening(str(title), icon, tone, entry.at, text, entry.actor)


def _total_change(entry: AuditEntry) -> str:
    """Say how a change moved the total, if it did."""
    before, after = (entry.before or {}).get("total"), (entry.after or {}).get("total")
    if not before or not after or _plain(before) == _plain(after):
        return ""
    return str(_("Total %(before)s → %(after)s", before=_plain(before), after=_plain(after)))


def _plain(text: str) -> str:
    whole, _point, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"
