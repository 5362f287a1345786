"""Views for people: the page that asks for consent, and the self client's "Generate Code"."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from standin.current import world
from standin.looking import active_people, looking
from standin.world.accounts import REDIRECT_CODE_LIFE, Code, RegisteredClient, known_scopes
from standin.zoho_accounts.routes import accounts, base_url, parameter

SHORTEST_MINUTES, LONGEST_MINUTES = 3, 10


@accounts.get("/oauth/v2/auth")
def ask() -> str | tuple[str, int]:
    """List the asked scopes and offer Allow and Deny."""
    client, trouble = _asking_client()
    if client is None:
        return render_template("standin/consent_refused.html", trouble=trouble), 400
    return render_template(
        "standin/consent.html", client=client, scopes=known_scopes(parameter("scope")), asked=request.args,
        people=active_people(), looking=looking(),
    )  # fmt: skip


@accounts.post("/oauth/v2/auth")
def decide() -> AnyResponse | tuple[str, int]:
    """Go back to the application with a code, or with error=access_denied."""
    client, trouble = _asking_client()
    if client is None:
        return render_template("standin/consent_refused.html", trouble=trouble), 400
    target, here = parameter("redirect_uri"), world()
    answer = {"state": parameter("state")} if parameter("state") else {}
    if request.form.get("decision") != "allow":
        return redirect(_with_query(target, {"error": "access_denied", **answer}))
    with here.lock:
        code = here.accounts.add_code(
            Code(
                client.client_id,
                known_scopes(parameter("scope")),
                here.now() + REDIRECT_CODE_LIFE,
                redirect_uri=target,
                offline=parameter("access_type") == "offline",
                person=_consenting(),
                nonce=parameter("nonce"),
                challenge=parameter("code_challenge"),
            )
        )
    return redirect(_with_query(target, {"code": code, "location": "us", "accounts-server": base_url(), **answer}))


@accounts.get("/self-client")
def self_client() -> str:
    """The page on which a person generates a code for a self client."""
    return render_template("standin/self_client.html", client=world().accounts.default_client, code=None)


@accounts.post("/self-client")
def generate_on_page() -> str:
    """Generate a code and show it."""
    scopes = known_scopes(parameter("scope"))
    trouble = None if scopes else "Enter a valid scope"
    code = self_client_code(scopes, parameter("minutes")) if scopes else None
    client = world().accounts.default_client
    return render_template("standin/self_client.html", client=client, code=code, trouble=trouble)


@accounts.post("/_standin/self-client-code")
def generate() -> Response | tuple[Response, int]:
    """The same for tests: JSON {"scope": "a,b", "minutes": 3, "person": e-mail} (all optional) gives {"code": …}."""
    asked = request.get_json(silent=True) or {}
    here = world()
    everything = here.accounts.refresh_tokens.get(here.accounts.default_refresh_token)
    scopes = known_scopes(asked["scope"]) if asked.get("scope") else everything.scopes if everything else ()
    if not scopes:
        return jsonify(error="Enter a valid scope"), 400
    wanted = str(asked.get("person", "")).casefold()
    user = next((one for one in active_people() if one.email.casefold() == wanted), None)
    if wanted and user is None:
        return jsonify(error=f"no active person {wanted}"), 400
    minutes = str(asked.get("minutes", SHORTEST_MINUTES))
    return jsonify(code=self_client_code(scopes, minutes, user.zuid if user else None))


def self_client_code(scopes: tuple[str, ...], minutes: str, person: int | None = None) -> str:
    """A code without a redirect address, living 3 to 10 minutes."""
    life = min(LONGEST_MINUTES, max(SHORTEST_MINUTES, int(minutes) if minutes.isdigit() else 0))
    here = world()
    with here.lock:
        expires = here.now() + timedelta(minutes=life)
        return here.accounts.add_code(Code(here.accounts.default_client.client_id, scopes, expires, person=person))


def _consenting() -> int:
    """ZUID of the person chosen on the page, else of the one whose browser it is."""
    chosen = next((user for user in active_people() if str(user.zuid) == parameter("person")), None)
    return (chosen or looking()).zuid


def _asking_client() -> tuple[RegisteredClient | None, str]:
    """The application that asks, or None and the reason for refusing it."""
    client = world().accounts.clients.get(parameter("client_id"))
    target = urlsplit(parameter("redirect_uri"))
    if client is None:
        return None, "Invalid Client ID: no application is registered under this id."
    if target.scheme not in ("http", "https") or not target.netloc:
        return None, "Invalid Redirect Uri: the address to go back to is not a web address."
    if client.redirect_uris and parameter("redirect_uri") not in client.redirect_uris:
        return None, "Invalid Redirect Uri: this address is not registered for the application."
    if parameter("response_type") != "code":
        return None, "The response_type must be code."
    if not known_scopes(parameter("scope")):
        return None, "Enter a valid scope."
    return client, ""


def _with_query(target: str, values: dict[str, str]) -> str:
    return f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(values)}"
