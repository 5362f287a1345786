"""Signing a person in at Zoho's accounts server with OpenID Connect."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.base import Endpoint, Identity
from connectors.errors import CredentialsRejected, RemoteUnavailable
from connectors.http import Exchange, Transient
from connectors.strict_json import BadJsonError, loads
from connectors.zoho import ask_for_tokens

SCOPES = "openid,email,profile"
AGAIN = "Sign in again."


def sign_in_url(endpoint: Endpoint, redirect_uri: str, state: str, nonce: str) -> str:
    """Address of the page where a person proves who they are; nothing else is asked for."""
    asked = {
        "response_type": "code",
        "client_id": endpoint.client_id,
        "scope": SCOPES,
        "redirect_uri": redirect_uri,
        "access_type": "online",
        "state": state,
        "nonce": nonce,
    }
    return f"{_accounts(endpoint)}/oauth/v2/auth?{urlencode(asked)}"


def identify(exchange: Exchange, endpoint: Endpoint, code: str, redirect_uri: str, nonce: str) -> Identity:
    """Trade the code and ask who its token belongs to.

    Both answers come from the accounts server over a line of our own, so the id token's signature adds nothing; what
    it says of whom it was made for, and of our nonce, is checked all the same.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    granted = ask_for_tokens(exchange, endpoint, form)
    claims = exchange.persist(lambda: _ask_who(exchange, endpoint, granted["access_token"]))
    said = granted.get("id_token")
    if isinstance(said, str) and said:
        _check_statement(_claims_in(said), claims, endpoint, nonce)
    email = claims.get("email")
    if not isinstance(email, str) or "@" not in email or claims.get("email_verified") is False:
        raise CredentialsRejected(f"Zoho tells no confirmed e-mail address of this person. {AGAIN}")
    return Identity(str(claims["sub"]), email, _name(claims) or email)


def _ask_who(exchange: Exchange, endpoint: Endpoint, token: str) -> Mapping[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    answer = exchange.send("GET", f"{_accounts(endpoint)}/oauth/v2/userinfo", headers=headers)
    if answer.status >= 500:
        raise Transient("Zoho's sign-in server failed. Try again later.")
    if answer.status >= 400:
        raise CredentialsRejected(f"Zoho does not tell who signed in. {AGAIN}")
    claims = answer.json()
    if not isinstance(claims, dict) or not isinstance(claims.get("sub"), (str, int)) or not str(claims["sub"]):
        raise RemoteUnavailable("Zoho's sign-in server gave no usable answer. Try again later.")
    return claims


def _check_statement(stated: Mapping[str, Any], claims: Mapping[str, Any], endpoint: Endpoint, nonce: str) -> None:
    """Refuse a statement made for another client, for another sign-in or about another person."""
    audience = stated.get("aud")
    meant = audience if isinstance(audience, list) else [audience]
    is_ours = endpoint.client_id in meant and str(stated.get("sub")) == str(claims["sub"])
    told = stated.get("nonce")
    if not is_ours or (told is not None and not hmac.compare_digest(str(told).encode(), nonce.encode())):
        raise CredentialsRejected(f"This sign-in was not meant for here. {AGAIN}")


def _claims_in(token: str) -> Mapping[str, Any]:
    try:
        part = token.split(".")[1]
        found = loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, binascii.Error, BadJsonError):
        raise CredentialsRejected(f"Zoho's statement of who signed in cannot be read. {AGAIN}") from None
    return found if isinstance(found, dict) else {}


def _name(claims: Mapping[str, Any]) -> str:
    parts = (claims.get("first_name"), claims.get("last_name"))
    joined = " ".join(part for part in parts if isinstance(part, str) and part)
    return str(claims.get("name") or joined)


def _accounts(endpoint: Endpoint) -> str:
    return endpoint.accounts_url.rstrip("/")
