"""Views that give out and end tokens; errors mostly come with HTTP 200 (zoho-projects-wire §1.4)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from flask import Response, jsonify

from standin.current import world
from standin.world import World
from standin.world.accounts import AccessToken, Code, RegisteredClient, known_scopes
from standin.zoho_accounts.identity import SIGN_IN_SCOPES, id_token
from standin.zoho_accounts.routes import accounts, base_url, parameter


class TokenError(Exception):
    """An {"error": …} answer."""


@accounts.get("/oauth/serverinfo")
def server_info() -> Response:
    """Where the data centres live: all of them are here."""
    places = ("us", "eu", "in", "au", "jp", "ca", "sa", "uk", "cn", "ae", "sg")
    return jsonify(result="success", locations=dict.fromkeys(places, base_url()))


@accounts.post("/oauth/v2/token")
def token() -> Response | tuple[Response, int]:
    """Exchange a code, a refresh token or client credentials for an access token."""
    here = world()
    grants = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh_token,
        "client_credentials": _by_credentials,
    }
    with here.lock:
        try:
            grant = grants.get(parameter("grant_type"))
            if grant is None:
                raise TokenError("unsupported_grant_type")
            return grant(here, _client(here))
        except TokenError as error:
            return jsonify(error=str(error))


@accounts.route("/oauth/v2/token/revoke", methods=["POST", "GET"])
def revoke() -> Response | tuple[Response, int]:
    """End a token."""
    here, text = world(), parameter("token")
    with here.lock:
        known = text in here.accounts.refresh_tokens or text in here.accounts.access_tokens
        if not known:
            return jsonify(error="invalid_code"), 400
        here.edit("grant.revoke", token=text)
    return jsonify(status="success")


def _client(here: World) -> RegisteredClient:
    client = here.accounts.clients.get(parameter("client_id"))
    if client is None:
        raise TokenError("invalid_client")
    if parameter("client_secret") != client.secret:
        raise TokenError("invalid_client_secret")
    return client


def _by_code(here: World, client: RegisteredClient) -> Response:
    code = here.accounts.take_code(parameter("code"), here.now())
    if code is None or code.client_id != client.client_id:
        raise TokenError("invalid_code")
    if code.redirect_uri is not None and parameter("redirect_uri") != code.redirect_uri:
        raise TokenError("invalid_redirect_uri")
    if code.challenge and _challenge_of(parameter("code_verifier")) != code.challenge:
        raise TokenError("invalid_code")
    refresh = None
    if code.offline:
        refresh = here.accounts.fresh_token()
        here.edit("grant.add", token=refresh, client_id=client.client_id, scopes=list(code.scopes), person=code.person)
    access = here.accounts.issue(code.scopes, here.now(), refresh, code.person)
    return _granted(access, shown=refresh, signed=_signed(here, access, code))


def _signed(here: World, access: AccessToken, code: Code) -> str:
    """The id token, where the code was given for signing somebody in."""
    return id_token(here, access, code.client_id, code.nonce) if SIGN_IN_SCOPES & set(code.scopes) else ""


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _by_refresh_token(here: World, client: RegisteredClient) -> Response | tuple[Response, int]:
    grant = here.accounts.refresh_tokens.get(parameter("refresh_token"))
    if grant is None or grant.client_id != client.client_id:
        raise TokenError("invalid_code")
    if not here.accounts.may_refresh(grant, here.now()):
        return too_many_requests()
    return _granted(here.accounts.issue(grant.scopes, here.now(), grant.token, grant.person))


def _by_credentials(here: World, _client: RegisteredClient) -> Response:
    scopes = known_scopes(parameter("scope"))
    if not scopes:
        raise TokenError("invalid_scope")
    return _granted(here.accounts.issue(scopes, here.now()))


def too_many_requests() -> tuple[Response, int]:
    """The throttle of the accounts server: 400, not 429."""
    words = "You have made too many requests continuously. Please try again after some time."
    return jsonify(error_description=words, error="Access Denied", status="failure"), 400


def _granted(access: AccessToken, *, shown: str | None = None, signed: str = "") -> Response:
    body: dict[str, Any] = {"access_token": access.token}
    if shown:
        body["refresh_token"] = shown
    if signed:
        body["id_token"] = signed
    body |= {
        "scope": " ".join(access.scopes),
        "api_domain": f"{base_url()}/zohoapis",
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    return jsonify(body)
