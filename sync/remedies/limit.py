"""The maximum hours per day: raise it as far as what was kept out needs (requirements T-17)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from extensions import db
from models import Link, Organisation
from models.audit import Actor, record
from sync.connection import SetupRefused
from sync.remedies.again import try_again
from sync.remedies.base import Ask, Case, Offer, Remedy

#: hours that Settings → Preferences takes at most
LONGEST = 99


def hours_needed(case: Case) -> int:
    """Whole hours that let the largest kept-out day in: what is here already of that day, plus all that waits."""
    days: dict[Any, tuple[int, int]] = {}
    for link_id, user, date, day, logged in _chosen(case) or db.session.execute(_logged(case)):
        seconds = logged or 0
        key = (user, date) if user else link_id
        here, waiting = days.get(key, (0, 0))
        days[key] = max(here, _seconds(day or "") - seconds), waiting + seconds
    return max((-(-(here + waiting) // 3600) for here, waiting in days.values()), default=0)


def _logged(case: Case) -> Select[Any]:
    """Person, day, what the day holds so far and what was logged of each record: values, not whole records."""
    user, date = (Link.kept["fields", name].as_string() for name in ("user", "date"))
    return case.query().with_only_columns(Link.id, user, date, Link.detail["day"].as_string(), Link.kept_seconds)


def _chosen(case: Case) -> list[tuple[Any, ...]]:
    """The same of records that are at hand."""
    found: list[tuple[Any, ...]] = []
    for link in case.links:
        fields, detail = (link.kept or {}).get("fields", {}), link.detail or {}
        found.append((link.id, fields.get("user"), str(fields.get("date")), detail.get("day"), link.kept_seconds))
    return found


def _seconds(text: str) -> int:
    """Read `7:30` as `hours_text` wrote it."""
    found = re.fullmatch(r"(\d+):(\d\d)", text)
    return int(found[1]) * 3600 + int(found[2]) * 60 if found else 0


class RaiseLimit(Remedy):
    """*Raise the limit to N h and retry*."""

    key = "limit"
    codes = frozenset({"TS-MAX-HOURS"})
    icon = "clock"
    title = _l("Raise limit to N h and retry")
    permission = "settings.edit"
    is_for_many = True

    def offer(self, case: Case) -> Offer | None:
        """With the hours that the largest day needs; a day that no setting allows is corrected at the remote."""
        hours = hours_needed(case)
        if not _is_of_use(hours):
            return None
        ask = Ask("hours", _("Maximum hours a day"), str(hours), _("h")) if case.is_whole or case.is_close_up else None
        return self._offer(_("Raise the limit to %(hours)s h and retry", hours=hours), ask=ask)

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """Raise it as far as asked, then try again; it is never lowered here."""
        asked = str(values.get("hours") or hours_needed(case))
        if not asked.isascii() or not asked.isdigit() or not _is_of_use(int(asked)):
            raise SetupRefused(_("Enter whole hours above the present maximum, up to %(most)s.", most=LONGEST), "hours")
        organisation = db.session.get_one(Organisation, 1)
        before, after = organisation.max_seconds_per_day, int(asked) * 3600
        organisation.max_seconds_per_day = after
        record(
            actor, "organisation.changed", ("organisation", 1), _("Maximum hours a day"),
            change=({"max_seconds_per_day": before}, {"max_seconds_per_day": after}),
        )  # fmt: skip
        db.session.flush()
        done = _("The maximum is %(hours)s h a day now.", hours=asked)
        return f"{done} {try_again(case, actor)}"


def _is_of_use(hours: int) -> bool:
    return db.session.get_one(Organisation, 1).max_seconds_per_day < hours * 3600 <= LONGEST * 3600
