"""The plain values that connectors are asked with and answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

#: no choice of set-up was made
NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


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
    #: what may be chosen, where the type is a choice
    choices: tuple[str, ...] = ()
    #: `Connector.write` may send it
    is_writable: bool = False


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
    #: ids that the remote says were removed since `Query.since`: suspicions, a `get` is the verdict
    gone: Sequence[str] = ()


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
    #: the choices of set-up that only this connector understands (`SyncSettings.options`)
    options: Mapping[str, Any] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class View:
    """A saved selection of a remote module's records; `remote_module` is the remote's own name of the module."""

    id: str
    name: str
    remote_module: str
    is_default: bool = False


#: told for every call: method, id-collapsed path, status (0: no answer), seconds waited before it
CallObserver = Callable[[str, str, int, float], None]
