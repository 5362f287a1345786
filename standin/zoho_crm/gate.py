"""The way into every call: version, credentials, scope, credits and concurrency (zoho-crm-wire §1, §6)."""

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
from standin.world.crm.limits import EDITIONS, allowance
from standin.zoho_accounts.identity import person_of
from standin.zoho_crm.errors import RefusalError, answer, bad_module

View = Callable[..., Any]
api = Blueprint("zoho_crm", __name__, url_prefix="/crm")
#: heavy calls that may go on at once, whatever the edition
HEAVY_AT_ONCE = 10
VERSIONS = "<any(v2, v2.1, v3, v4, v5, v6, v7, v8):version>"
_busy = Lock()


def route(
    path: str, method: str, *scopes: str, is_heavy: bool = False, prefix: str = f"/{VERSIONS}"
) -> Callable[[View], View]:
    """Register a view that is given the organisation. `scopes`: all are needed, e.g. `settings.fields.READ`.

    `{module}` in a scope stands for the module that the path or the parameter `module` names.
    """

    def register(view: View) -> View:
        @wraps(view)
        def entry(version: str, **args: Any) -> Response:
            here = world()
            try:
                with _one_of_few(here, is_heavy=is_heavy or "cvid" in request.args), here.lock:
                    return _checked(here, version, scopes, lambda: view(here.crm, **args))
            except RefusalError as refusal:
                return refusal.response()

        name = f"{method} {prefix}{path}".replace(".", " ")
        api.add_url_rule(f"{prefix}{path}", name, entry, methods=[method], provide_automatic_options=False)
        return view

    return register


@contextmanager
def _one_of_few(here: World, *, is_heavy: bool) -> Iterator[None]:
    """Count the calls that go on at once; one too many is refused."""
    org, chosen = here.crm, here.quirks.crm_calls_at_once
    at_once = EDITIONS[org.edition][3] if chosen is None else chosen
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
    with _acting(here, token), _credited(here) as told:
        result = call()
        response = result if isinstance(result, Response) else answer(result)
    response.headers.extend(told)
    return response


@contextmanager
def _acting(here: World, token: AccessToken) -> Iterator[None]:
    """What is done now is done by the person of the token; its changes are told together."""
    user = person_of(here, token.person)
    if user is None or not user.is_active:
        raise RefusalError("INVALID_TOKEN", "invalid oauth token", 401)
    here.crm.acting = user.id
    try:
        with here.crm.together():
            yield
    finally:
        here.crm.acting = None


def charge(credits: int) -> None:
    """Say what this call costs; 1 unless said."""
    g.cost = credits


@contextmanager
def _credited(here: World) -> Iterator[dict[str, str]]:
    """Count credits, of refused calls too; what remains is told once half of them are used."""
    org, whole, told = here.crm, allowance(here.crm.edition), dict[str, str]()
    if org.spent.until(here.now()) >= whole:
        raise RefusalError("TOO_MANY_REQUESTS", "api credits of the day are used up", 429)
    try:
        yield told
    finally:
        org.spent.add(g.cost, here.now())
        remaining = max(whole - org.spent.until(here.now()), 0)
        if remaining <= whole / 2:
            told["X-API-CREDITS-REMAINING"] = str(remaining)


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
    """The module of a path or parameter, or the refusal; hidden ones and those of other editions count as unknown."""
    found = org.modules.get(name)
    if found is None or org.status_of(name) != "visible":
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
    permission, profile = f"Crm_Implied_{verb}_{module}", org.profile(org.me.profile_id)
    if permission in profile.denied or profile.id in org.modules[module].hidden_for:
        raise RefusalError("NO_PERMISSION", "permission denied", 403, permissions=[permission])
