"""The connector for Zoho Projects: our questions, answered over API V3."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors import zoho
from connectors.base import (
    NO_OPTIONS,
    CallObserver,
    Capabilities,
    ChangedSince,
    Connector,
    Endpoint,
    ModulePermission,
    Page,
    Query,
    Reference,
    RemoteField,
    RemoteRecord,
    Scope,
    Target,
    Tokens,
    Verdict,
)
from connectors.errors import PortalUnreachable, ScopeMissing
from connectors.http import Bounds, Exchange
from connectors.prefetch import one_ahead
from connectors.throttle import Throttle
from connectors.zoho_projects import costs
from connectors.zoho_projects.custom import CustomFields
from connectors.zoho_projects.fields import STANDARD
from connectors.zoho_projects.listing import Listing
from connectors.zoho_projects.places import PLACES, REQUESTED_SCOPES, WRITE_SCOPES, read_address, web_page
from connectors.zoho_projects.portals import as_scope, take_portals, url_name
from connectors.zoho_projects.records import customer
from connectors.zoho_projects.singles import primary, read_one, take_clients
from connectors.zoho_projects.write_back import Feed
from connectors.zoho_session import DEFAULT_PATIENCE, Question, Ways, ZohoSession
from connectors.zoho_words import Forbidden, Gone, NotFound

if TYPE_CHECKING:
    import httpx2

API = "/api/v3"


class ZohoProjects(Connector):
    """Zoho Projects through API V3; one instance per account, safe for several threads."""

    key = "zoho_projects"
    title = "Zoho Projects"
    description = "Brings customers, projects, tasks, bugs and approved hours across, ready to be billed."
    modules = ("customers", "projects", "users", "milestones", "tasks", "bugs", "time_entries")
    data_centres = zoho.data_centres("projectsapi")
    REQUESTED_SCOPES = REQUESTED_SCOPES
    WRITE_SCOPES = WRITE_SCOPES
    on_demand = frozenset({"customers", "users"})

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
        ways = Ways(save_tokens, observer, clock, sleep, throttle, patience)
        self._session = ZohoSession(self.title, self._exchange, endpoint, tokens, ways)
        self._custom = CustomFields(self._session, portal_path)
        self._portals: list[Mapping[str, Any]] | None = None

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

    def verify(self) -> None:
        """Return when the account answers and sees a portal."""
        if not self._ask_portals():
            raise PortalUnreachable("The connected account sees no portal in Zoho Projects. Sign in with another.")

    def permissions(self, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[ModulePermission]:
        """Ask each module for one record."""
        return [self._permission(module, scope) for module in self.modules]

    def scopes(self) -> Sequence[Scope]:
        """All portals the account sees, owned or not."""
        return [as_scope(row) for row in self._ask_portals()]

    def capabilities(self, module: str) -> Capabilities:
        """Only time logs can be asked for changes, and those per project."""
        if module == "time_entries":
            return Capabilities(ChangedSince.WINDOW)
        return Capabilities(needs_completion=module == "projects")

    def fields(self, module: str, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[RemoteField]:
        """Standard fields, then custom ones: told by Zoho, else learnt from the first page of records."""
        custom = self._custom.fields(scope, module)
        if custom is None:
            self._listing(Query(module, scope)).peek()
            custom = self._custom.learnt(scope, module)
        return [*STANDARD[module], *custom.values()]

    def samples(self, module: str, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[RemoteRecord]:
        """The records of the first page."""
        return self._listing(Query(module, scope)).peek()

    def pages(self, query: Query, cursor: str | None = None) -> Iterator[Page]:
        """The pages of a listing, the next one fetched while the caller works on this one."""
        return one_ahead(self._listing(query).pages(cursor))

    def complete(self, module: str, scope: str, record: RemoteRecord) -> RemoteRecord:
        """Bring a project's primary client: the flagged one, else the only one, else none."""
        if module != "projects":
            return record
        place = PLACES["customers"]
        path = f"{portal_path(scope)}/projects/{quote(record.id, safe='')}/clients"
        try:
            clients = self._session.ask(Question(path, {}, place.subject, place.scope), take_clients)
        except (NotFound, Gone):
            return record
        found = primary(clients)
        if found is None:
            return record
        return RemoteRecord(
            record.id,
            {**record.fields, "primary_customer": found["id"]},
            record.modified_at,
            {**record.embedded, "customers": {"id": found["id"], **customer(found)}},
        )

    def get(
        self, module: str, scope: str, record_id: str, hints: Mapping[str, Any], options: Mapping[str, Any] = NO_OPTIONS
    ) -> RemoteRecord | Verdict:
        """Read one record; one whose project is not known among the hints cannot be looked at: hidden."""
        try:
            return read_one(self._session, self._listing(Query(module, scope)), record_id, hints)
        except (NotFound, Gone):
            return Verdict.GONE
        except Forbidden:
            return Verdict.HIDDEN

    def write_back(self, target: Target, payload: Mapping[str, str] | None, expected: str | None) -> str | None:
        """Post to a project's feed, the one place that Zoho Projects offers others for words of theirs (wire §8)."""
        feed = Feed(self._session, portal_path(target.scope), target.record_id, self.verify)
        found = feed.find(expected) if expected else None
        return found if found or payload is None else feed.post(payload["text"], payload["reference"])

    @classmethod
    def page_origins(cls, api_url: str) -> tuple[str, ...]:
        """projects.zoho.<dc>; the pages of other hosts are not known."""
        _start, _dot, domain = (urlsplit(api_url).hostname or "").partition(".")
        known = {(urlsplit(centre.api_url).hostname or "").partition(".")[2] for centre in cls.data_centres}
        return (f"https://projects.{domain}",) if domain in known else ()

    def web_url(self, module: str, scope: str, record_id: str, hints: Mapping[str, Any]) -> str | None:
        """The record's page for people; None where there is none."""
        row = next((row for row in self._known_portals() if str(row.get("id")) == scope), {})
        return self.web_page(self._endpoint.api_url, url_name(row) or scope, module, record_id, hints)

    @classmethod
    def web_page(cls, api_url: str, portal: str, module: str, record_id: str, hints: Mapping[str, Any]) -> str | None:
        """The same, told without a call."""
        return web_page(api_url, portal, module, record_id, hints)

    @classmethod
    def read_address(cls, text: str) -> Reference | None:
        """Read `#zp/task-detail/5` and its kind."""
        return read_address(text)

    @classmethod
    def module_of(cls, endpoint: str) -> str | None:
        """The module that an endpoint is about."""
        return costs.module_of(endpoint)

    @classmethod
    def cost(cls, kind: str, listed: Mapping[str, int], known_entries: int, active_projects: int) -> Mapping[str, int]:
        """How many calls a run takes per endpoint."""
        return costs.cost(kind, listed, known_entries, active_projects)

    def close(self) -> None:
        """Give back sockets."""
        self._exchange.close()

    def _permission(self, module: str, scope: str) -> ModulePermission:
        try:
            self._listing(Query(module, scope)).probe()
        except (ScopeMissing, NotFound) as error:
            return ModulePermission(module, False, str(error))
        return ModulePermission(module, True)

    def _listing(self, query: Query) -> Listing:
        return Listing(self._session, self._custom, query, self._clock().date(), lambda: self._zone(query.scope))

    def _ask_portals(self) -> list[Mapping[str, Any]]:
        question = Question(f"{API}/portals", {}, "portals", "ZohoProjects.portals.READ")
        self._portals = self._session.ask(question, take_portals)
        return self._portals

    def _known_portals(self) -> list[Mapping[str, Any]]:
        return self._ask_portals() if self._portals is None else self._portals

    def _zone(self, scope: str) -> tzinfo:
        """The portal's time zone, for the rare instants that come without an offset."""
        row = next((row for row in self._known_portals() if str(row.get("id")) == scope), {})
        try:
            return ZoneInfo(str(row.get("timezone") or "UTC"))
        except (ZoneInfoNotFoundError, ValueError):
            return UTC


def portal_path(scope: str) -> str:
    """The path of a portal by its numeric id."""
    return f"{API}/portal/{quote(scope, safe='')}"


def _exchange(
    endpoint: Endpoint,
    transport: httpx2.BaseTransport | None,
    sleep: Callable[[float], None] = time.sleep,
    bounds: Bounds | None = None,
) -> Exchange:
    return Exchange(allow_private=endpoint.allow_private, transport=transport, bounds=bounds, sleep=sleep)
