"""The plain values of what goes the other way: records written, people who sign in, channels that notify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One record to write at the remote. `fields`: remote field → value, only those that change.

    `key` is ours and comes back in `Written`. `record_id` None makes a new record. `expected`: when the remote last
    changed it as far as we know; a record that changed since is not written (optimistic locking).
    """

    key: str
    record_id: str | None
    fields: Mapping[str, Any]
    expected: datetime | None = None


class WriteOutcome(StrEnum):
    """What came of one `Change`."""

    DONE = "done"
    #: the remote has one like it, and named it (`Written.record_id`)
    DUPLICATE = "duplicate"
    #: somebody changed it there since `Change.expected`: read it again first
    CHANGED_SINCE = "changed_since"
    #: it is not there any more
    GONE = "gone"
    #: not accepted; `Written.problem` says why
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Written:
    """The remote's answer about one `Change`."""

    key: str
    outcome: WriteOutcome
    record_id: str | None = None
    problem: str = ""
    #: the remote field that a refusal is about; empty when it names none
    field: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemoteProfile:
    """A named set of permissions at the remote."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RemotePerson:
    """Somebody who works in the remote product. `account_id`: their id at the sign-in server; empty when unknown."""

    id: str
    name: str
    email: str
    profile_id: str
    is_active: bool = True
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in at the remote's sign-in server, proven by it just now."""

    account_id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A subscription to changes. `token` comes back in each notification and is all that proves it."""

    id: str
    expires_at: datetime
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """One record that a notification says has changed: module of ours, remote id, created, updated or deleted."""

    module: str
    record_id: str
    event: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to a page of ours on the remote's page of each record of a module."""

    module: str
    name: str
    url: str
