"""What concerns the account as a whole: permission, its organisation, its people, channels and links."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors import zoho, zoho_sign_in
from connectors.base import (
    CallObserver,
    Channel,
    Connector,
    Endpoint,
    Identity,
    Notice,
    PageLink,
    RemotePerson,
    RemoteProfile,
    Scope,
    Tokens,
    Written,
)
from connectors.http import Bounds, Exchange
from connectors.throttle import Pace, Throttle
from connectors.zoho_crm import page_links, people, watching
from connectors.zoho_crm.asking import Asker
from connectors.zoho_crm.fields import Catalogue
from connectors.zoho_crm.options import read_choices
from connectors.zoho_crm.organisation import ORG, as_scope, take_org
from connectors.zoho_crm.places import REQUESTED_SCOPES
from connectors.zoho_session import DEFAULT_PATIENCE, Ways, ZohoSession

if TYPE_CHECKING:
    import httpx2

#: credits last a day and are seldom the limit; calls at once are (wire page §6)
PACE = Pace(calls=10_000, window=60.0, at_once=4)


class CrmAccount(Connector):
    """One account of Zoho CRM, safe for several threads; its records are `ZohoCrm`'s business."""

    def __init__(
        self,
        endpoint: Endpoint,
        tokens: Tokens,
        *,
        save_tokens: Callable[[Tokens], None] | None = None,
        observer: CallObserver | None = None,
        transport: httpx2.BaseTransport | None = None,
        clock: Callable[[], datetime] = zoho.utc_now,
        sleep: Callable[[float], None] = time.sleep,
        throttle: Throttle | None = None,
        patience: float = DEFAULT_PATIENCE,
        bounds: Bounds | None = None,
    ) -> None:
        """`clock` answers aware UTC; `sleep` may raise to end a wait; share `throttle` per account."""
        self._endpoint = endpoint
        self._clock = clock
        self._exchange = _exchange(endpoint, transport, sleep, bounds)
        ways = Ways(save_tokens, observer, clock, sleep, throttle, patience, PACE, is_shared=True)
        self._session = ZohoSession(self.title, self._exchange, endpoint, tokens, ways)
        self._asker = Asker(self._session)
        self._catalogue = Catalogue(self._session)
        self._org: Mapping[str, Any] | None = None
        self._me = ""

    @classmethod
    def authorise_url(
        cls, endpoint: Endpoint, redirect_uri: str, state: str, scopes: Sequence[str] | None = None
    ) -> str:
        """Address of the consent page."""
        return zoho.authorise_url(endpoint, redirect_uri, state, scopes or REQUESTED_SCOPES)

    @classmethod
    def exchange_code(
        cls,
        endpoint: Endpoint,
        code: str,
        redirect_uri: str | None,
        *,
        transport: httpx2.BaseTransport | None = None,
    ) -> Tokens:
        """Trade a code for tokens; raises CredentialsRejected."""
        exchange = _exchange(endpoint, transport)
        try:
            return zoho.exchange_code(exchange, endpoint, code, redirect_uri)
        finally:
            exchange.close()

    @classmethod
    def revoke(cls, endpoint: Endpoint, tokens: Tokens, *, transport: httpx2.BaseTransport | None = None) -> None:
        """Tell Zoho to forget the refresh token."""
        exchange = _exchange(endpoint, transport)
        try:
            zoho.revoke(exchange, endpoint, tokens)
        finally:
            exchange.close()

    @classmethod
    def sign_in_url(cls, endpoint: Endpoint, redirect_uri: str, state: str, nonce: str) -> str | None:
        """Zoho's sign-in page."""
        return zoho_sign_in.sign_in_url(endpoint, redirect_uri, state, nonce)

    @classmethod
    def identify(
        cls,
        endpoint: Endpoint,
        code: str,
        redirect_uri: str,
        nonce: str,
        *,
        transport: httpx2.BaseTransport | None = None,
    ) -> Identity:
        """Who came back from the sign-in page."""
        exchange = _exchange(endpoint, transport)
        try:
            return zoho_sign_in.identify(exchange, endpoint, code, redirect_uri, nonce)
        finally:
            exchange.close()

    def verify(self) -> None:
        """Return when the account answers and tells its organisation."""
        self._ask_org()

    def scopes(self) -> Sequence[Scope]:
        """The one organisation of the account."""
        return [as_scope(self._ask_org())]

    def people(self, scope: str) -> Sequence[RemotePerson]:
        """Everybody, also those who may no longer sign in."""
        return people.ask_people(self._session)

    def profiles(self, scope: str) -> Sequence[RemoteProfile]:
        """The profiles of the organisation."""
        return people.ask_profiles(self._session)

    def watch(self, scope: str, channel: Channel, url: str, options: Mapping[str, Any]) -> Channel | None:
        """Be told of changes in the modules in use, for a week at most."""
        watched = watching.watched_modules(read_choices(options), options)
        return watching.watch(self._session, channel, url, watched, self._clock())

    def unwatch(self, scope: str, channel_id: str) -> bool:
        """End a channel."""
        return watching.unwatch(self._session, channel_id)

    @classmethod
    def read_notice(cls, body: Mapping[str, Any]) -> tuple[str, str, Sequence[Notice]] | None:
        """A notification; a contact is told both as a customer and as a contact person."""
        return watching.read_notice(body)

    def install_links(self, scope: str, links: Sequence[PageLink]) -> Sequence[Written]:
        """Custom links on the pages of records; `{id}` in an address becomes the record's id there."""
        return page_links.install(self._session, links)

    def remove_links(self, scope: str, names: Sequence[str]) -> int:
        """Take custom links away."""
        return page_links.remove(self._session, names)

    def close(self) -> None:
        """Give back sockets."""
        self._exchange.close()

    def _ask_org(self) -> Mapping[str, Any]:
        self._org = self._session.ask(ORG, take_org)
        return self._org

    def _known_org(self) -> Mapping[str, Any]:
        return self._ask_org() if self._org is None else self._org

    def _whoami(self) -> str:
        """The id of the person whose permission we have; asked for once."""
        self._me = self._me or people.ask_me(self._session)
        return self._me


def _exchange(
    endpoint: Endpoint,
    transport: httpx2.BaseTransport | None,
    sleep: Callable[[float], None] = time.sleep,
    bounds: Bounds | None = None,
) -> Exchange:
    return Exchange(allow_private=endpoint.allow_private, transport=transport, bounds=bounds, sleep=sleep)
