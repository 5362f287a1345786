"""The stand-in's own dials for tests, all under /_standin: clock, quirks, troubles, requests, edits, reset."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from standin.current import world
from standin.shown import shown
from standin.troubles import TroubleError
from standin.world import parse_moment
from standin.world.edits import EditError
from standin.world.portal import MissingError

control = Blueprint("standin_control", __name__, url_prefix="/_standin")


@control.errorhandler(EditError)
@control.errorhandler(MissingError)
@control.errorhandler(TroubleError)
def refuse(error: Exception) -> tuple[Response, int]:
    """A control call that makes no sense answers 400 with the reason."""
    return jsonify(error=str(error)), 400


@control.get("")
def overview() -> Response:
    """Where things are: portal, credentials, counts."""
    return jsonify(connection(request.host_url.rstrip("/")) | {"counts": counts(), "now": world().now().isoformat()})


@control.route("/clock", methods=["GET", "POST"])
def clock() -> Response | tuple[Response, int]:
    """Read or move the clock: {"now": iso} or {"advance": seconds}; {"frozen": bool} holds it or lets it tick."""
    here, asked = world(), _asked()
    if request.method == "POST":
        frozen = asked.get("frozen")
        try:
            moment = parse_moment(asked["now"]) if "now" in asked else here.now()
        except ValueError as error:
            return jsonify(error=str(error)), 400
        here.clock.set(moment, frozen=frozen)
        here.clock.advance(float(asked.get("advance", 0)))
    return jsonify(now=here.now().isoformat(), frozen=here.clock.frozen)


@control.route("/quirks", methods=["GET", "POST"])
def quirks() -> Response | tuple[Response, int]:
    """Read or set quirks by name."""
    here = world()
    if request.method == "POST":
        try:
            here.quirks.update(_asked())
        except KeyError as error:
            return jsonify(error=f"no quirk {error}"), 400
        here.throttle.clear()
    return jsonify(here.quirks.as_json())


@control.get("/troubles")
def troubles() -> Response:
    """The troubles that are switched on, with how often each struck."""
    return jsonify(troubles=world().troubles.as_json())


@control.post("/troubles")
def add_trouble() -> tuple[Response, int]:
    """Switch a trouble on (see standin/README.md); answers it with its id."""
    here = world()
    with here.lock:
        return jsonify(here.troubles.add(_asked()).as_json()), 201


@control.delete("/troubles")
@control.delete("/troubles/<int:key>")
def remove_troubles(key: int | None = None) -> tuple[str, int]:
    """Switch one trouble off, or all."""
    world().troubles.clear(key)
    return "", 204


@control.route("/frame", methods=["GET", "POST"])
def frame() -> Response | tuple[Response, int]:
    """Read or set what the tab Finance of each project frames: {"url": "https://…/{portal}/{project}"}; "" for none."""
    here = world()
    if request.method == "POST":
        url = str(_asked().get("url", ""))
        if url and not url.startswith(("http://", "https://")):
            return jsonify(error="the url must begin with http:// or https://"), 400
        here.frame_url = url
    return jsonify(url=here.frame_url)


@control.route("/panel", methods=["GET", "POST"])
def panel() -> Response | tuple[Response, int]:
    """Read or set what the tab Billing of CRM records frames: {"url": "https://…/{org}/{module}/{id}"}; "" for none."""
    here = world()
    if request.method == "POST":
        url = str(_asked().get("url", ""))
        if url and not url.startswith(("http://", "https://")):
            return jsonify(error="the url must begin with http:// or https://"), 400
        here.panel_url = url
    return jsonify(url=here.panel_url)


@control.get("/crm")
def crm() -> Response:
    """The CRM organisation: id, people, profiles, channels, what was told to them, how many records."""
    org = world().crm
    people = [
        {"id": str(one.id), "zuid": str(one.zuid), "email": one.email, "name": one.full_name, "status": one.status,
         "profile": org.profile(one.profile_id).name}
        for one in org.users.values()
    ]  # fmt: skip
    return jsonify(
        org_id=str(org.id), people=people, profiles={one.name: str(one.id) for one in org.profiles},
        channels=[{"id": one.id, "events": one.events, "expires": one.expires.isoformat(), "url": one.url}
                  for one in org.channels.values()],
        deliveries=list(org.deliveries), counts={name: len(rows) for name, rows in org.records.items()},
        credits_used=org.spent.until(world().now()),
    )  # fmt: skip


@control.get("/requests")
def requests() -> Response:
    """Requests since the last DELETE: `count`, and the latest of them; `?path=` keeps those that contain it."""
    here = world()
    part = request.args.get("path", "")
    found = [row for row in list(here.requests) if part in row["path"]]
    return jsonify(count=here.request_count, matching=len(found), requests=found[-2000:])


@control.delete("/requests")
def forget_requests() -> tuple[str, int]:
    """Begin the request log anew."""
    world().forget_requests()
    return "", 204


@control.post("/reset")
def reset() -> tuple[str, int]:
    """Back to the seed."""
    world().reset()
    return "", 204


@control.post("/throttle/clear")
def clear_throttle() -> tuple[str, int]:
    """Lift all throttle blocks."""
    world().throttle.clear()
    return "", 204


@control.post("/tokens/<word>")
def end_tokens(word: str) -> tuple[Response, int] | tuple[str, int]:
    """`expire` ends all access tokens; `revoke` ends all refresh tokens too."""
    here = world()
    if word not in ("expire", "revoke"):
        return jsonify(error="say expire or revoke"), 400
    here.accounts.expire_access_tokens()
    if word == "revoke":
        here.edit("grant.revoke")
    return "", 204


@control.post("/world")
def edit_world() -> Response:
    """Do edits: {"verb": …, …} or {"edits": [{"verb": …}, …]}; answers what each made."""
    asked = _asked()
    results = []
    for row in asked.get("edits", [asked]):
        arguments = {name: value for name, value in row.items() if name != "verb"}
        results.append(_shown(world().edit(str(row.get("verb")), **arguments)))
    return jsonify(results=results)


def connection(base: str) -> dict[str, Any]:
    """What a client needs to connect; also the first line that `--json` prints."""
    here = world()
    return {
        "base_url": base,
        "portal_id": str(here.main.id),
        "client_id": here.accounts.default_client.client_id,
        "client_secret": here.accounts.default_client.secret,
        "refresh_token": here.accounts.default_refresh_token,
    }


def counts() -> dict[str, int]:
    """How much the main portal holds."""
    portal = world().main
    kinds = ("user", "client", "project", "tasklist", "milestone", "task", "issue", "log")
    return {kind: len(portal.table(kind)) for kind in kinds}


def _asked() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _shown(result: Any) -> Any:
    return [shown(row) for row in result[:500]] if isinstance(result, list) else shown(result)
