"""Connecting: where the remote lives, our registration there, and the authorisation by its owner."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from connectors import CONNECTORS
from connectors.addresses import check_url
from connectors.base import Endpoint, Tokens
from connectors.errors import AddressRefused, ConnectorError
from extensions import db
from models import Integration
from models.audit import Actor, record
from sync import credentials
from sync.connection.access import Grant, SetupRefused, endpoint_of, let_go, may_reach_private_networks, refusals
from sync.connection.access import transport as carried_by
from sync.connection.adoption import give_back
from sync.connection.catalogue import data_centres, live_integration, title_of
from sync.connection.portal import asked_scopes
from sync.connection.preconditions import unmet
from sync.credentials import Registration, Secrets

CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """What a person enters to connect. Empty client fields keep what is stored; the addresses count for "custom"."""

    data_centre: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    accounts_url: str = ""
    api_url: str = ""


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the consent page sent back. `redirect_uri` None: a self client's code."""

    code: str = field(repr=False)
    accounts_server: str = ""
    redirect_uri: str | None = None


def begin(connector_key: str, asked: ConnectRequest, actor: Actor) -> tuple[Integration, Grant | None]:
    """Start a connection, or correct one that was not finished; a live one refuses (requirements G-05).

    Tokens of another registration or place do not survive: they are returned for `forget`, once this is committed.
    """
    for sentence in unmet(connector_key, actor):
        raise SetupRefused(sentence)
    place = _place(connector_key, asked)
    found = live_integration(connector_key)
    if found is not None and found.connected_at is not None:
        raise SetupRefused(_already(connector_key))
    integration = found or _insert(connector_key)
    former = credentials.read(integration)
    registration = _registration(asked, former)
    stale = grant_of(integration, former)
    is_same = former is not None and former.registration == registration and _place_of(integration) == place
    integration.data_centre, integration.accounts_url, integration.api_url = place
    if is_same:
        return integration, None
    credentials.write(integration, Secrets(registration))
    give_back(integration)
    integration.state, integration.scope_id, integration.scope_name = "none", "", ""
    record(actor, "integration.begun", ("integration", integration.id), f"Connecting {title_of(connector_key)}")
    return integration, stale


def update_credentials(integration: Integration, asked: ConnectRequest, actor: Actor) -> None:
    """Put a new registration in waiting; it counts from the next authorisation on (requirements P-36)."""
    secrets = credentials.read(integration)
    if secrets is None:
        raise SetupRefused(_("Nothing is connected yet. Connect first."))
    wanted = _registration(asked, secrets)
    credentials.write(integration, replace(secrets, pending=wanted if wanted != secrets.registration else None))
    record(actor, "integration.credentials_entered", ("integration", integration.id))


def authorise_url(integration: Integration, redirect_uri: str, state: str) -> str:
    """Address of the remote's consent page."""
    key, endpoint = integration.connector, endpoint_of(integration, _secrets(integration).candidate)
    return CONNECTORS[key].authorise_url(endpoint, redirect_uri, state, asked_scopes(key, integration))


def finish_authorisation(integration: Integration, answer: CallbackAnswer, actor: Actor) -> Grant | None:
    """Trade the code for tokens; returns the former grant for `forget`, once this is committed.

    The accounts server that the browser brought back is believed only if it is one of the connector's data centres
    or the one entered by hand: the client secret goes there. A connection that has a portal keeps it: an account
    that does not own that portal is refused and its new grant given back.
    """
    secrets = _secrets(integration)
    place = _answering_place(integration, answer.accounts_server)
    endpoint = endpoint_of(integration, secrets.candidate)
    endpoint = replace(endpoint, accounts_url=place[1], api_url=place[2])
    connector, scope, former = integration.connector, integration.scope_id, grant_of(integration, secrets)
    let_go()
    tokens = _exchange(connector, endpoint, answer)
    _check_portal(Grant(connector, endpoint, tokens), scope)
    credentials.write(integration, secrets.proven(tokens))
    integration.data_centre, integration.accounts_url, integration.api_url = place
    integration.state = {"none": "authorised", "needs_reauth": "active"}.get(integration.state, integration.state)
    integration.problem = ""
    record(actor, "integration.authorised", ("integration", integration.id))
    return former


def use_self_client_code(integration: Integration, code: str, actor: Actor) -> Grant | None:
    """Trade a code that the API console made for a self client; there is no redirect and no other accounts server."""
    return finish_authorisation(integration, CallbackAnswer(code.strip()), actor)


def delete_unfinished(integration: Integration, actor: Actor) -> Grant | None:
    """Drop a connection that was never saved; returns its grant for `forget`, once this is committed."""
    if integration.connected_at is not None:
        raise SetupRefused(_("This integration is in use. Disable or delete it on its page."))
    stale = grant_of(integration, credentials.read(integration))
    give_back(integration)
    record(actor, "integration.cancelled", ("integration", integration.id))
    db.session.delete(integration)
    db.session.flush()
    return stale


def forget(grant: Grant | None) -> bool:
    """Have a grant revoked at the remote; call it after the commit. False: it must be withdrawn there by hand."""
    if grant is None or not grant.tokens.refresh_token:
        return True
    let_go()
    try:
        CONNECTORS[grant.connector].revoke(grant.endpoint, grant.tokens, transport=carried_by())
    except ConnectorError:
        return False
    return True


def _already(connector_key: str) -> str:
    return str(
        _(
            "%(app)s is already connected, and one organisation has one portal. Delete that integration first to "
            "connect another portal.",
            app=CONNECTORS[connector_key].title,
        )
    )


def _insert(connector_key: str) -> Integration:
    """Add the row; whoever loses a race is told, not crashed."""
    integration = Integration(connector=connector_key)
    try:
        with db.session.begin_nested():
            db.session.add(integration)
            db.session.flush()
    except IntegrityError as error:
        raise SetupRefused(_already(connector_key)) from error
    return integration


def _secrets(integration: Integration) -> Secrets:
    secrets = credentials.read(integration)
    if secrets is None:
        raise SetupRefused(_("Enter the client id and the client secret first."))
    return secrets


def _registration(asked: ConnectRequest, former: Secrets | None) -> Registration:
    known = former.candidate if former else Registration("", "")
    found = Registration(asked.client_id.strip() or known.client_id, asked.client_secret.strip() or known.client_secret)
    if not found.client_id:
        raise SetupRefused(_("Enter the client id from the API console."), "client_id")
    if not found.client_secret:
        raise SetupRefused(_("Enter the client secret from the API console."), "client_secret")
    return found


def grant_of(integration: Integration, secrets: Secrets | None) -> Grant | None:
    """What has to be revoked when an integration lets go; None when it never had access."""
    if secrets is None or not secrets.refresh_token:
        return None
    return Grant(integration.connector, endpoint_of(integration, secrets.registration), secrets.tokens)


def _place_of(integration: Integration) -> tuple[str, str, str]:
    return integration.data_centre, integration.accounts_url, integration.api_url


def _place(connector_key: str, asked: ConnectRequest) -> tuple[str, str, str]:
    """Data centre and base addresses; those entered by hand must be addresses this installation may call."""
    for centre in data_centres(connector_key):
        if centre.code == asked.data_centre:
            return centre.code, centre.accounts_url, centre.api_url
    if asked.data_centre != CUSTOM:
        raise SetupRefused(_("Choose a data centre."), "data_centre")
    return CUSTOM, _base(asked.accounts_url, "accounts_url"), _base(asked.api_url, "api_url")


def _base(url: str, name: str) -> str:
    url = url.strip().rstrip("/")
    if not url:
        raise SetupRefused(_("Enter the address."), name)
    try:
        check_url(url, may_be_private := may_reach_private_networks())
    except AddressRefused as error:
        hint = "" if may_be_private else _("Addresses in your own network are allowed under Settings → Organisation.")
        raise SetupRefused(f"{error} {hint}".strip(), name) from error
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise SetupRefused(_("Enter the address only, without “?” or “#”."), name)
    return url


def _answering_place(integration: Integration, accounts_server: str) -> tuple[str, str, str]:
    """The place whose accounts server answered; an unknown server is never called."""
    server = accounts_server.strip().rstrip("/")
    here = _place_of(integration)
    if not server or server == here[1].rstrip("/"):
        return here
    for centre in data_centres(integration.connector):
        if integration.data_centre != CUSTOM and server == centre.accounts_url.rstrip("/"):
            return centre.code, centre.accounts_url, centre.api_url
    raise SetupRefused(
        _("The answer named a sign-in server that is not known here, so nothing was sent to it. Authorise again.")
    )


def _exchange(connector: str, endpoint: Endpoint, answer: CallbackAnswer) -> Tokens:
    with refusals():
        return CONNECTORS[connector].exchange_code(endpoint, answer.code, answer.redirect_uri, transport=carried_by())


def _check_portal(grant: Grant, scope: str) -> None:
    """Refuse a new grant that does not own the connected portal (reason PORTAL-MISMATCH), and give it back."""
    if not scope:
        return
    connector = CONNECTORS[grant.connector](grant.endpoint, grant.tokens, transport=carried_by())
    try:
        with refusals():
            is_owned = any(found.id == scope and found.is_owned for found in connector.scopes())
    finally:
        connector.close()
    if not is_owned:
        forget(grant)
        raise SetupRefused(
            _(
                "This account does not own the portal that is connected, so nothing was changed. Authorise with the "
                "portal's owner, or delete the integration first to connect another portal."
            )
        )
