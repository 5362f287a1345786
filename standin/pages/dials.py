"""Pages about the stand-in itself: the overview, the switches for troubles, the clock."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from standin.control import connection, counts
from standin.current import world
from standin.pages.routes import do, pages
from standin.world import parse_moment

#: the buttons of the troubles page that switch on one or more faults
SWITCHES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "throttle": (
        "Throttle: every third call answers 429",
        [{"kind": "throttle_429", "path": "^/api/", "probability": 0.34, "seconds": 5}],
    ),
    "throttle_400": ("Throttle: every call answers 400", [{"kind": "throttle_400", "path": "^/api/", "seconds": 120}]),
    "slow": ("Slow: every answer takes two seconds", [{"kind": "delay", "path": "^/api/", "seconds": 2}]),
    "outage": ("Outage: every call answers 503", [{"kind": "status", "path": "^/api/", "status": 503, "body": "html"}]),
    "flaky": (
        "Flaky: broken and cut answers now and then",
        [
            {"kind": "reset_mid", "path": "^/api/", "probability": 0.1},
            {"kind": "cut_json", "path": "^/api/", "probability": 0.1},
            {"kind": "html_200", "path": "^/api/", "probability": 0.1},
        ],
    ),
    "empty": ("Dead key: lists answer 200 with no rows", [{"kind": "dead_list", "path": "^/api/", "method": "GET"}]),
}


@pages.get("/")
def overview() -> str:
    """What there is, and how to connect."""
    here = world()
    told = connection(request.host_url.rstrip("/"))
    latest = list(here.requests)[-15:][::-1]
    return render_template(
        "standin/overview.html", told=told, counts=counts(), here=here, latest=latest, portal=here.main
    )


@pages.get("/troubles")
def troubles() -> str:
    """The switches."""
    here = world()
    active = here.troubles.as_json()
    return render_template("standin/troubles.html", switches=SWITCHES, active=active, here=here)


@pages.post("/troubles/on/<word>")
def switch_on(word: str) -> Response:
    """Switch on one of the ready-made faults."""
    told, described = SWITCHES.get(word, ("There is no such switch", []))
    for trouble in described:
        world().troubles.add(trouble)
    flash(f"{told}.")
    return _back()


@pages.post("/troubles/off")
def switch_off() -> Response:
    """Switch off all faults and lift all throttle blocks."""
    world().troubles.clear()
    world().throttle.clear()
    flash("All troubles are off.")
    return _back()


@pages.post("/troubles/revoke")
def revoke() -> Response:
    """End all tokens, as if the person had withdrawn consent."""
    world().accounts.expire_access_tokens()
    return do(url_for(".troubles"), "All tokens are revoked.", "grant.revoke")


@pages.post("/troubles/expire")
def expire() -> Response:
    """End access tokens only."""
    world().accounts.expire_access_tokens()
    flash("All access tokens have expired.")
    return _back()


@pages.post("/troubles/delete-projects")
def delete_projects() -> Response:
    """Thirty projects (or as many as there are) go into the bin at once."""
    return do(url_for(".troubles"), "30 projects are in the bin.", "project.trash_many", count=30)


@pages.post("/troubles/restore-projects")
def restore_projects() -> Response:
    """Everything comes out of the bin."""
    binned = [project for project in world().main.projects.values() if project.trashed]
    for project in binned:
        world().edit("project.restore", id=project.id)
    flash(f"{len(binned)} projects are back.")
    return _back()


@pages.post("/troubles/currency-clash")
def currency_clash() -> Response:
    """The first project with a client company is now in another currency than the company."""
    with_client = (project for project in world().main.live_projects() if project.primary)
    project = next(with_client, None)
    if project is None or project.primary is None:
        flash("No project has a client company.")
        return _back()
    other = "EUR" if project.primary.currency != "EUR" else "JPY"
    budget = {**project.budget, "currency": other}
    return do(url_for(".troubles"), f"{project.name} is now in {other}.", "project.set", id=project.id, budget=budget)


@pages.post("/troubles/quirk")
def set_quirk() -> Response:
    """Choose how the throttle answers."""
    style = request.form.get("throttle", "")
    if style in ("documented", "measured", "off"):
        world().quirks.throttle = style
        world().throttle.clear()
        flash(f"The throttle is now: {style}.")
    return _back()


@pages.post("/clock")
def move_clock() -> Response:
    """Move the clock by hours, or to a moment."""
    here = world()
    try:
        if request.form.get("now"):
            here.clock.set(parse_moment(request.form["now"]))
        here.clock.advance(3600 * float(request.form.get("hours") or 0))
        flash(f"It is now {here.now():%Y-%m-%d %H:%M} UTC.")
    except ValueError as error:
        flash(f"That is no time: {error}.")
    return _back()


def _back() -> Response:
    return redirect(url_for(".troubles"), 303)
