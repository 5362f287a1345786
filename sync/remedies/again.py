"""Trying records again: just these, or everything that waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from models import Link
from models.audit import Actor
from sync import connection
from sync.connection import Wanted
from sync.modules import MODULES
from sync.remedies.base import ANY_RECORD, Case, Offer, Remedy

#: what is told of a record when it is asked for by itself
HINTS = ("project", "task", "bug", "kind")
#: as many are asked for one by one at a press
AT_ONCE = 100
#: modules whose records are found by their id alone
ALONE = frozenset({"customers", "projects", "users"})


def hints_of(link: Link) -> dict[str, str]:
    """What is known of a kept-out record that helps to find it again."""
    fields = (link.kept or {}).get("fields", {})
    return {name: fields[name] for name in HINTS if name in fields}


def try_again(case: Case, actor: Actor) -> str:
    """Queue what tries the records again; returns the sentence.

    Records that wait are tried in every run, so for all of them one quick run does it; so do people and customers,
    who come with what needs them. Others are read one by one.
    """
    if MODULES[case.module].on_demand == case.reason.code or (case.is_whole and case.reason.waits):
        _run, is_new = connection.enqueue(case.integration, "quick", "retry", actor)
        return _told(is_new, _("A sync has started; it tries what waits again."))
    records = case.records()
    if not records:
        return str(_("There is nothing left to try again."))
    if any(not _can_be_asked_for(link) for link in records):
        _run, is_new = connection.enqueue(case.integration, "full", "retry", actor)
        return _told(is_new, _("It can only be found by reading everything, so a full sync has started."))
    return _ask_for(case, records, actor)


def _can_be_asked_for(link: Link) -> bool:
    return link.module in ALONE or bool(hints_of(link).get("project"))


def _ask_for(case: Case, records: Sequence[Link], actor: Actor) -> str:
    some = records[:AT_ONCE]
    wanted = [Wanted(link.module, link.remote_id, hints_of(link)) for link in some]
    _run, is_new = connection.retry(case.integration, wanted, "retry", actor)
    sentence = ngettext("The record is being read again.", "%(num)s records are being read again.", len(some))
    if len(records) > len(some):
        sentence += " " + _("There are more; press again when they are done.")
    return _told(is_new, sentence)


def _told(is_new: bool, sentence: str) -> str:
    return sentence if is_new else str(_("A sync is going on already. Try again when it has ended."))


class RetryRecord(Remedy):
    """*Retry this record*, or all records of a reason."""

    key = "retry"
    codes = ANY_RECORD
    icon = "refresh"
    title = _l("Retry this record")
    is_for_many = True

    def offer(self, case: Case) -> Offer | None:
        """What was mended at the remote is only seen by looking; people and customers come with what needs them."""
        if case.is_whole and case.module in MODULES and MODULES[case.module].on_demand == case.reason.code:
            return None
        return self._offer(_("Retry all of this reason") if case.is_whole else _("Retry"))

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """Read it again."""
        return try_again(case, actor)
