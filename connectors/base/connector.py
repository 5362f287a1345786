"""What a connector is: the questions every remote product must answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from connectors.base.telling import (
    Change,
    Channel,
    Identity,
    Notice,
    PageLink,
    RemotePerson,
    RemoteProfile,
    WriteOutcome,
    Written,
)
from connectors.base.values import (
    NO_OPTIONS,
    CallObserver,
    Capabilities,
    DataCentre,
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
    View,
)
from connectors.errors import CredentialsRejected


class Connector(ABC):
    """Speaks one remote product's wire format; knows no tables."""

    key: ClassVar[str]
    title: ClassVar[str]
    #: the modules it can list, parents first
    modules: ClassVar[tuple[str, ...]]
    data_centres: ClassVar[tuple[DataCentre, ...]]
    #: where two feed the same field of one record, the higher one wins (requirements P-21)
    priority: ClassVar[int] = 0
    #: one sentence for the card under Zoho Apps
    description: ClassVar[str] = ""
    #: the permissions that the consent page asks for; a self client's code is made with the same
    REQUESTED_SCOPES: ClassVar[tuple[str, ...]] = ()
    #: the further permissions that writing back needs; empty: it cannot write back
    WRITE_SCOPES: ClassVar[tuple[str, ...]] = ()
    #: modules of which only those records come that another module needs (sync.modules says the reason of the rest)
    on_demand: ClassVar[frozenset[str]] = frozenset()
    #: steps of set-up between the scope and the field maps, as keys of sync.connection's steps
    steps: ClassVar[tuple[str, ...]] = ("preferences",)
    #: what the remote calls what is connected: "portal", "organisation"
    scope_word: ClassVar[str] = "portal"
    #: minutes between its quick runs unless the owner chooses otherwise
    interval_minutes: ClassVar[int] = 60
    #: its prices are in the home currency of the scope, which must be the organisation's own (C-05)
    shares_base_currency: ClassVar[bool] = False
    #: modules whose standard fields the owner maps one by one; the others are mapped by themselves (C-25, C-54)
    maps_by_hand: ClassVar[frozenset[str]] = frozenset()
    #: module → how many custom fields can be synced (C-27); a module that is missing has no limit
    custom_limits: ClassVar[Mapping[str, int]] = {}
    #: sentences for the set-up: what the remote needs for it, what of it is read (C-07)
    notes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def __init__(
        self,
        endpoint: Endpoint,
        tokens: Tokens,
        *,
        save_tokens: Callable[[Tokens], None] | None = None,
        observer: CallObserver | None = None,
        transport: Any = None,
        throttle: Any = None,
        clock: Callable[[], datetime] = ...,
        sleep: Callable[[float], None] = ...,
    ) -> None:
        """Speak for one account; `transport` carries the calls (None: the network), `throttle` may be shared."""

    @classmethod
    @abstractmethod
    def authorise_url(
        cls, endpoint: Endpoint, redirect_uri: str, state: str, scopes: Sequence[str] | None = None
    ) -> str:
        """Address of the consent page; it asks for `scopes`, or for `REQUESTED_SCOPES`."""

    @classmethod
    @abstractmethod
    def exchange_code(cls, endpoint: Endpoint, code: str, redirect_uri: str | None, *, transport: Any = None) -> Tokens:
        """Trade a code for tokens (`redirect_uri` None: a self client's code); raises CredentialsRejected."""

    @classmethod
    @abstractmethod
    def revoke(cls, endpoint: Endpoint, tokens: Tokens, *, transport: Any = None) -> None:
        """Tell the remote to forget the refresh token."""

    @abstractmethod
    def verify(self) -> None:
        """Return when the connection is alive, else CredentialsRejected, PortalUnreachable, RemoteUnavailable."""

    @abstractmethod
    def permissions(self, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[ModulePermission]:
        """Try each module with the smallest possible call."""

    @abstractmethod
    def scopes(self) -> Sequence[Scope]:
        """All portals the account sees, owned or not."""

    @abstractmethod
    def capabilities(self, module: str) -> Capabilities:
        """What the remote can do for this module."""

    @abstractmethod
    def fields(self, module: str, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[RemoteField]:
        """Standard and custom fields of a module."""

    @abstractmethod
    def samples(self, module: str, scope: str, options: Mapping[str, Any] = NO_OPTIONS) -> Sequence[RemoteRecord]:
        """The first few real records of a module, to show what its fields hold."""

    @abstractmethod
    def pages(self, query: Query, cursor: str | None = None) -> Iterator[Page]:
        """Yield the pages of a listing, from `cursor` on when one is given; only pages that were read whole."""

    @abstractmethod
    def complete(self, module: str, scope: str, record: RemoteRecord) -> RemoteRecord:
        """Bring what the list leaves out (see `Capabilities.needs_completion`)."""

    @abstractmethod
    def get(
        self, module: str, scope: str, record_id: str, hints: Mapping[str, Any], options: Mapping[str, Any] = NO_OPTIONS
    ) -> RemoteRecord | Verdict:
        """Read one record; `hints` are the fields known of it (a parent's id, a type)."""

    @abstractmethod
    def write_back(self, target: Target, payload: Mapping[str, str] | None, expected: str | None) -> str | None:
        """Write `payload` (its `text`, with its `reference` in it) at a target; returns what a re-read calls it.

        `expected` is the reference that an earlier try may have left there: it is looked for first, and what is found
        is returned instead of writing a second one. Without a payload it is only looked for; None: it is not there.
        Raises ReplyLost when it is not known whether it was written; after any other error it was not.
        """

    @abstractmethod
    def web_url(self, module: str, scope: str, record_id: str, hints: Mapping[str, Any]) -> str | None:
        """Where a person opens this record in the remote product, if there is such a page."""

    @classmethod
    def web_page(cls, api_url: str, portal: str, module: str, record_id: str, hints: Mapping[str, Any]) -> str | None:
        """The same, told without a call: `portal` is the scope's name in web addresses, or its id."""
        return None

    @classmethod
    def read_address(cls, text: str) -> Reference | None:
        """Which record an address of the remote's own pages (or of its API) names; None when it names none."""
        return None

    @classmethod
    def page_origins(cls, api_url: str) -> tuple[str, ...]:
        """The origins at which people see the product that answers at `api_url`; none when that is not known."""
        return ()

    @classmethod
    def module_of(cls, endpoint: str) -> str | None:
        """The module that an endpoint (method and id-collapsed path) is about; None: the connection itself (M-21)."""
        return None

    @classmethod
    def cost(cls, kind: str, listed: Mapping[str, int], known_entries: int, active_projects: int) -> Mapping[str, int]:
        """How many calls per endpoint a full or quick run takes, with so many records in each module's list (M-21)."""
        return {}

    @classmethod
    def modules_for(cls, options: Mapping[str, Any]) -> tuple[str, ...]:
        """The modules that are read with these choices of set-up, parents first."""
        return cls.modules

    @classmethod
    def default_map(cls, module: str, options: Mapping[str, Any]) -> Mapping[str, str] | None:
        """Local field → remote field where the owner chose none; None: the defaults that the module itself names."""
        return None

    def views(self, scope: str, remote_module: str) -> Sequence[View]:
        """The saved selections of a remote module (by the remote's own name) that an owner may sync by."""
        return ()

    def search(self, module: str, scope: str, text: str, options: Mapping[str, Any]) -> Sequence[RemoteRecord]:
        """Up to twenty records that match what a person typed; what was changed a moment ago may be missing."""
        return ()

    def write(
        self, module: str, scope: str, changes: Sequence[Change], options: Mapping[str, Any]
    ) -> Sequence[Written]:
        """Write records; one answer per change, in any order. Remote automation is not set off by it.

        Raises ReplyLost when it is not known whether they were written; after any other error none was. Where some
        were written before it went wrong, their answers are in the error's `written`. A value that a choice there
        does not offer is left out, for the rest of the record matters more.
        """
        sentence = f"{self.title} is only read, never written to."
        return [Written(change.key, WriteOutcome.REFUSED, problem=sentence) for change in changes]

    def find_written(
        self, module: str, scope: str, change: Change, since: datetime, options: Mapping[str, Any]
    ) -> Written | None:
        """Look whether a new record, sent after `since` without an answer, arrived; None: it did not."""
        return None

    def profiles(self, scope: str) -> Sequence[RemoteProfile]:
        """The named sets of permissions that people there have."""
        return ()

    def people(self, scope: str) -> Sequence[RemotePerson]:
        """Everybody who works there."""
        return ()

    def watch(self, scope: str, channel: Channel, url: str, options: Mapping[str, Any]) -> Channel | None:
        """Ask for notifications to `url`, or renew them; returns the channel as granted, None: not possible there."""
        return None

    def unwatch(self, scope: str, channel_id: str) -> bool:
        """End a channel; says whether there was one."""
        return False

    @classmethod
    def read_notice(cls, body: Mapping[str, Any]) -> tuple[str, str, Sequence[Notice]] | None:
        """Channel id, token and what changed, out of a notification's JSON; None when it is not one."""
        return None

    @classmethod
    def sign_in_url(cls, endpoint: Endpoint, redirect_uri: str, state: str, nonce: str) -> str | None:
        """Address where a person proves who they are (OpenID Connect); None: not offered by this product."""
        return None

    @classmethod
    def identify(
        cls, endpoint: Endpoint, code: str, redirect_uri: str, nonce: str, *, transport: Any = None
    ) -> Identity:
        """Who came back from `sign_in_url`; raises CredentialsRejected."""
        raise CredentialsRejected(f"{cls.title} offers no way to sign in.")

    def install_links(self, scope: str, links: Sequence[PageLink]) -> Sequence[Written]:
        """Put links to our pages on the remote's pages, replacing those of the same name; keys are the modules."""
        return ()

    def remove_links(self, scope: str, names: Sequence[str]) -> int:
        """Take such links away again; returns how many were there."""
        return 0

    @abstractmethod
    def close(self) -> None:
        """Give back sockets."""
