"""The way into every API call: routing, credentials, throttle, scope, then the portal and project named in the path."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request

from standin.current import world
from standin.world import World
from standin.world.accounts import AccessToken
from standin.world.edits import EditError
from standin.world.portal import MissingError, Portal
from standin.world.records import Project
from standin.world.throttle import LIMITS
from standin.zoho_projects.errors import (
    OPERATIONAL,
    RefusalError,
    answer,
    bad_value,
    in_the_bin,
    not_found,
    throttled,
    wrong_url,
)

View = Callable[..., Any]
Scope = tuple[str, str]

api = Blueprint("zoho_projects", __name__, url_prefix="/api/v3")


def account_route(path: str, method: str, scope: Scope) -> Callable[[View], View]:
    """Register a view outside any portal."""
    return _register(path, method, scope, lambda view, args: view(**args))


def portal_route(path: str, method: str, scope: Scope) -> Callable[[View], View]:
    """Register a view of a portal; it is given the `Portal`. Paths end without a slash (§2)."""

    def call(view: View, args: dict[str, Any]) -> Any:
        return view(_portal(args.pop("portal_id")), **args)

    return _register(f"/portal/<int:portal_id>{path}", method, scope, call)


def project_route(path: str, method: str, scope: Scope, *, binned: bool = False) -> Callable[[View], View]:
    """Register a view of a project; it is given the `Portal` and the `Project`. A binned one answers 410."""

    def call(view: View, args: dict[str, Any]) -> Any:
        portal = _portal(args.pop("portal_id"))
        return view(portal, _project(portal, args.pop("project_id"), binned), **args)

    return _register(f"/portal/<int:portal_id>/projects/<int:project_id>{path}", method, scope, call)


def _register(
    path: str, method: str, scope: Scope, call: Callable[[View, dict[str, Any]], Any]
) -> Callable[[View], View]:
    def register(view: View) -> View:
        @wraps(view)
        def entry(**args: Any) -> Response:
            here = world()
            with here.lock:
                return _throttle(here) or _checked(here, scope, lambda: call(view, args))

        api.add_url_rule(
            path, f"{method} {path}".replace(".", " "), entry, methods=[method], provide_automatic_options=False
        )
        return view

    return register


def _checked(here: World, scope: Scope, call: Callable[[], Any]) -> Response:
    try:
        _check_scope(here, _token(here), scope)
        result = call()
    except RefusalError as refusal:
        return refusal.response()
    except MissingError as missing:
        return not_found(str(missing).removeprefix("no ")).response()
    except EditError as bad:
        return bad_value("", str(bad)).response()
    return result if isinstance(result, Response) else answer(result)


def _throttle(here: World) -> Response | None:
    style = here.quirks.throttle
    limit = LIMITS.get(style)
    if limit is None:
        return None
    endpoint = f"{request.method} {request.url_rule}"
    wait = here.throttle.enter(endpoint, here.now(), limit)
    g.rate_headers = {
        "RateLimit": str(limit.calls),
        "RateLimit-Remaining": str(here.throttle.remaining(endpoint, limit)),
        "RateLimit-Window": "120",
        "RateLimit-Window-Unit": "seconds",
    }
    return None if wait is None else throttled(style, limit.calls, wait)


@api.after_request
def put_rate_headers(response: Response) -> Response:
    """RateLimit headers stand on every answer (§2.6)."""
    response.headers.update(g.get("rate_headers", {}))
    return response


def _token(here: World) -> AccessToken:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme not in ("Zoho-oauthtoken", "Bearer") or not text.strip():
        raise RefusalError("INVALID_TICKET", "Invalid ticket", status=401, kind=OPERATIONAL)
    token = here.accounts.access_tokens.get(text.strip())
    if token is None or token.expires <= here.now():
        status = here.quirks.invalid_token_status
        raise RefusalError("INVALID_OAUTHTOKEN", "Invalid OAuth access token.", status=status, kind=OPERATIONAL)
    return token


def _check_scope(here: World, token: AccessToken, scope: Scope) -> None:
    if token.allows(*scope):
        return
    if here.quirks.missing_scope_as_wrong_url:
        raise wrong_url()
    raise RefusalError("INVALID_OAUTHSCOPE", "Invalid OAuth scope.", status=401, kind=OPERATIONAL)


def _portal(key: int) -> Portal:
    return world().portal(key)


def _project(portal: Portal, key: int, binned: bool) -> Project:
    project: Project = portal.find("project", key)
    if project.trashed and not binned:
        raise in_the_bin()
    return project
