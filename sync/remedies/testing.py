"""Permissions of the connected account: try each module again, now."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.audit import Actor
from sync import connection
from sync.connection import SetupRefused
from sync.remedies.base import Case, Offer, Remedy


class TestAgain(Remedy):
    """*Test again*: one small call per module; when all may be read, a sync starts."""

    __test__ = False
    key = "test"
    codes = frozenset({"AUTH-PERMISSION"})
    icon = "refresh"
    title = _l("Test again")

    def offer(self, case: Case) -> Offer | None:
        """Always there."""
        return self._offer(self.title)

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """Ask the remote first, with no transaction open; then start what brings the missing records."""
        found = connection.permissions(case.integration)
        missing = [item.problem or item.module for item in found if not item.is_granted]
        if missing:
            raise SetupRefused(missing[0])
        _run, is_new = connection.enqueue(case.integration, "full", "retry", actor)
        if not is_new:
            return str(_("Every module may be read. The next sync brings what was missing."))
        return str(_("Every module may be read. A full sync has started."))
