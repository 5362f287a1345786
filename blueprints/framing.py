"""Standing inside another app's page: which requests do, where they entered, and the cookies that work there.

A page of the Finance tab is an ordinary page of Crossbill that was entered by another door. `Door` takes the door's
part off the path and hands it on as the script's name: every address such a page builds stays behind the same door.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, g, has_request_context, request
from flask.sessions import SecureCookieSessionInterface

from extensions import current_config
from models import Project

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

#: the door of one project for people, of one project for holders of a link, and of what stands before both
DOORS = re.compile(
    r"/finance(?:/project/(?P<project>[1-9][0-9]{0,9})|/link/(?P<link>[A-Za-z0-9_-]{20,100})|(?=/(?:sign-in|sign-out|static)(?:/|$)))"
    r"(?P<rest>/.*)?"
)
#: addresses under it are shown in frames
ROOM = "/finance"
#: what a door opens at first
FIRST = "/tab/"
#: environ key: (kind of door, key), e.g. ("project", "17")
ENTERED = "crossbill.entered"
Environ = dict[str, Any]


class Door:
    """A WSGI middleware; what did not come by a door passes unchanged."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        """Stand before `app`."""
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Note the door, and shorten the path by it."""
        path = environ.get("PATH_INFO", "")
        if path == ROOM or path.startswith(ROOM + "/"):
            environ[ENTERED] = ("", "")
            if found := DOORS.fullmatch(path):
                rest = found["rest"] or "/"
                kind = next((name for name in ("project", "link") if found[name]), "")
                environ[ENTERED] = (kind, found[kind] if kind else "")
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + path[: len(path) - len(found["rest"] or "")]
                environ["PATH_INFO"] = FIRST if rest == "/" else rest
        return self._app(environ, start_response)


def is_framed() -> bool:
    """Say whether the present request stands in a frame."""
    return has_request_context() and ENTERED in request.environ


def entered() -> tuple[str, str]:
    """Return the door of a framed request: project or link with its key; empty texts before both."""
    found: tuple[str, str] = request.environ[ENTERED]
    return found


def framed_project() -> Project | None:
    """Return the one project that a framed page may show and write to; None outside of frames."""
    visit = g.get("visit") if has_request_context() else None
    return visit.project if visit is not None else None


def framed_project_id() -> int | None:
    """Return its id; None outside of frames."""
    project = framed_project()
    return project.id if project is not None else None


def is_by_link() -> bool:
    """Say whether who looks came by a link: nobody of the house, who is told no names of the house."""
    return has_request_context() and getattr(g.get("visit"), "link", None) is not None


def within_frame(project_column: Any) -> list[Any]:
    """Return what narrows a statement to the project of the frame; nothing outside of frames."""
    project_id = framed_project_id()
    return [] if project_id is None else [project_column == project_id]


def door_of(project_id: int) -> str:
    """Return the path under which people see this project's Finance tab."""
    return f"{ROOM}/project/{project_id}{FIRST}"


def cookie_flags() -> dict[str, Any]:
    """Return how a cookie of this request is set: one of a frame is kept apart for each page around it."""
    is_https = current_config().is_https
    flags: dict[str, Any] = {"secure": is_https, "httponly": True, "samesite": "Lax", "path": "/"}
    if is_framed() and is_https:
        flags |= {"samesite": "None", "partitioned": True}
    return flags


def own_name(name: str, framed: bool) -> str:
    """Return a cookie's name: `__Host-` binds it to this host over TLS, and a frame has cookies of its own."""
    name = f"{name}_tab" if framed else name
    return f"__Host-{name}" if current_config().is_https else name


class FormCookies(SecureCookieSessionInterface):
    """Form tokens and waiting messages; those of a frame never mix with those of ordinary pages."""

    def get_cookie_name(self, app: Flask) -> str:
        """A frame's own name."""
        return own_name("crossbill", is_framed())

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """None in a frame over TLS, else Lax."""
        return str(cookie_flags()["samesite"])

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """Kept apart for each page around the frame."""
        return bool(cookie_flags().get("partitioned", False))


def init_framing(app: Flask) -> None:
    """Put the doors before the app and give frames their cookies."""
    app.wsgi_app = Door(app.wsgi_app)  # type: ignore[method-assign]
    app.session_interface = FormCookies()
