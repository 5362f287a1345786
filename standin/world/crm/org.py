"""The organisation itself: everything one CRM account holds, and the only ways in which records change."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from standin.world.crm.fields import FIELDS, PIPELINE, CrmField
from standin.world.crm.limits import LACKING, Spent
from standin.world.crm.records import (
    Attachment,
    Channel,
    CrmRecord,
    CrmUser,
    CustomLink,
    Deleted,
    Job,
    Json,
    Note,
    Profile,
)
from standin.world.crm.setting_up import WORDS, module, options_of, system_views

#: where ids begin: apart from Projects' ids, and 19 digits as in live organisations
FIRST_ID = 5725767000000100001
VERBS = ("View", "Create", "Edit", "Delete")
#: fields that records have only while multi-currency is on
MONEY = ("Currency", "Exchange_Rate")
#: told of what changed: operation (insert, update, delete), module, id → names of fields
Listener = Callable[[str, str, dict[int, tuple[str, ...]]], None]


class CrmOrg:
    """One Zoho CRM organisation, with the four modules that a billing app reads."""

    def __init__(self, name: str, zone: str, now: datetime) -> None:
        """An organisation without users and records; `now` is when it was founded."""
        self.name, self.zone, self.founded = name, ZoneInfo(zone), now
        self.currency, self.edition = "USD", "enterprise"
        #: ISO code → rate of one base unit; more than one: multi-currency is on
        self.currencies: dict[str, float] = {"USD": 1.0}
        self.last_id = FIRST_ID
        self.id = self.next_id()
        self.profiles = [Profile(self.next_id(), "Administrator"), Profile(self.next_id(), "Standard")]
        self.roles = {self.next_id(): "CEO", self.next_id(): "Manager"}
        self.users: dict[int, CrmUser] = {}
        self.modules = {key: module(self.next_id, key) for key in FIELDS}
        self.records: dict[str, dict[int, CrmRecord]] = {key: {} for key in FIELDS}
        self.deleted: dict[str, list[Deleted]] = {key: [] for key in FIELDS}
        self.views = [view for key in FIELDS for view in system_views(self.next_id, key)]
        self.notes: list[Note] = []
        self.attachments: list[Attachment] = []
        self.custom_links: list[CustomLink] = []
        #: (module, record, product): products that hang on accounts, contacts and deals
        self.product_links: set[tuple[str, int, int]] = set()
        self.jobs: dict[int, Job] = {}
        self.channels: dict[str, Channel] = {}
        self.deliveries: deque[Json] = deque(maxlen=2_000)
        self.spent = Spent()
        #: calls that are being answered at this moment
        self.going_on = 0
        #: id of the user whose token is being used; only while the world's lock is held
        self.acting: int | None = None
        self.pipeline_id = self.next_id()
        self.listeners: list[Listener] = []
        self._held: dict[tuple[str, str], dict[int, tuple[str, ...]]] | None = None

    def next_id(self) -> int:
        """A fresh id."""
        self.last_id += 1
        return self.last_id

    @property
    def owner(self) -> CrmUser:
        """Who founded the organisation: the first user."""
        return next(iter(self.users.values()))

    @property
    def me(self) -> CrmUser:
        """Whose permission is acted under at this moment; the owner's unless somebody else's token says so."""
        return self.users.get(self.acting or 0) or self.owner

    @property
    def has_many_currencies(self) -> bool:
        """Whether multi-currency is on."""
        return len(self.currencies) > 1

    def profile(self, key: int) -> Profile:
        """A profile by id."""
        return next(profile for profile in self.profiles if profile.id == key)

    def status_of(self, module: str) -> str:
        """Whether a module is visible, hidden by people or not in this edition."""
        return "system_hidden" if module in LACKING.get(self.edition, ()) else self.modules[module].status

    def fields(self, module: str) -> dict[str, CrmField]:
        """The fields that whoever acts sees: not those hidden from the profile, nor money's without its currencies."""
        mine, hidden = self.me.profile_id, () if self.has_many_currencies else MONEY
        return {
            name: field for name, field in self.modules[module].fields.items()
            if name not in hidden and mine not in field.hidden_for
        }  # fmt: skip

    def name_of(self, record: CrmRecord) -> str:
        """What a lookup shows of a record."""
        if record.module == "Contacts":
            return full_name(record.values)
        return str(record.values.get(WORDS[record.module][2]) or "")

    def find(self, module: str, key: int) -> CrmRecord | None:
        """A record that is there."""
        return self.records[module].get(key)

    def add_user(
        self, first: str, last: str, email: str, now: datetime, *, is_admin: bool = False, profile: str = ""
    ) -> CrmUser:
        """Let somebody in."""
        named = next((one.id for one in self.profiles if one.name == profile), self.profiles[0 if is_admin else 1].id)
        role = list(self.roles)[0 if is_admin else 1]
        key = self.next_id()
        self.users[key] = CrmUser(key, first, last, email, named, role, 800_000_000 + key % 100_000, now)
        return self.users[key]

    def add_field(self, module: str, label: str, data_type: str, **facts: Any) -> CrmField:
        """Add a custom field; its API name is made of its label."""
        api_name = facts.pop("api_name", "") or "_".join("".join(c if c.isalnum() else " " for c in label).split())
        options = options_of(self.next_id, facts.pop("options", ()))
        made = CrmField(
            self.next_id(), api_name, label, data_type, facts.pop("length", 0), is_custom=True, options=options, **facts
        )
        return self.modules[module].add(made)

    def insert(self, module: str, values: Json, now: datetime, by: int | None = None) -> CrmRecord:
        """Keep a new record; `values` are checked already."""
        actor = by or self.me.id
        values = dict(values)
        owner = int(values.pop("Owner", 0) or actor)
        made = CrmRecord(self.next_id(), module, _whole(now), _whole(now), owner, actor, actor)
        self._lay(made, values)
        self.records[module][made.id] = made
        self.tell("insert", module, made.id, tuple(values))
        return made

    def update(self, record: CrmRecord, values: Json, now: datetime, by: int | None = None) -> None:
        """Change a record; keys that are not named stay."""
        names, values = tuple(values), dict(values)
        record.owner = int(values.pop("Owner", 0) or record.owner)
        self._lay(record, values)
        record.modified, record.modified_by = max(_whole(now), record.modified), by or self.me.id
        self.tell("update", record.module, record.id, names)

    def delete(self, record: CrmRecord, now: datetime, *, is_permanent: bool = False) -> None:
        """Put a record into the recycle bin, or away for good; lookups into it become empty."""
        self.records[record.module].pop(record.id, None)
        bin_ = self.deleted[record.module]
        bin_[:] = [gone for gone in bin_ if gone.record.id != record.id]
        bin_.append(Deleted(record, _whole(now), self.me.id, is_permanent))
        self.tell("delete", record.module, record.id, ())

    def restore(self, module: str, key: int) -> CrmRecord:
        """Take a record out of the recycle bin."""
        gone = next(one for one in self.deleted[module] if one.record.id == key and not one.is_permanent)
        self.deleted[module].remove(gone)
        self.records[module][key] = gone.record
        return gone.record

    def tell(self, operation: str, module: str, key: int, names: tuple[str, ...]) -> None:
        """Say what changed to whoever listens, at once or at the end of `together`."""
        if self._held is not None:
            self._held.setdefault((operation, module), {})[key] = names
            return
        self._say(operation, module, {key: names})

    @contextmanager
    def together(self) -> Iterator[None]:
        """Changes of one call are told together at its end, one telling for each module and operation."""
        self._held = {}
        try:
            yield
        finally:
            held, self._held = self._held, None
            for (operation, module), rows in held.items():
                self._say(operation, module, rows)

    def under(self, module: str, record_id: int, rows: Iterable[Any]) -> Iterator[Any]:
        """The notes or attachments of one record."""
        return (row for row in rows if row.module == module and row.record_id == record_id)

    def _say(self, operation: str, module: str, rows: dict[int, tuple[str, ...]]) -> None:
        for listener in self.listeners:
            listener(operation, module, rows)

    def _lay(self, record: CrmRecord, values: Json) -> None:
        record.values.update(values)
        if record.module == "Deals":
            self._settle_deal(record, values)

    def _settle_deal(self, record: CrmRecord, values: Json) -> None:
        """A stage sets the probability; the expected revenue follows (§3.9)."""
        if "Stage" in values and "Probability" not in values:
            options = self.modules["Deals"].fields["Stage"].options
            record.values["Probability"] = next((o.probability for o in options if o.value == values["Stage"]), None)
        amount, probability = record.values.get("Amount"), record.values.get("Probability")
        is_known = amount is not None and probability is not None
        record.values["Expected_Revenue"] = (
            round(float(amount or 0) * (probability or 0) / 100, 2) if is_known else None
        )


def full_name(values: Json) -> str:
    """First and last name of a contact."""
    return " ".join(part for part in (values.get("First_Name"), values.get("Last_Name")) if part)


def _whole(moment: datetime) -> datetime:
    """CRM keeps whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)


def token_expiry(now: datetime) -> datetime:
    """How long a page token lives."""
    return now + timedelta(hours=24)


__all__ = ["PIPELINE", "CrmOrg", "full_name", "token_expiry"]
