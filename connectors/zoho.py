"""What all Zoho products share of OAuth: data centres, the consent page, getting and ending tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connectors.base import DataCentre, Endpoint, Tokens
from connectors.errors import CredentialsRejected, RateLimited, RemoteUnavailable
from connectors.http import Exchange, Transient
from connectors.zoho_words import Problem, read_problem

#: code, name for people, domain of the accounts server, domain of the products (wire page §1.1)
ZOHO_DATA_CENTRES = (
    ("us", "United States", "zoho.com"),
    ("eu", "Europe", "zoho.eu"),
    ("in", "India", "zoho.in"),
    ("au", "Australia", "zoho.com.au"),
    ("jp", "Japan", "zoho.jp"),
    ("ca", "Canada", "zohocloud.ca"),
    ("sa", "Saudi Arabia", "zoho.sa"),
    ("uk", "United Kingdom", "zoho.uk"),
    ("cn", "China", "zoho.com.cn"),
    ("ae", "United Arab Emirates", "zoho.ae"),
    ("sg", "Singapore", "zoho.sg"),
)

#: a block lasts so long when Zoho does not say (API limits; ten access tokens in ten minutes)
BLOCK_SECONDS = 600

AUTHORISE_AGAIN = "Authorise the connection again under Settings, Integrations."
#: what the accounts server says when trying again cannot help
DEAD_WORDS = {
    "invalid_code": "Zoho no longer accepts this authorisation: it was revoked, has run out, was used before, or "
    f"gave way to newer ones (Zoho keeps 20 per user). {AUTHORISE_AGAIN}",
    "invalid_client": "Zoho does not know this client id at this data centre. Check the client id and the data "
    "centre, then authorise again.",
    "invalid_client_secret": "Zoho refuses the client secret. Enter it again, then authorise again; it can differ "
    "between data centres.",
    "invalid_redirect_uri": "Zoho does not know the address it should return to. Register this installation's "
    "redirect address in the API console, then authorise again.",
    "access_denied": f"The permission was declined on Zoho's page. {AUTHORISE_AGAIN}",
}
DEAD_WORDS |= dict.fromkeys(("invalid_grant", "invalid_token", "unauthorized_client"), DEAD_WORDS["invalid_code"])


def data_centres(api_host: str) -> tuple[DataCentre, ...]:
    """Zoho's data centres for a product whose API answers at `api_host` under each domain."""
    return tuple(
        DataCentre(code, title, f"https://accounts.{domain}", f"https://{api_host}.{domain}")
        for code, title, domain in ZOHO_DATA_CENTRES
    )


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def authorise_url(endpoint: Endpoint, redirect_uri: str, state: str, scopes: Sequence[str]) -> str:
    """Address of the consent page; `prompt=consent` because a refresh token comes only with consent."""
    asked = {
        "response_type": "code",
        "client_id": endpoint.client_id,
        "scope": ",".join(scopes),
        "redirect_uri": redirect_uri,
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
    }
    return f"{endpoint.accounts_url.rstrip('/')}/oauth/v2/auth?{urlencode(asked)}"


def exchange_code(exchange: Exchange, endpoint: Endpoint, code: str, redirect_uri: str | None) -> Tokens:
    """Trade a code for tokens; `endpoint.accounts_url` is the accounts server that the caller has validated."""
    form = {"grant_type": "authorization_code", "code": code}
    if redirect_uri is not None:
        form["redirect_uri"] = redirect_uri
    granted = ask_for_tokens(exchange, endpoint, form)
    refresh_token = granted.get("refresh_token")
    if not isinstance(refresh_token, str) or not refresh_token:
        raise CredentialsRejected(f"Zoho gave no lasting permission (no refresh token). {AUTHORISE_AGAIN}")
    tokens = Tokens(refresh_token)
    take_tokens(tokens, granted, utc_now())
    return tokens


def revoke(exchange: Exchange, endpoint: Endpoint, tokens: Tokens) -> None:
    """Tell Zoho to forget the refresh token; a token that it no longer knows is as good as revoked."""
    form = {"token": tokens.refresh_token}
    answer = exchange.persist(lambda: exchange.send("POST", _accounts(endpoint, "token/revoke"), form=form))
    if answer.status >= 500:
        raise RemoteUnavailable("Zoho could not withdraw the permission. Withdraw it at Zoho, Connected Apps.")


def ask_for_tokens(exchange: Exchange, endpoint: Endpoint, form: Mapping[str, str]) -> Mapping[str, Any]:
    """One call to the token address; Zoho tells errors in the body, often with status 200."""
    secrets = {"client_id": endpoint.client_id, "client_secret": endpoint.client_secret}
    answer = exchange.send("POST", _accounts(endpoint, "token"), form={**form, **secrets})
    if answer.status >= 500:
        raise Transient("Zoho's sign-in server failed. Try again later.")
    body = answer.json()
    if isinstance(body, dict) and isinstance(body.get("access_token"), str) and body["access_token"]:
        return body
    problem = read_problem(answer.status, body)
    if answer.status == 429 or (problem and _is_token_throttle(problem)):
        raise RateLimited("Zoho gives out no more access for ten minutes. It goes on by itself.", BLOCK_SECONDS)
    if problem and problem.title in DEAD_WORDS:
        raise CredentialsRejected(DEAD_WORDS[problem.title])
    raise RemoteUnavailable("Zoho's sign-in server gave no usable answer. Try again later.")


def _accounts(endpoint: Endpoint, what: str) -> str:
    return f"{endpoint.accounts_url.rstrip('/')}/oauth/v2/{what}"


def _is_token_throttle(problem: Problem) -> bool:
    return problem.title.lower() == "access denied" or "too many requests" in problem.message.lower()


def take_tokens(tokens: Tokens, granted: Mapping[str, Any], now: datetime) -> None:
    """Put what the accounts server granted into `tokens`; its scopes may be fewer than asked for."""
    seconds = granted.get("expires_in_sec") or granted.get("expires_in")
    life = seconds if isinstance(seconds, int) and 0 < seconds <= 86_400 else 3600
    tokens.access_token = granted["access_token"]
    tokens.expires_at = now + timedelta(seconds=life)
    scope = granted.get("scope")
    if isinstance(scope, str) and scope:
        tokens.scopes = tuple(scope.replace(",", " ").split())
