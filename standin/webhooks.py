"""Workflow rules with a webhook, as people set them up in the product (zoho-projects-wire §7): no signature, no retry.

There is no API for them. A rule says for which events an address is called, and with which parameters or text; the
parameters' names and values are whatever the person typed, with `${…}` standing for a field of the record.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from flask import Blueprint, Response, jsonify, request

from standin.current import world
from standin.shown import shown
from standin.world import World

webhooks = Blueprint("standin_webhooks", __name__, url_prefix="/_standin/webhooks")

#: edit -> event; the events are those that workflow rules know
EVENTS = {
    "project.add": "project.created", "project.set": "project.updated", "project.primary": "project.updated",
    "project.attach": "project.updated", "project.detach": "project.updated", "project.restore": "project.updated",
    "project.trash": "project.deleted", "project.trash_many": "project.deleted", "feed.add": "project.commented",
    "task.add": "task.created", "task.set": "task.updated", "task.move": "task.updated",
    "issue.add": "issue.created", "issue.set": "issue.updated",
    "log.add": "timelog.created", "logs.add": "timelog.created", "log.set": "timelog.updated",
    "logs.set": "timelog.updated", "log.delete": "timelog.trashed",
}  # fmt: skip
DELIVERIES_KEPT = 500
PATIENCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """Call `url` at these `events`: with `parameters` (standard format) or with `body` (user defined format)."""

    id: int
    events: tuple[str, ...]
    url: str
    method: str = "POST"
    parameters: dict[str, str] = field(default_factory=dict)
    body: str = ""


class Rules:
    """The rules of a world and what came of them; `deliver` may be replaced by a test."""

    def __init__(self, world: World) -> None:
        self.active: list[Rule] = []
        self.deliveries: deque[dict[str, Any]] = deque(maxlen=DELIVERIES_KEPT)
        self.deliver: Callable[[Request], int] = over_http
        self._world = world
        self._next = 1
        world.listeners.append(self._hear)

    def add(self, asked: dict[str, Any]) -> Rule:
        """Keep a rule: {"events", "url", "method", "parameters" or "body"}."""
        rest = {name: asked[name] for name in ("method", "parameters", "body") if name in asked}
        rule = Rule(self._next, tuple(asked["events"]), asked["url"], **rest)
        self._next += 1
        self.active.append(rule)
        return rule

    def _hear(self, entry: dict[str, Any], made: Any) -> None:
        event = EVENTS.get(entry["verb"])
        rules = [rule for rule in self.active if event in rule.events]
        if not rules or event is None:
            return
        portal = {"portal": {"id": str(entry["args"].get("portal") or self._world.main.id)}, "event": event}
        for record in made if isinstance(made, list) else [made]:
            values = {"id": str(entry["args"].get("id", "")), **(shown(record) or {}), **portal}
            for rule in rules:
                call = as_request(rule, values)
                Thread(target=self._send, args=(rule, event, call), daemon=True).start()

    def _send(self, rule: Rule, event: str, call: Request) -> None:
        told = {"rule": rule.id, "event": event, "url": call.full_url, "body": (call.data or b"").decode()}  # type: ignore[union-attr]
        try:
            told["status"] = self.deliver(call)
        except (URLError, OSError) as error:
            told["status"] = error.code if isinstance(error, HTTPError) else str(error)
        self.deliveries.append(told)


def as_request(rule: Rule, values: dict[str, Any]) -> Request:
    """Fill in the placeholders: form-encoded for parameters (in the query for GET), the raw text otherwise."""
    filled = {name: fill(text, values) for name, text in rule.parameters.items()}
    if rule.method == "GET":
        return Request(f"{rule.url}?{urlencode(filled)}", method="GET")  # noqa: S310  (typed by the person)
    if rule.body:
        return Request(rule.url, fill(rule.body, values).encode(), {"Content-Type": "text/plain"}, method="POST")  # noqa: S310
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request(rule.url, urlencode(filled).encode(), form, method="POST")  # noqa: S310


def fill(text: str, values: dict[str, Any]) -> str:
    """`${project.id}` becomes the record's value there, or nothing."""

    def value(match: re.Match[str]) -> str:
        found: Any = values
        for part in match[1].split("."):
            found = found.get(part, "") if isinstance(found, dict) else ""
        return found if isinstance(found, str) else json.dumps(found)

    return re.sub(r"\$\{([^}]+)\}", value, text)


def over_http(call: Request) -> int:
    """Send it once; the answer's status."""
    with urlopen(call, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  (the person typed the address)
        return int(answer.status)


@webhooks.get("")
def listed() -> Response:
    """The rules and their latest deliveries."""
    rules = world_rules()
    return jsonify(rules=[asdict(rule) for rule in rules.active], deliveries=list(rules.deliveries))


@webhooks.post("")
def add() -> tuple[Response, int]:
    """Add a rule."""
    asked = request.get_json(silent=True) or {}
    if not asked.get("url") or not set(asked.get("events") or ["?"]) <= set(EVENTS.values()):
        return jsonify(error=f"a rule needs a url and events out of {sorted(set(EVENTS.values()))}"), 400
    return jsonify(asdict(world_rules().add(asked))), 201


@webhooks.delete("")
def clear() -> tuple[str, int]:
    """Forget all rules and deliveries."""
    world_rules().active.clear()
    world_rules().deliveries.clear()
    return "", 204


def world_rules() -> Rules:
    """The rules of the current world."""
    here = world()
    if here.rules is None:
        here.rules = Rules(here)
    rules: Rules = here.rules
    return rules
