"""Records of CRM modules as they are kept: lookups as ids, instants as aware UTC, dates as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True, eq=False)
class CrmRecord:
    """One record. `raw` is laid over its JSON last; a None in it drops the key."""

    id: int
    module: str
    created: datetime
    modified: datetime
    owner: int
    created_by: int
    modified_by: int
    values: Json = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    raw: Json | None = None
    is_locked: bool = False


@dataclass(slots=True, frozen=True)
class Deleted:
    """A record that lies in the recycle bin, or is gone for good."""

    record: CrmRecord
    at: datetime
    by: int
    is_permanent: bool = False


@dataclass(slots=True)
class Note:
    """A note under a record."""

    id: int
    module: str
    record_id: int
    title: str
    content: str
    created: datetime
    author: int


@dataclass(slots=True)
class Attachment:
    """A file or a link under a record; `url` is set for a link."""

    id: int
    module: str
    record_id: int
    name: str
    url: str
    content: bytes
    created: datetime
    author: int


@dataclass(slots=True)
class CustomLink:
    """A link on the record page; `url` holds merge fields such as {Account.ID}."""

    id: int
    module: str
    name: str
    url: str
    description: str
    encoding: str
    profiles: tuple[int, ...]


@dataclass(slots=True)
class View:
    """A custom view; `criteria` is a group or one condition as on the wire, None for all records."""

    id: int
    module: str
    name: str
    system_name: str | None
    criteria: Json | None = None
    fields: tuple[str, ...] = ()
    is_default: bool = False
    is_mine: bool = False
    created_by: int | None = None


@dataclass(slots=True)
class Channel:
    """A subscription to changes (§7)."""

    id: str
    events: tuple[str, ...]
    expires: datetime
    token: str | None
    url: str
    wants_values: bool = False
    #: JSON of the conditions as they were given; not looked at
    conditions: tuple[Json, ...] = ()


@dataclass(slots=True)
class Job:
    """A bulk read: the query as it was given, and how often it was asked after."""

    id: int
    query: Json
    created: datetime
    author: int
    callback: str = ""
    asked: int = 0


@dataclass(slots=True, frozen=True)
class Profile:
    """A named set of permissions; `denied` are the permissions that it lacks."""

    id: int
    name: str
    is_custom: bool = False
    denied: frozenset[str] = frozenset()
    modified: datetime | None = None


@dataclass(slots=True)
class CrmUser:
    """Somebody in the organisation."""

    id: int
    first_name: str
    last_name: str
    email: str
    profile_id: int
    role_id: int
    zuid: int
    created: datetime
    status: str = "active"
    modified: datetime | None = None
    is_confirmed: bool = True

    @property
    def is_active(self) -> bool:
        """Whether the person may come in."""
        return self.status == "active"

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"
