"""What a remedy is: one way to mend a reason, said on a button, with what it would let in (requirements M-04)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Select, select

from extensions import db
from models import Integration, Link
from models.audit import Actor
from sync.reasons import REASONS, Reason

#: records that one press looks at
MOST = 2000
#: every reason a record can be kept out for
ANY_RECORD = frozenset(code for code, reason in REASONS.items() if reason.is_of_records)


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be mended: some records of one reason, all of them (`links` empty), or the connection itself."""

    integration: Integration
    reason: Reason
    module: str = ""
    links: Sequence[Link] = ()
    #: one record on a page of its own, so a remedy may look closer at what is around it
    is_close_up: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all records of the reason are meant."""
        return not self.links

    @property
    def one(self) -> Link | None:
        """The record, if it is about one alone."""
        return self.links[0] if len(self.links) == 1 else None

    def query(self) -> Select[Any]:
        """The records that are meant; those that may stay out only if they were chosen by hand."""
        here = select(Link).where(
            Link.integration_id == self.integration.id, Link.module == self.module, Link.reason == self.reason.code
        )
        return here.where(Link.is_muted.is_(False)).order_by(Link.id).limit(MOST)

    def records(self) -> Sequence[Link]:
        """The records that are meant, up to `MOST`."""
        return self.links or list(db.session.scalars(self.query()))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link leads. `kind`: remote (`value` is an address), cause (module/remote id), record (link id), page
    (an endpoint that takes the connector's key)."""

    kind: str
    value: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """The one value that a person may change before the button is pressed."""

    name: str
    label: str
    value: str
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A remedy as it stands on a page: its words, and either where it leads or what it does when pressed."""

    key: str
    words: str
    icon: str
    permission: str
    place: Place | None = None
    ask: Ask | None = None
    #: it stands in the menu of further ways
    is_further: bool = False
    #: the question that is asked first
    confirm: str = ""


class Remedy(ABC):
    """One way to mend something; a file of this shelf each. Never commits."""

    key: ClassVar[str]
    #: the reasons it belongs to
    codes: ClassVar[frozenset[str]]
    icon: ClassVar[str]
    #: its words in the catalogue
    title: Any
    #: who may press it
    permission: ClassVar[str] = "integrations.sync"
    #: it works on all records of a reason at once
    is_for_many: ClassVar[bool] = False
    is_further: ClassVar[bool] = False

    @abstractmethod
    def offer(self, case: Case) -> Offer | None:
        """The button for these records; None where it would not help."""

    def apply(self, case: Case, actor: Actor, values: Mapping[str, str]) -> str:
        """Do it; returns what was done and what happens now. Refusals are `SetupRefused` or `MoveRefused`."""
        raise TypeError(f"{self.key} only leads somewhere")

    def _offer(self, words: Any, place: Place | None = None, ask: Ask | None = None, confirm: str = "") -> Offer:
        return Offer(self.key, str(words), self.icon, self.permission, place, ask, self.is_further, confirm)
