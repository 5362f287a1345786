"""General timesheets: turn them on, and fetch what was kept out (requirements P-14)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.audit import Actor
from sync import connection
from sync.remedies.again import try_again
from sync.remedies.base import Case, Offer, Remedy


class TurnOnGeneral(Remedy):
    """*Turn on general entries and fetch*."""

    key = "general"
    codes = frozenset({"TS-GENERAL-OFF"})
    icon = "check"
    title = _l("Turn on and fetch")
    permission = "integrations.connect"
    is_for_many = True

    def offer(self, case: Case) -> Offer | None:
        """For all of them: the switch knows no single entries."""
        return self._offer(_("Turn on general entries and fetch"))

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """Turn the switch; the entries wait, so one run brings them."""
        connection.save_settings(case.integration, {"general_entries": True}, actor)
        done, everything = _("General timesheets are on."), Case(case.integration, case.reason, case.module)
        return f"{done} {try_again(everything, actor)}"
