"""OpenID Connect as Zoho has it: the discovery document, keys, signed id tokens, and who a token belongs to."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Response, jsonify, request

from standin.current import world
from standin.world import World
from standin.world.accounts import AccessToken
from standin.world.crm.records import CrmUser
from standin.zoho_accounts.routes import accounts, base_url

Json = dict[str, Any]
#: asking for one of these means signing a person in; each of them brings an id token
SIGN_IN_SCOPES = frozenset(("openid", "email", "profile"))
ID_TOKEN_LIFE = timedelta(hours=1)
PROFILE_SCOPE = "aaaserver.profile.read"
#: what Zoho shows where the token does not open the page
REFUSED = "<!DOCTYPE html><html><head><title>Zoho Accounts</title></head><body>Error Occurred</body></html>"


@cache
def _key() -> rsa.RSAPrivateKey:
    """The server's signing key; a new one each time the server starts."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def key_id() -> str:
    """The name of the signing key."""
    return hashlib.sha256(str(_key().public_key().public_numbers().n).encode()).hexdigest()[:32]


@accounts.get("/.well-known/openid-configuration")
def metadata() -> Response:
    """Where everything is."""
    base = base_url()
    return jsonify(
        issuer=base,
        authorization_endpoint=f"{base}/oauth/v2/auth",
        token_endpoint=f"{base}/oauth/v2/token",
        revocation_endpoint=f"{base}/oauth/v2/token/revoke",
        userinfo_endpoint=f"{base}/oauth/v2/userinfo",
        jwks_uri=f"{base}/oauth/v2/keys",
        response_types_supported=["code", "token", "id_token"],
        grant_types_supported=["authorization_code", "refresh_token", "client_credentials"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256"],
        scopes_supported=sorted(SIGN_IN_SCOPES),
        token_endpoint_auth_methods_supported=["client_secret_post"],
        claims_supported=[
            "sub", "aud", "iss", "iat", "exp", "nonce", "at_hash", "email", "email_verified", "name", "first_name",
            "last_name", "given_name", "family_name",
        ],
        code_challenge_methods_supported=["S256"],
    )  # fmt: skip


@accounts.get("/oauth/v2/keys")
def keys() -> Response:
    """The public key, as a JWK set."""
    numbers = _key().public_key().public_numbers()
    row = {
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id(), "n": _number(numbers.n), "e": _number(numbers.e),
    }  # fmt: skip
    return jsonify(keys=[row])


@accounts.route("/oauth/v2/userinfo", methods=["GET", "POST"])
def userinfo() -> Response | tuple[str, int]:
    """The person of an access token that was given for `openid`; anything else gets a page of HTML."""
    here = world()
    token = _token(here)
    user = person_of(here, token.person) if token else None
    if token is None or user is None or "openid" not in token.scopes:
        return REFUSED, 400
    return jsonify(claims_of(user, token.scopes))


@accounts.get("/oauth/user/info")
def user_info() -> Response | tuple[Response, int]:
    """The older way: needs the scope AaaServer.profile.READ."""
    here = world()
    token = _token(here)
    if token is None:
        return jsonify(cause="INVALID_OAUTHTOKEN", response="failure"), 401
    user = person_of(here, token.person)
    if user is None or PROFILE_SCOPE not in (scope.lower() for scope in token.scopes):
        return jsonify(cause="INVALID_OAUTHSCOPE", response="failure"), 401
    return jsonify(
        First_Name=user.first_name, Last_Name=user.last_name, Display_Name=user.full_name, Email=user.email,
        ZUID=user.zuid,
    )  # fmt: skip


def claims_of(user: CrmUser, scopes: tuple[str, ...]) -> Json:
    """What the scopes open of a person; `sub` is the ZUID as text."""
    body: Json = {"sub": str(user.zuid)}
    if "email" in scopes:
        body |= {"email": user.email, "email_verified": True}
    if "profile" in scopes:
        body |= {
            "name": user.full_name, "first_name": user.first_name, "last_name": user.last_name,
            "given_name": user.first_name, "family_name": user.last_name,
        }  # fmt: skip
    return body


def id_token(here: World, access: AccessToken, audience: str, nonce: str) -> str:
    """A signed statement of who consented (RS256)."""
    user, now = person_of(here, access.person), here.now()
    claims: Json = {"iss": base_url(), "aud": audience, "iat": _seconds(now), "exp": _seconds(now + ID_TOKEN_LIFE)}
    half = hashlib.sha256(access.token.encode()).digest()[:16]
    claims |= {"at_hash": _text(half), **(claims_of(user, access.scopes) if user else {})}
    if nonce:
        claims["nonce"] = nonce
    return sign(claims, {"alg": "RS256", "typ": "JWT", "kid": key_id()})


def sign(claims: Json, header: Json) -> str:
    """A JWT signed with the server's key."""
    head = f"{_text(json.dumps(header).encode())}.{_text(json.dumps(claims).encode())}"
    return f"{head}.{_text(_key().sign(head.encode(), padding.PKCS1v15(), SHA256()))}"


def person_of(here: World, zuid: int | None) -> CrmUser | None:
    """The person with that number; without a number, who owns the account that connects."""
    if zuid is None:
        return here.crm.owner
    return next((user for user in here.crm.users.values() if user.zuid == zuid), None)


def _token(here: World) -> AccessToken | None:
    """The live access token of the request; both schemes are taken."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    found = here.accounts.access_tokens.get(text.strip())
    is_good = found is not None and scheme in ("Zoho-oauthtoken", "Bearer") and found.expires > here.now()
    return found if is_good else None


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
