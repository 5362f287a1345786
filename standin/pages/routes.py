"""The blueprint of the pages, its style sheet, and how a form's edit is done and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from standin.current import world
from standin.world.edits import EditError
from standin.world.portal import MissingError

pages = Blueprint("standin_pages", __name__)
STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


@pages.before_request
def hold() -> None:
    """Pages are drawn while nothing changes."""
    world().lock.acquire()
    g.holds_lock = True


@pages.teardown_request
def let_go(_error: BaseException | None = None) -> None:
    """Let others change things again."""
    if g.pop("holds_lock", False):
        world().lock.release()


@pages.get("/style.css")
def style() -> Response:
    """The style sheet."""
    return current_app.response_class(STYLE, mimetype="text/css")


def do(target: str, told: str, verb: str, **arguments: Any) -> AnyResponse:
    """Do an edit, say so (or say why not), and go back to a page."""
    try:
        world().edit(verb, **arguments)
        flash(told)
    except (EditError, MissingError, ValueError) as error:
        flash(f"That did not work: {error}.")
    return redirect(target, 303)


def typed(*names: str) -> dict[str, str]:
    """The filled-in fields of the form among `names`."""
    return {name: request.form[name].strip() for name in names if request.form.get(name, "").strip()}
