"""What a connector is: the questions every remote product must answer, and the plain values it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar


class FieldType(StrEnum):
    """Data types of fields, remote and local; custom fields map only between equals (P-24)."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    PERSON = "person"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"


class ChangedSince(StrEnum):
    """How a module can be asked for what changed."""

    FILTER = "filter"
    SORT = "sort"
    WINDOW = "window"
    NEVER = "never"


class Verdict(StrEnum):
    """What a single `get` says of a record that a complete listing did not bring."""

    GONE = "gone"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class RemoteField:
    """One field of a remote module; `key` is its name in `RemoteRecord.fields`."""

    key: str
    label: str
    type: FieldType
    is_custom: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the remote can do for one module; the engine adapts to it."""

    changed_since: ChangedSince = ChangedSince.NEVER
    #: records come ordered by modification time, so the cursor may move page by page
    is_sorted: bool = False
    #: the remote lists removed records
    has_tombstones: bool = False
    page_size: int = 200
    #: a listing says how many records there will be
    knows_total: bool = False
    #: the list leaves fields out; `complete()` brings them for records that are new or changed
    needs_completion: bool = False
    #: fields that `write_back` may send
    writes: frozenset[str] = frozenset()


@dataclass(slots=True)
class RemoteRecord:
    """One record as a connector hands it over.

    `fields` holds normalised values: text ids, aware UTC datetimes, dates as the remote shows them, whole
    seconds, text without markup surprises removed nowhere (hostile text stays as it is). A reference to
    another record is its text id. `embedded` holds small records that travel inside this one, by module.
    """

    id: str
    fields: dict[str, Any]
    modified_at: datetime | None = None
    embedded: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A record that came but cannot be read (poison): listed as failed, never dropped silently."""

    id: str
    problem: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing; `next_cursor` is opaque, None says that the listing is complete."""

    records: Sequence[RemoteRecord]
    next_cursor: str | None
    unreadable: Sequence[UnreadableRecord] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """A portal or organisation that the account can see; `refusal` says why it is not offered."""

    id: str
    name: str
    time_zone: str
    currency: str | None = None
    is_owned: bool = True
    refusal: str | None = None
    #: its name in web addresses; empty when it has none
    url_name: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What to list: one module of one scope, optionally only what changed."""

    module: str
    scope: str
    #: only what changed at or after this instant; None lists everything
    since: datetime | None = None
    #: remote ids of the parents that are of interest, for remotes that can only window per parent
    parents: Sequence[str] = ()
    #: how many records are known here, so that the connector can choose the cheaper way
    known: int = 0
    #: the remote's dates start here; None means all
    first_date: date | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a remote product lives, and with which client registration we speak to it."""

    accounts_url: str
    api_url: str
    client_id: str
    client_secret: str = field(repr=False)
    #: addresses in private networks may be reached (the owner's setting)
    allow_private: bool = False


@dataclass(slots=True)
class Tokens:
    """OAuth tokens; `save` is called after each renewal so that the holder can keep them over restarts."""

    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataCentre:
    """One data centre of a remote product: its code, its name for people, its two base addresses."""

    code: str
    title: str
    accounts_url: str
    api_url: str


@dataclass(frozen=True, slots=True)
class ModulePermission:
    """Whether one module can be read with these credentials, and the sentence that says what to do if not."""

    module: str
    is_granted: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where something is written back: a kind of place (such as "feed") of one record of a module."""

    kind: str
    scope: str
    module: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A record that an address names: its module, its id, and its project's id where the address tells it."""

    module: str
    record_id: str
    project: str = ""


#: told for every call: method, id-collapsed path, status (0: no answer), seconds waited before it
CallObserver = Callable[[str, str, int, float], None]


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
