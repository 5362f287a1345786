"""The organisation itself: everything one CRM account holds, and the only ways in which records change."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from standin.world.crm.fields import FIELDS, PIPELINE, SYSTEM, CrmField, CrmModule, Option
from standin.world.crm.records import (
    Attachment,
    Channel,
    CrmRecord,
    CrmUser,
    CustomLink,
    Deleted,
    Json,
    Note,
    Profile,
    View,
)

#: where ids begin: apart from Projects' ids, and 19 digits as in live organisations
FIRST_ID = 5725767000000100001
#: calls a day and at once, by edition (§6)
EDITIONS = {"free": (5_000, 5), "standard": (100_000, 10), "professional": (500_000, 15), "enterprise": (5_000_000, 20)}
WORDS = {
    "Accounts": ("Account", "Accounts", "Account_Name"), "Contacts": ("Contact", "Contacts", "Full_Name"),
    "Deals": ("Deal", "Deals", "Deal_Name"), "Products": ("Product", "Products", "Product_Name"),
}  # fmt: skip
VERBS = ("View", "Create", "Edit", "Delete")
#: told of what changed: operation (insert, update, delete), module, ids, field names
Listener = Callable[[str, str, list[int], tuple[str, ...]], None]


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
        self.modules = {key: self._module(key) for key in FIELDS}
        self.records: dict[str, dict[int, CrmRecord]] = {key: {} for key in FIELDS}
        self.deleted: dict[str, list[Deleted]] = {key: [] for key in FIELDS}
        self.views = [view for key in FIELDS for view in self._system_views(key)]
        self.notes: list[Note] = []
        self.attachments: list[Attachment] = []
        self.custom_links: list[CustomLink] = []
        self.channels: dict[str, Channel] = {}
        self.deliveries: deque[Json] = deque(maxlen=2_000)
        self.credits_used = 0
        #: calls that are being answered at this moment
        self.going_on = 0
        self.pipeline_id = self.next_id()
        self.listeners: list[Listener] = []

    def next_id(self) -> int:
        """A fresh id."""
        self.last_id += 1
        return self.last_id

    @property
    def me(self) -> CrmUser:
        """Whose permission the connecting app acts under: the first user."""
        return next(iter(self.users.values()))

    def profile(self, key: int) -> Profile:
        """A profile by id."""
        return next(profile for profile in self.profiles if profile.id == key)

    def name_of(self, record: CrmRecord) -> str:
        """What a lookup shows of a record."""
        if record.module == "Contacts":
            return full_name(record.values)
        return str(record.values.get(WORDS[record.module][2]) or "")

    def find(self, module: str, key: int) -> CrmRecord | None:
        """A record that is there."""
        return self.records[module].get(key)

    def add_user(self, first: str, last: str, email: str, now: datetime, *, is_admin: bool = False) -> CrmUser:
        """Let somebody in."""
        profile, role = self.profiles[0 if is_admin else 1].id, list(self.roles)[0 if is_admin else 1]
        key = self.next_id()
        self.users[key] = CrmUser(key, first, last, email, profile, role, 800_000_000 + key % 100_000, now)
        return self.users[key]

    def add_field(self, module: str, label: str, data_type: str, **facts: Any) -> CrmField:
        """Add a custom field; its API name is made of its label."""
        api_name = facts.pop("api_name", "") or "_".join("".join(c if c.isalnum() else " " for c in label).split())
        options = self._options(facts.pop("options", ()))
        made = CrmField(
            self.next_id(), api_name, label, data_type, facts.pop("length", 0), is_custom=True, options=options, **facts
        )
        return self.modules[module].add(made)

    def insert(self, module: str, values: Json, now: datetime, by: int | None = None) -> CrmRecord:
        """Keep a new record; `values` are checked already."""
        actor = by or self.me.id
        owner = int(values.pop("Owner", 0) or actor)
        made = CrmRecord(self.next_id(), module, _whole(now), _whole(now), owner, actor, actor)
        self._lay(made, values)
        self.records[module][made.id] = made
        self.tell("insert", module, [made.id], tuple(values))
        return made

    def update(self, record: CrmRecord, values: Json, now: datetime, by: int | None = None) -> None:
        """Change a record; keys that are not named stay."""
        if "Owner" in values:
            record.owner = int(values.pop("Owner"))
        self._lay(record, values)
        record.modified, record.modified_by = max(_whole(now), record.modified), by or self.me.id
        self.tell("update", record.module, [record.id], tuple(values))

    def delete(self, record: CrmRecord, now: datetime, *, is_permanent: bool = False) -> None:
        """Put a record into the recycle bin, or away for good; lookups into it become empty."""
        self.records[record.module].pop(record.id, None)
        bin_ = self.deleted[record.module]
        bin_[:] = [gone for gone in bin_ if gone.record.id != record.id]
        bin_.append(Deleted(record, _whole(now), self.me.id, is_permanent))
        self.tell("delete", record.module, [record.id], ())

    def restore(self, module: str, key: int) -> CrmRecord:
        """Take a record out of the recycle bin."""
        gone = next(one for one in self.deleted[module] if one.record.id == key and not one.is_permanent)
        self.deleted[module].remove(gone)
        self.records[module][key] = gone.record
        return gone.record

    def tell(self, operation: str, module: str, ids: list[int], names: tuple[str, ...]) -> None:
        """Say what changed to whoever listens."""
        for listener in self.listeners:
            listener(operation, module, ids, names)

    def under(self, module: str, record_id: int, rows: Iterable[Any]) -> Iterator[Any]:
        """The notes or attachments of one record."""
        return (row for row in rows if row.module == module and row.record_id == record_id)

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

    def _module(self, key: str) -> CrmModule:
        one, many, name_field = WORDS[key]
        made = CrmModule(self.next_id(), key, one, many, name_field, self.next_id())
        for api_name, label, data_type, facts in (*FIELDS[key], *SYSTEM):
            facts = dict(facts)
            options = self._options(facts.pop("options", ()))
            made.add(CrmField(self.next_id(), api_name, label.format(one=one), data_type, options=options, **facts))
        return made

    def _options(self, values: Iterable[Any]) -> tuple[Option, ...]:
        rows = [value if isinstance(value, tuple) else (value, None, "") for value in values]
        return tuple(Option(self.next_id(), *row) for row in rows)

    def _system_views(self, key: str) -> list[View]:
        many = WORDS[key][1]
        shown = (self.modules[key].name_field, "Owner", "Modified_Time")
        rows: list[tuple[str, str, Json | None]] = [
            (f"All {many}", "ALLVIEWS", None), (f"My {many}", "MYVIEWS", None),
            (f"Recently Created {many}", "RECENTLYCREATED", None),
            (f"Recently Modified {many}", "RECENTLYMODIFIED", None),
        ]  # fmt: skip
        if key == "Products":
            rows.append(("Active Products", "ACTIVEPRODUCTS", _condition("Product_Active", "equal", True)))
        return [
            View(self.next_id(), key, name, system, criteria, shown, is_default=system == "ALLVIEWS")
            for name, system, criteria in rows
        ]


def _condition(api_name: str, comparator: str, value: Any) -> Json:
    return {"comparator": comparator, "field": {"api_name": api_name}, "type": "value", "value": value}


def full_name(values: Json) -> str:
    """First and last name of a contact."""
    return " ".join(part for part in (values.get("First_Name"), values.get("Last_Name")) if part)


def _whole(moment: datetime) -> datetime:
    """CRM keeps whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)


def token_expiry(now: datetime) -> datetime:
    """How long a page token lives."""
    return now + timedelta(hours=24)


__all__ = ["EDITIONS", "PIPELINE", "CrmOrg", "full_name", "token_expiry"]
