"""What a connector is: the questions every remote product must answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from connectors.base.values import (
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
)


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
    def permissions(self, scope: str) -> Sequence[ModulePermission]:
        """Try each module with the smallest possible call."""

    @abstractmethod
    def scopes(self) -> Sequence[Scope]:
        """All portals the account sees, owned or not."""

    @abstractmethod
    def capabilities(self, module: str) -> Capabilities:
        """What the remote can do for this module."""

    @abstractmethod
    def fields(self, module: str, scope: str) -> Sequence[RemoteField]:
        """Standard and custom fields of a module."""

    @abstractmethod
    def samples(self, module: str, scope: str) -> Sequence[RemoteRecord]:
        """The first few real records of a module, to show what its fields hold."""

    @abstractmethod
    def pages(self, query: Query, cursor: str | None = None) -> Iterator[Page]:
        """Yield the pages of a listing, from `cursor` on when one is given; only pages that were read whole."""

    @abstractmethod
    def complete(self, module: str, scope: str, record: RemoteRecord) -> RemoteRecord:
        """Bring what the list leaves out (see `Capabilities.needs_completion`)."""

    @abstractmethod
    def get(self, module: str, scope: str, record_id: str, hints: Mapping[str, Any]) -> RemoteRecord | Verdict:
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

    @abstractmethod
    def close(self) -> None:
        """Give back sockets."""
