"""Signing a person in with OpenID Connect at the accounts server, as any client library would."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.standin.conftest import Stranger

BACK = "https://app.example/back"
BRUNO = "bruno.keller@brightline.example"


def zuid(remote: Stranger, email: str) -> str:
    return str(next(user.zuid for user in remote.world.crm.users.values() if user.email == email))


def signed_in(remote: Stranger, scope: str = "openid,email,profile", **more: str) -> dict[str, Any]:
    """The token answer after Bruno has consented."""
    asked = {
        "client_id": remote.told["client_id"], "response_type": "code", "scope": scope, "redirect_uri": BACK,
        "person": zuid(remote, BRUNO), "decision": "allow",
    }  # fmt: skip
    verifier = more.pop("code_verifier", "")
    answer = remote.http.post("/oauth/v2/auth", data=asked | more)
    code = parse_qs(urlsplit(answer.location).query)["code"][0]
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return remote.ask_token(**grant, **({"code_verifier": verifier} if verifier else {})).get_json()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key(remote: Stranger, kid: str) -> rsa.RSAPublicKey:
    keys = remote.http.get("/oauth/v2/keys").get_json()["keys"]
    row = next(one for one in keys if one["kid"] == kid)
    numbers = [int.from_bytes(decoded(row[name]), "big") for name in ("e", "n")]
    return rsa.RSAPublicNumbers(*numbers).public_key()


def test_the_discovery_document_names_every_door(remote: Stranger) -> None:
    told = remote.http.get("/.well-known/openid-configuration").get_json()

    assert told["issuer"] == "http://localhost"
    assert told["jwks_uri"] == "http://localhost/oauth/v2/keys"
    assert told["userinfo_endpoint"] == "http://localhost/oauth/v2/userinfo"
    assert told["id_token_signing_alg_values_supported"] == ["RS256"]


def test_the_id_token_is_signed_and_says_who_consented(remote: Stranger) -> None:
    answer = signed_in(remote, nonce="n-1")

    head, claims, signature = answer["id_token"].split(".")
    header, body = json.loads(decoded(head)), json.loads(decoded(claims))
    key = public_key(remote, header["kid"])
    key.verify(decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        key.verify(decoded(signature), f"{head}.{claims}x".encode(), padding.PKCS1v15(), SHA256())
    assert header["alg"] == "RS256"
    assert (body["iss"], body["aud"], body["nonce"]) == ("http://localhost", remote.told["client_id"], "n-1")
    assert (body["sub"], body["email"], body["name"]) == (zuid(remote, BRUNO), BRUNO, "Bruno Keller")
    assert body["exp"] - body["iat"] == 3600
    assert "refresh_token" not in answer  # nobody asked for offline access


def test_only_what_the_scopes_open_is_told(remote: Stranger) -> None:
    answer = signed_in(remote, "email")

    body = json.loads(decoded(answer["id_token"].split(".")[1]))
    assert body["email"] == BRUNO
    assert "name" not in body


def test_userinfo_tells_the_same_person_and_wants_openid(remote: Stranger) -> None:
    whole, part = signed_in(remote), signed_in(remote, "profile")

    told = remote.http.get("/oauth/v2/userinfo", headers={"Authorization": f"Bearer {whole['access_token']}"})
    refused = remote.http.get("/oauth/v2/userinfo", headers={"Authorization": f"Bearer {part['access_token']}"})

    assert told.get_json()["email"] == BRUNO
    assert (refused.status_code, refused.mimetype) == (400, "text/html")


def test_the_older_page_tells_the_person_under_its_own_scope(remote: Stranger) -> None:
    header = f"Zoho-oauthtoken {signed_in(remote, 'AaaServer.profile.READ')['access_token']}"
    told = remote.http.get("/oauth/user/info", headers={"Authorization": header}).get_json()
    other = f"Zoho-oauthtoken {signed_in(remote, 'email')['access_token']}"

    assert told == {
        "First_Name": "Bruno", "Last_Name": "Keller", "Display_Name": "Bruno Keller", "Email": BRUNO,
        "ZUID": int(zuid(remote, BRUNO)),
    }  # fmt: skip
    assert remote.http.get("/oauth/user/info", headers={"Authorization": other}).status_code == 401


def test_a_code_bound_to_a_verifier_is_worth_nothing_without_it(remote: Stranger) -> None:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    good = signed_in(remote, code_challenge=challenge, code_challenge_method="S256", code_verifier=verifier)
    bad = signed_in(remote, code_challenge=challenge, code_challenge_method="S256", code_verifier="w" * 43)

    assert good["id_token"]
    assert bad == {"error": "invalid_code"}


def test_the_consent_page_offers_the_active_people(remote: Stranger) -> None:
    query = {"client_id": remote.told["client_id"], "response_type": "code", "scope": "openid", "redirect_uri": BACK}

    page = remote.http.get("/oauth/v2/auth", query_string=query).text

    assert BRUNO in page
    assert "Signed in as" in page


def test_a_token_for_the_crm_acts_as_the_person_who_consented(remote: Stranger) -> None:
    answer = signed_in(remote, "ZohoCRM.users.READ")

    told = remote.http.get(
        "/crm/v8/users?type=CurrentUser", headers={"Authorization": f"Zoho-oauthtoken {answer['access_token']}"}
    )

    assert [user["email"] for user in told.get_json()["users"]] == [BRUNO]
