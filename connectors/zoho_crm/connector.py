"""The connector for Zoho CRM: our questions, answered over API V8."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from connectors import zoho
from connectors.base import (
    NO_OPTIONS,
    Capabilities,
    Change,
    ChangedSince,
    DataCentre,
    ModulePermission,
    Page,
    Query,
    Reference,
    RemoteField,
    RemoteRecord,
    Target,
    Verdict,
    View,
    WriteOutcome,
    Written,
)
from connectors.errors import ScopeMissing
from connectors.prefetch import one_ahead
from connectors.zoho_crm import costs
from connectors.zoho_crm import options as choosing
from connectors.zoho_crm.account import CrmAccount
from connectors.zoho_crm.listing import Listing
from connectors.zoho_crm.organisation import currency_of, url_name
from connectors.zoho_crm.places import REQUESTED_SCOPES, WRITE_SCOPES, page_origins, read_address, web_page
from connectors.zoho_crm.singles import read_one, search
from connectors.zoho_crm.views import ask_views
from connectors.zoho_crm.write_back import Desk
from connectors.zoho_crm.writing import Writer
from connectors.zoho_words import NotFound

#: the interface answers at www.zohoapis.<dc>, for Canada too (wire page §1)
DATA_CENTRES = tuple(
    DataCentre(code, title, f"https://accounts.{domain}", f"https://www.zohoapis.{domain.partition('.')[2]}")
    for code, title, domain in zoho.ZOHO_DATA_CENTRES
)


class ZohoCrm(CrmAccount):
    """Zoho CRM through API V8; one instance per account."""

    key = "zoho_crm"
    title = "Zoho CRM"
    description = "Keeps customers, contact persons and items in step, and lets deals become quotes and invoices."
    modules = ("customers", "contact_persons", "items", "deals")
    data_centres = DATA_CENTRES
    priority = 10
    REQUESTED_SCOPES = REQUESTED_SCOPES
    WRITE_SCOPES = WRITE_SCOPES
    steps = ("contacts", "items", "triggers")
    scope_word = "organisation"
    interval_minutes = 120
    shares_base_currency = True
    maps_by_hand = frozenset({"customers", "contact_persons"})
    custom_limits = MappingProxyType({"customers": 10, "contact_persons": 10})
    notes = ("Syncing needs Zoho CRM Professional or above. Only the fields of the Standard layout are read.",)

    def permissions(self, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[ModulePermission]:
        """Ask each remote module behind the chosen ones for one record and for its fields (requirements C-03)."""
        return [self._permission(module, scope, options) for module in self.modules_for(options)]

    def capabilities(self, module: str) -> Capabilities:
        """Everything can be asked for what changed, and tells what was deleted; deals are read only."""
        writes = choosing.writes(module)
        return Capabilities(ChangedSince.FILTER, has_tombstones=True, page_size=200, writes=writes)

    def fields(self, module: str, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[RemoteField]:
        """What the connector says in plain words, then the remote module's own fields."""
        return self._catalogue.fields(module, choosing.read_choices(options))

    def samples(self, module: str, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[RemoteRecord]:
        """The first few records."""
        return self._listing(Query(module, scope, options=options)).peek()

    def pages(self, query: Query, cursor: str | None = None) -> Iterator[Page]:
        """The pages of a listing, the next one fetched while the caller works on this one."""
        return one_ahead(self._listing(query).pages(cursor))

    def complete(self, module: str, scope: str, record: RemoteRecord) -> RemoteRecord:
        """Lists leave nothing out."""
        return record

    def get(
        self, module: str, scope: str, record_id: str, hints: Mapping[str, Any], options: Mapping[str, Any] = NO_OPTIONS
    ) -> RemoteRecord | Verdict:
        """Read one record; `in_view` among its fields says whether a listing would bring it."""
        return read_one(self._asker, self._listing(Query(module, scope, options=options)), record_id, hints)

    def views(self, scope: str, remote_module: str) -> Sequence[View]:
        """The views of a module, whoever made them (requirements C-21)."""
        return ask_views(self._session, remote_module)

    def search(self, module: str, scope: str, text: str, options: Mapping[str, Any]) -> Sequence[RemoteRecord]:
        """Up to twenty records by name or e-mail."""
        return search(self._asker, self._listing(Query(module, scope, options=options)), text)

    def write(
        self, module: str, scope: str, changes: Sequence[Change], options: Mapping[str, Any]
    ) -> Sequence[Written]:
        """Write records as the connected person, who becomes the owner of new ones (requirements C-02)."""
        if not choosing.writes(module):
            sentence = "Deals are only read from Zoho CRM, never written."
            return [Written(change.key, WriteOutcome.REFUSED, change.record_id, sentence) for change in changes]
        return self._writer(module, options).write(changes)

    def find_written(
        self, module: str, scope: str, change: Change, since: datetime, options: Mapping[str, Any]
    ) -> Written | None:
        """Look in the newest records, not in a search, whose index lags."""
        return self._writer(module, options).find(change, since, self._whoami())

    def write_back(self, target: Target, payload: Mapping[str, str] | None, expected: str | None) -> str | None:
        """Leave a "note", an "attachment" (a link, `url`) or "fields" with a record."""
        return Desk(self._asker, target).write(payload, expected)

    def web_url(self, module: str, scope: str, record_id: str, hints: Mapping[str, Any]) -> str | None:
        """The record's page for people."""
        portal = url_name(self._known_org()) or f"org{scope}"
        return self.web_page(self._endpoint.api_url, portal, module, record_id, hints)

    @classmethod
    def web_page(cls, api_url: str, portal: str, module: str, record_id: str, hints: Mapping[str, Any]) -> str | None:
        """The same, told without a call."""
        return web_page(api_url, portal, module, record_id, hints)

    @classmethod
    def read_address(cls, text: str) -> Reference | None:
        """Read `/tab/Accounts/5725…`."""
        return read_address(text)

    @classmethod
    def page_origins(cls, api_url: str) -> tuple[str, ...]:
        """crm.zoho.<dc>."""
        return page_origins(api_url)

    @classmethod
    def module_of(cls, endpoint: str) -> str | None:
        """The module that an endpoint is about."""
        return costs.module_of(endpoint)

    @classmethod
    def cost(cls, kind: str, listed: Mapping[str, int], known_entries: int, active_projects: int) -> Mapping[str, int]:
        """How many calls a run takes per endpoint."""
        return costs.cost(kind, listed)

    @classmethod
    def modules_for(cls, options: Mapping[str, Any]) -> tuple[str, ...]:
        """The modules that are read with these choices."""
        return choosing.modules_for(options)

    @classmethod
    def default_map(cls, module: str, options: Mapping[str, Any]) -> Mapping[str, str] | None:
        """Local field → remote field, by who the customers are."""
        return choosing.default_map(module, options)

    def _permission(self, module: str, scope: str, options: Mapping[str, Any]) -> ModulePermission:
        listing = self._listing(Query(module, scope, options=options))
        try:
            for remote in dict.fromkeys(listing.choices.remotes_of(module)):
                listing.probe(remote)
                self._catalogue.of(remote)
        except (ScopeMissing, NotFound) as error:
            return ModulePermission(module, False, str(error))
        return ModulePermission(module, True)

    def _listing(self, query: Query) -> Listing:
        return Listing(self._asker, self._catalogue, query, lambda: currency_of(self._known_org()))

    def _writer(self, module: str, options: Mapping[str, Any]) -> Writer:
        choices = choosing.read_choices(options)
        return Writer(self._asker, self._catalogue, module, choices, lambda: self._known_org().get("mc_status") is True)
