"""Channels: whoever subscribed is told of changes with a POST, until the channel expires (zoho-crm-wire §7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen

from flask import Response, request

from standin.current import world
from standin.world import World
from standin.world.crm import CrmOrg
from standin.world.crm.records import Channel
from standin.zoho_crm.bodies import moment
from standin.zoho_crm.errors import RefusalError, answer, invalid, nothing
from standin.zoho_crm.gate import route
from standin.zoho_crm.paging import page_of

Json = dict[str, Any]
LONGEST, USUAL = timedelta(days=7), timedelta(hours=1)
EVENTS_AT_MOST = 10
#: id → names of the fields that changed
Changed = dict[int, tuple[str, ...]]
#: what an event is called when it is sent
OPERATIONS = {"create": "insert", "edit": "update", "delete": "delete"}


@route("/actions/watch", "POST", "notifications.CREATE")
def subscribe(org: CrmOrg) -> Response:
    """Open channels, or open them anew."""
    done = [_subscribe(org, row, place) for place, row in enumerate(_rows())]
    good = sum(row["status"] == "success" for row in done)
    return answer({"watch": done}, 201 if good == len(done) else 207 if good else 400)


@route("/actions/watch", "PUT", "notifications.UPDATE")
def replace(org: CrmOrg) -> Response:
    """Open channels anew."""
    done = [_subscribe(org, row, place, is_known=True) for place, row in enumerate(_rows())]
    return answer({"watch": done}, 200 if all(row["status"] == "success" for row in done) else 400)


@route("/actions/watch", "PATCH", "notifications.UPDATE")
def change(org: CrmOrg) -> Response:
    """Renew channels, or take events out of them."""
    done = [_change(org, row) for row in _rows()]
    return answer({"watch": done}, 200 if all(row["status"] == "success" for row in done) else 400)


@route("/actions/watch", "GET", "notifications.READ")
def channels(org: CrmOrg) -> Json | Response:
    """The channels that are open."""
    wanted = request.args.get("channel_id")
    rows = [one for one in org.channels.values() if _is_open(one, world().now()) and wanted in (None, one.id)]
    if not rows:
        return nothing()
    shown, info = page_of(rows)
    return {"watch": [_channel(org, one) for one in shown], "info": info}


@route("/actions/watch", "DELETE", "notifications.DELETE")
def unsubscribe(org: CrmOrg) -> Response:
    """Close channels."""
    keys = [key for key in request.args.get("channel_ids", "").split(",") if key]
    done = [_unsubscribe(org, key) for key in keys]
    return answer({"watch": done}, 200 if done and all(row["status"] == "success" for row in done) else 400)


def _rows() -> list[Json]:
    rows = (request.get_json(force=True, silent=True) or {}).get("watch")
    if not isinstance(rows, list) or not rows:
        raise RefusalError("MANDATORY_NOT_FOUND", "required field not found", api_name="watch", json_path="$.watch")
    return rows


def _subscribe(org: CrmOrg, row: Json, place: int, *, is_known: bool = False) -> Json:
    key, events = str(row.get("channel_id") or ""), row.get("events") or []
    try:
        if not key.isdigit():
            raise invalid(api_name="channel_id", json_path=f"$.watch[{place}].channel_id", expected_data_type="bigint")
        if is_known and key not in org.channels:
            raise RefusalError("NOT_SUBSCRIBED", "Not subscribed", channel_id=key)
        if not events or len(events) > EVENTS_AT_MOST or not all(_is_event(org, event) for event in events):
            raise invalid(api_name="events", json_path=f"$.watch[{place}].events")
        if not str(row.get("notify_url") or "").startswith(("http://", "https://")):
            raise invalid(api_name="notify_url", json_path=f"$.watch[{place}].notify_url")
    except RefusalError as refusal:
        return refusal.body()
    org.channels[key] = Channel(
        key, tuple(events), _expiry(row, world().now()), row.get("token"), row["notify_url"],
        bool(row.get("return_affected_field_values")),
    )  # fmt: skip
    return _said(org, org.channels[key], "Successfully subscribed for actions-watch of the given module")


def _is_event(org: CrmOrg, event: Any) -> bool:
    module, _, verb = str(event).partition(".")
    return module in org.modules and verb in (*OPERATIONS, "all")


def _expiry(row: Json, now: datetime) -> datetime:
    """As asked, a week at most; absent or too long means an hour."""
    try:
        asked = datetime.fromisoformat(str(row.get("channel_expiry")))
    except ValueError:
        return now + USUAL
    return asked if asked.tzinfo and now < asked <= now + LONGEST else now + USUAL


def _change(org: CrmOrg, row: Json) -> Json:
    channel = org.channels.get(str(row.get("channel_id")))
    if channel is None or not _is_open(channel, world().now()):
        return RefusalError("NOT_SUBSCRIBED", "Not subscribed", channel_id=str(row.get("channel_id"))).body()
    if row.get("_delete_events"):
        channel.events = tuple(event for event in channel.events if event not in (row.get("events") or []))
    else:
        channel.expires = _expiry(row, world().now())
    return _said(org, channel, "Successfully updated for actions-watch of the given module")


def _unsubscribe(org: CrmOrg, key: str) -> Json:
    channel = org.channels.pop(key, None)
    if channel is None:
        return RefusalError("NOT_SUBSCRIBED", "Not subscribed", channel_id=key).body()
    return _said(org, channel, "Successfully un-subscribed from actions-watch")


def _said(org: CrmOrg, channel: Channel, message: str) -> Json:
    events = [
        {
            "channel_expiry": moment(org, channel.expires), "resource_uri": _address(name), "resource_name": name,
            "resource_id": str(org.modules[name].id), "channel_id": channel.id,
        }
        for name in dict.fromkeys(event.partition(".")[0] for event in channel.events)
    ]  # fmt: skip
    return {"code": "SUCCESS", "details": {"events": events}, "message": message, "status": "success"}


def _address(module: str) -> str:
    return f"{request.host_url.rstrip('/')}/crm/v8/{module}"


def _channel(org: CrmOrg, channel: Channel) -> Json:
    return {
        "channel_id": channel.id, "events": list(channel.events), "channel_expiry": moment(org, channel.expires),
        "token": channel.token, "notify_url": channel.url, "notify_on_related_action": False,
        "return_affected_field_values": channel.wants_values, "resource_uri": None, "resource_name": None,
    }  # fmt: skip


def _is_open(channel: Channel, now: datetime) -> bool:
    return channel.expires > now


class Bell:
    """Tells the open channels of a change; `deliver` may be replaced, it is given what is sent."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.deliver: Callable[[Request], Any] = _deliver

    def ring(self, operation: str, module: str, rows: Changed) -> None:
        """Listen to the organisation; each channel that asked for this is told, from a thread."""
        org, now, style = self.here.crm, self.here.now(), self.here.quirks.crm_notifications
        told = [{key: names} for key, names in rows.items()] if style == "each" else [rows]
        told *= {"twice": 2, "off": 0}.get(style, 1)
        for channel in list(org.channels.values()):
            wanted = {f"{module}.all", *(f"{module}.{verb}" for verb, word in OPERATIONS.items() if word == operation)}
            if _is_open(channel, now) and wanted & set(channel.events):
                for part in told:
                    self._send(org, channel, self._body(org, channel, operation, module, part))

    def _body(self, org: CrmOrg, channel: Channel, operation: str, module: str, rows: Changed) -> Json:
        keys, body = [str(key) for key in rows], dict[str, Any]()
        if channel.wants_values and operation == "update":
            body["affected_values"] = [
                {"record_id": str(key), "values": {name: row.values.get(name) for name in names}}
                for key, names in rows.items() if (row := org.find(module, key))
            ]  # fmt: skip
        return {
            "server_time": int(self.here.now().timestamp() * 1000), "module": module, "operation": operation,
            "resource_uri": f"https://www.zohoapis.com/crm/v8/{module}", "ids": keys, "channel_id": channel.id,
            "token": channel.token, "query_params": dict(parse_qsl(urlsplit(channel.url).query)),
            "affected_fields": [{str(key): list(names)} for key, names in rows.items() if operation == "update"],
        } | body  # fmt: skip

    def _send(self, org: CrmOrg, channel: Channel, body: Json) -> None:
        entry = {"channel_id": channel.id, "url": channel.url, "body": body, "status": None}
        org.deliveries.append(entry)
        sent = Request(  # noqa: S310  (http and https were checked when the channel was opened)
            channel.url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        Thread(target=self._attempt, args=(sent, entry), daemon=True).start()

    def _attempt(self, sent: Request, entry: Json) -> None:
        try:
            entry["status"] = getattr(self.deliver(sent), "status", 200)
        except OSError as error:
            entry["status"] = str(error)


def _deliver(sent: Request) -> Any:
    with urlopen(sent, timeout=10) as response:  # noqa: S310
        return response
