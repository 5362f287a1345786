"""Living with it: a record may stay out, or somebody is told when it comes in."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from models.audit import Actor
from sync.kept_out import watching
from sync.remedies.base import ANY_RECORD, Case, Offer, Remedy


class Ignore(Remedy):
    """*Ignore*: it may stay out and no longer asks for attention; it comes in as before once its cause is gone."""

    key = "ignore"
    codes = ANY_RECORD
    icon = "eye"
    title = _l("Ignore")
    is_for_many = True
    is_further = True

    def offer(self, case: Case) -> Offer | None:
        """Or take that back."""
        is_muted = case.one is not None and case.one.is_muted
        return self._offer(_("Stop ignoring") if is_muted else _("Ignore all") if case.is_whole else _("Ignore"))

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """The other way round when one is ignored already."""
        records = case.records()
        muted = not (case.one is not None and case.one.is_muted)
        watching.mute(records, actor, muted=muted)
        if not muted:
            return str(_("It is listed again."))
        sentence: str = ngettext(
            "Ignored. It is listed under Ignored, and comes in as before once its cause is gone.",
            "%(num)s records are ignored. They are listed under Ignored.", len(records),
        )  # fmt: skip
        return sentence


class TellMe(Remedy):
    """*Tell me when it comes in*: a mail at the end of the run that brings it."""

    key = "tell"
    codes = ANY_RECORD
    icon = "bell"
    title = _l("Tell me when it comes in")
    is_for_many = True
    is_further = True

    def offer(self, case: Case) -> Offer | None:
        """Or take that back."""
        if case.one is not None and case.one.watcher_id is not None:
            return self._offer(_("Do not tell me any more"))
        return self._offer(_("Tell me when they come in") if case.is_whole else _("Tell me when it comes in"))

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """The other way round when somebody waits for it already."""
        if case.one is not None and case.one.watcher_id is not None:
            watching.unwatch(case.links)
            return str(_("Nobody is told about it any more."))
        watching.watch(case.records(), actor)
        return str(_("You get an e-mail when it comes in."))
