"""The way into every call: version, credentials, scope, profile, credits and concurrency (zoho-crm-wire §1, §6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock
from typing import Any

from flask import Blueprint, Response, g, request

from standin.current import world
from standin.world import World
from standin.world.accounts import AccessToken
from standin.world.crm import CrmOrg
from standin.world.crm.fields import CrmModule
from standin.world.crm.org import EDITIONS
from standin.zoho_crm.errors import RefusalError, answer, bad_module

View = Callable[..., Any]
api = Blueprint("zoho_crm", __name__, url_prefix="/crm")
#: heavy calls that may go on at once, whatever the edition
HEAVY_AT_ONCE = 10
_busy = Lock()


def route(path: str, method: str, *scopes: str, is_heavy: bool = False) -> Callable[[View], View]:
    """Register a view that is given the organisation. `scopes`: all are needed, e.g. `settings.fields.READ`.

    `{module}` in a scope stands for the module that the path or the parameter `module` names.
    """

    def register(view: View) -> View:
        @wraps(view)
        def entry(version: str, **args: Any) -> Response:
            here = world()
            try:
                with _one_of_few(here.crm, is_heavy=is_heavy), here.lock:
                    return _checked(here, version, scopes, lambda: view(here.crm, **args))
            except RefusalError as refusal:
                return refusal.response()

        name = f"{method} {path}".replace(".", " ")
        api.add_url_rule(
            f"/<any(v2, v2.1, v3, v4, v5, v6, v7, v8):version>{path}", name, entry, methods=[method],
            provide_automatic_options=False,
        )  # fmt: skip
        return view

    return register


@contextmanager
def _one_of_few(org: CrmOrg, *, is_heavy: bool) -> Iterator[None]:
    """Count the calls that go on at once; one too many is refused."""
    at_once = EDITIONS[org.edition][1]
    most = min(at_once, HEAVY_AT_ONCE) if is_heavy else at_once
    with _busy:
        if org.going_on >= most:
            raise RefusalError("TOO_MANY_REQUESTS", "too many requests fired in the concurrent api limit", 429)
        org.going_on += 1
    try:
        yield
    finally:
        with _busy:
            org.going_on -= 1


def _checked(here: World, version: str, scopes: tuple[str, ...], call: Callable[[], Any]) -> Response:
    g.crm_version = version
    token = _token(here)
    for scope in scopes:
        _check_scope(token, scope)
    g.cost = 1
    result = call()
    response = result if isinstance(result, Response) else answer(result)
    return _charged(here.crm, response)


def charge(credits: int) -> None:
    """Say what this call costs; 1 unless said."""
    g.cost = credits


def _charged(org: CrmOrg, response: Response) -> Response:
    """Count credits; what remains is told once half of them are used."""
    org.credits_used += g.cost
    remaining = max(EDITIONS[org.edition][0] - org.credits_used, 0)
    if remaining <= EDITIONS[org.edition][0] / 2:
        response.headers["X-API-CREDITS-REMAINING"] = str(remaining)
    return response


def version() -> int:
    """The version of the API that is spoken: 8, or an older one."""
    return int(str(g.crm_version)[1:].partition(".")[0])


def _token(here: World) -> AccessToken:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme not in ("Zoho-oauthtoken", "Bearer") or not text.strip():
        raise RefusalError("AUTHENTICATION_FAILURE", "Authentication failed", 401)
    token = here.accounts.access_tokens.get(text.strip())
    if token is None or token.expires <= here.now():
        raise RefusalError("INVALID_TOKEN", "invalid oauth token", 401)
    return token


def _check_scope(token: AccessToken, scope: str) -> None:
    """A scope is covered by itself, by ALL of its area, or by ALL of the whole family."""
    wanted = scope.format(module=_asked_module().lower()).split(".")
    if wanted[0] == "securesearch":
        if "ZohoSearch.securesearch.READ" in token.scopes:
            return
    elif any(_covers(given.split(".")[1:], wanted) for given in token.scopes if given.startswith("ZohoCRM.")):
        return
    raise RefusalError("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)


def _covers(given: list[str], wanted: list[str]) -> bool:
    verbs = {"ALL", wanted[-1], *({"WRITE"} if wanted[-1] in ("CREATE", "UPDATE") else ())}
    area, verb = given[:-1], given[-1]
    return verb in verbs and area == wanted[: len(area)]


def _asked_module() -> str:
    named = (request.view_args or {}).get("module") or request.args.get("module") or "none"
    return str(named)


def module_of(org: CrmOrg, name: str, **details: Any) -> CrmModule:
    """The module of a path or parameter, or the refusal."""
    found = org.modules.get(name)
    if found is None:
        raise bad_module(**(details or {"resource_path_index": 0}))
    return found


def asked_module(org: CrmOrg) -> CrmModule:
    """The module that the parameter `module` names."""
    name = request.args.get("module")
    if not name:
        raise RefusalError("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name="module")
    return module_of(org, name, param_name="module")


def allow(org: CrmOrg, verb: str, module: str) -> None:
    """Refuse what the acting person's profile may not do; `verb`: View, Create, Edit, Delete."""
    permission = f"Crm_Implied_{verb}_{module}"
    if permission in org.profile(org.me.profile_id).denied:
        raise RefusalError("NO_PERMISSION", "permission denied", 403, permissions=[permission])
