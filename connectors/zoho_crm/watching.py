"""Channels: Zoho CRM tells an address of ours what changed, for a week at most (wire page §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Channel, Notice
from connectors.errors import RemoteUnavailable
from connectors.http import Transient
from connectors.zoho_crm.asking import moment
from connectors.zoho_crm.options import Choices, modules_for
from connectors.zoho_crm.places import API
from connectors.zoho_crm.values import Unreadable, instant
from connectors.zoho_session import Question, ZohoSession
from connectors.zoho_words import Misunderstood

PATH = f"{API}/actions/watch"
SCOPE = "ZohoCRM.notifications.ALL"
#: a longer wish is answered with an hour, so a little less is asked for
LONGEST = timedelta(days=7) - timedelta(minutes=5)
EVENTS = {"insert": "created", "create": "created", "update": "updated", "edit": "updated", "delete": "deleted"}
#: a contact may be a customer or a person at one: whoever reads the notice knows which are synced
MODULES = {
    "Accounts": ("customers",),
    "Contacts": ("customers", "contact_persons"),
    "Products": ("items",),
    "Deals": ("deals",),
}
MOST_IDS = 1_000


def watch(session: ZohoSession, channel: Channel, url: str, watched: Sequence[str], now: datetime) -> Channel | None:
    """Open a channel or renew it; None where Zoho CRM takes none, such as for an address that it cannot reach."""
    until = min(channel.expires_at, now + LONGEST)
    wish = {
        "channel_id": channel.id,
        "events": [f"{remote}.all" for remote in watched],
        "channel_expiry": moment(until),
        "token": channel.token,
        "notify_url": url,
        "return_affected_field_values": False,
    }
    row = _tell(session, "PUT", wish)
    if row.get("status") != "success":
        row = _tell(session, "POST", wish)
    if row.get("status") != "success":
        return None
    return Channel(channel.id, _granted(row, until), channel.token)


def unwatch(session: ZohoSession, channel_id: str) -> bool:
    """Close a channel; False: there was none."""
    question = Question(
        PATH, {"channel_ids": channel_id}, "notifications", SCOPE, method="DELETE", is_answer=_is_answer
    )
    try:
        row = session.ask(question, lambda body, _: _take(body))
    except Misunderstood:
        return False
    return row.get("status") == "success"


def watched_modules(choices: Choices, options: Mapping[str, Any]) -> list[str]:
    """The remote modules of which changes matter."""
    remotes = (remote for module in modules_for(options) for remote in choices.remotes_of(module))
    return list(dict.fromkeys(remotes))


def read_notice(body: Mapping[str, Any]) -> tuple[str, str, Sequence[Notice]] | None:
    """Channel, token and what changed; None when the body is no notification. Nothing in it is proven by itself."""
    channel, token, ids = body.get("channel_id"), body.get("token"), body.get("ids")
    modules = MODULES.get(str(body.get("module")))
    event = EVENTS.get(str(body.get("operation")))
    if not isinstance(channel, (str, int)) or not isinstance(token, str) or not isinstance(ids, list):
        return None
    if modules is None or event is None:
        return str(channel), token, ()
    keys = [str(key) for key in ids[:MOST_IDS] if isinstance(key, (str, int)) and str(key).isdecimal()]
    return str(channel), token, [Notice(module, key, event) for key in dict.fromkeys(keys) for module in modules]


def _tell(session: ZohoSession, method: str, wish: Mapping[str, Any]) -> Mapping[str, Any]:
    """Doing it twice does it once, so a lost answer is asked for again."""
    question = Question(PATH, {}, "notifications", SCOPE, method=method, body={"watch": [wish]}, is_answer=_is_answer)
    try:
        return session.ask(question, lambda body, _: _take(body))
    except Misunderstood:
        return {}


def _is_answer(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("watch"), list)


def _take(body: Any) -> Mapping[str, Any]:
    rows = body.get("watch") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        raise Transient("Zoho CRM did not say what became of the notifications. Try again later.")
    return rows[0]


def _granted(row: Mapping[str, Any], wished: datetime) -> datetime:
    """Until when: the earliest that is told, for a wish may have been shortened."""
    details = row.get("details")
    events = details.get("events") if isinstance(details, dict) else None
    told = [one.get("channel_expiry") for one in events if isinstance(one, dict)] if isinstance(events, list) else []
    try:
        found = [at for value in told if (at := instant(value, "end")) is not None]
    except Unreadable as problem:
        raise RemoteUnavailable(f"Zoho CRM does not say how long it will notify. {problem}") from None
    return min([*found, wished])
