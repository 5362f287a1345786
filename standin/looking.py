"""Who sits at the browser: one of the CRM's users, remembered in a cookie; the owner of the account unless chosen."""

from __future__ import annotations

from flask import request

from standin.current import world
from standin.world.crm.records import CrmUser

COOKIE = "standin_person"


def looking() -> CrmUser:
    """The person whose browser this is, if still active."""
    org = world().crm
    chosen = request.cookies.get(COOKIE, "")
    return next((user for user in org.users.values() if user.is_active and str(user.zuid) == chosen), org.owner)


def active_people() -> list[CrmUser]:
    """Everybody who could sit there."""
    return [user for user in world().crm.users.values() if user.is_active]
