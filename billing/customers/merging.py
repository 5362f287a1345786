"""Merging two customers: what would move, which value wins, and the doing of it (requirements C-42, C-43).

Nothing is deleted. Every row that names the one that goes comes to name the one that is kept; the one that goes stays
as an inactive row, because history names it. Issued papers keep their frozen names (R-05). Never commits, and does not
know where customers come from: the caller says which of them are fed by a remote.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Column, Table, func, select, update

from billing.bulk import among
from billing.customers.fields import CUSTOM, FIELDS, set_value, value_of
from billing.errors import MoveRefused
from extensions import db
from models import ContactPerson, Customer, CustomerMerge, CustomField
from models.audit import Actor, record
from models.customer import name_key
from models.references import referring

TABLE: Table = Customer.__table__  # type: ignore[assignment]
#: what tells of customers without belonging to one
_OWN = ("customers", "customer_merges")


#: fields that make sense together only: half an address of each would be nobody's
_TOGETHER = (
    ("street", "zip_code", "city", "state", "country"),
    ("electronic_scheme", "electronic_address"),
    ("payment_terms_days", "payment_term_id"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the two differ. `is_fixed`: a sync feeds the kept one's, so it stays.

    `takes_gone`: the other's value is the better one by itself, because there is none here.
    """

    field: str
    label: str
    kept: Any
    gone: Any
    is_fixed: bool = False
    takes_gone: bool = False


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do. `moves`: table → how many rows; `refusal`: why it cannot be done (empty: it can)."""

    kept: Customer
    gone: Customer
    moves: dict[str, int]
    differences: tuple[Difference, ...]
    refusal: str = ""


def owned() -> list[tuple[Table, Column[Any]]]:
    """Return every column of the schema that says to which customer a row belongs."""
    return [(table, column) for table, column in referring(TABLE) if table.name not in _OWN]


def plan(kept: Customer, gone: Customer, synced: Collection[int] = (), fed: Collection[str] = ()) -> MergePlan:
    """Look at a merge without doing it. `synced`: ids of those a remote feeds; `fed`: fields it feeds of the kept."""
    moves: dict[str, int] = {}
    for table, column in owned():
        number = db.session.scalar(select(func.count()).select_from(table).where(column == gone.id)) or 0
        if number:
            moves[table.name] = moves.get(table.name, 0) + number
    return MergePlan(kept, gone, moves, tuple(_differences(kept, gone, fed)), why_not(kept, gone, synced))


def why_not(kept: Customer, gone: Customer, synced: Collection[int] = ()) -> str:
    """Say why these two cannot be merged in this direction; empty when they can (C-43)."""
    if kept.id == gone.id:
        return str(_("This is the same customer. Choose another one."))
    for customer in (kept, gone):
        if customer.merged_into_id is not None:
            into = db.session.get_one(Customer, customer.merged_into_id)
            return str(_("%(name)s went into %(into)s already.", name=customer.name, into=into.name))
    if kept.currency != gone.currency:
        return str(
            _(
                "%(kept)s has %(one)s and %(gone)s has %(other)s. Only customers with the same currency can be merged.",
                kept=kept.name, one=kept.currency, gone=gone.name, other=gone.currency,
            )
        )  # fmt: skip
    if gone.id in synced and kept.id in synced:
        return str(_("Both are synced, so both would come back. Merge them where they come from; then merge here."))
    if gone.id in synced:
        return str(_("%(gone)s is synced, so it must be the one that is kept. Merge the other way round.",
                     gone=gone.name))  # fmt: skip
    return ""


def _differences(kept: Customer, gone: Customer, fed: Collection[str]) -> list[Difference]:
    labels = {field: str(label) for field, label in FIELDS.items()}
    own = db.session.execute(select(CustomField.key, CustomField.label).where(CustomField.area == "customers"))
    labels |= {CUSTOM + key: label for key, label in own}
    found = []
    for field, label in labels.items():
        here, there = value_of(kept, field), value_of(gone, field)
        if here != there and there not in (None, ""):
            is_fixed = field in fed
            is_better = not is_fixed and _is_empty(kept, field)
            found.append(Difference(field, label, here, there, is_fixed, is_better))
    return found


def _is_empty(kept: Customer, field: str) -> bool:
    """Say whether the kept customer has nothing here, nor in what belongs to it."""
    group = next((names for names in _TOGETHER if field in names), (field,))
    return all(value_of(kept, name) in (None, "") for name in group)


def merge(found: MergePlan, takes: Collection[str], actor: Actor) -> CustomerMerge:
    """Do what was planned; `takes`: fields in which the value of the one that goes wins. Raises `MoveRefused`."""
    if found.refusal:
        raise MoveRefused(found.refusal)
    kept, gone = found.kept, found.gone
    db.session.execute(select(TABLE.c.id).where(TABLE.c.id.in_((kept.id, gone.id))).with_for_update())
    state = {"is_active": gone.is_active, "kept_active": kept.is_active, "primaries": _unset_primaries(kept, gone)}
    done = CustomerMerge(
        kept_id=kept.id, gone_id=gone.id, actor=actor.name, moved=_move_all(gone.id, kept.id), state=state
    )
    _take(found, takes, done)
    gone.is_active, gone.merged_into_id, kept.is_active = False, kept.id, kept.is_active or gone.is_active
    db.session.add(done)
    db.session.flush()
    change = (done.before, done.after)
    record(actor, "customer.merged", ("customer", kept.id), _("%(name)s went into it", name=gone.name), change)
    record(actor, "customer.merged_away", ("customer", gone.id), _("It went into %(name)s", name=kept.name))
    db.session.flush()
    db.session.expire_all()
    return done


def _take(found: MergePlan, takes: Collection[str], done: CustomerMerge) -> None:
    """Write the values that win, and keep what was there before."""
    wanted = [item for item in found.differences if item.field in takes and not item.is_fixed]
    done.before = {item.field: item.kept for item in wanted}
    done.after = {item.field: item.gone for item in wanted}
    for item in wanted:
        set_value(found.kept, item.field, item.gone)
    found.kept.name_key = name_key(found.kept.name)


def _unset_primaries(kept: Customer, gone: Customer) -> list[int]:
    """Leave one primary contact person: the kept customer's; return the ids of those that were it before."""
    own = select(ContactPerson.id).where(ContactPerson.is_primary)
    if db.session.scalar(own.where(ContactPerson.customer_id == kept.id).limit(1)) is None:
        return []
    ids = list(db.session.scalars(own.where(ContactPerson.customer_id == gone.id)))
    if ids:
        db.session.execute(update(ContactPerson).where(ContactPerson.id.in_(ids)).values(is_primary=False))
    return ids


def _move_all(from_id: int, to_id: int) -> dict[str, list[int]]:
    moved: dict[str, list[int]] = {}
    for table, column in owned():
        ids = list(db.session.scalars(select(table.c.id).where(column == from_id)))
        if ids:
            move(table, column, ids, to_id)
            moved[f"{table.name}.{column.name}"] = sorted(ids)
    return moved


def move(table: Table, column: Column[Any], ids: Collection[int], to_id: int) -> None:
    """Let rows belong to another customer; open editors notice by the version, nothing else of them changes."""
    values: dict[str, Any] = {column.name: to_id}
    if "version" in table.c:
        values["version"] = table.c.version + 1
    if "updated_at" in table.c:
        values["updated_at"] = table.c.updated_at
    db.session.execute(update(table).where(among(table.c.id, ids)).values(values))  # type: ignore[arg-type]
