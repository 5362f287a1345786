"""Taking a merge back: the inverse of what it did, for all that nothing new hangs on since (requirement M-02).

Rows that hang together go or stay together: an invoice with its project, a payment with what it settled. A group in
which something is from after the merge stays with the kept customer, and is told by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Table, or_, select, update

from billing.customers.fields import FIELDS, set_value, value_of
from billing.customers.merging import move, owned
from billing.customers.naming import Node, title_of
from billing.errors import MoveRefused
from extensions import Base, db, utcnow
from models import ContactPerson, Customer, CustomerMerge, Transaction
from models.audit import Actor, record
from models.customer import name_key


@dataclass(frozen=True, slots=True)
class Stays:
    """Something that cannot go back, by name, and why."""

    name: str
    why: str


@dataclass(slots=True)
class UndoPlan:
    """What taking a merge back would do. `back`: "table.column" → ids; `refusal`: why nothing can go back."""

    merge: CustomerMerge
    back: dict[str, list[int]] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    stays: list[Stays] = field(default_factory=list)
    refusal: str = ""

    @property
    def moves(self) -> dict[str, int]:
        """How many rows of each table go back."""
        found: dict[str, int] = {}
        for place, ids in self.back.items():
            table = place.partition(".")[0]
            found[table] = found.get(table, 0) + len(ids)
        return found


def plan_undo(merge: CustomerMerge) -> UndoPlan:
    """Look at taking a merge back without doing it."""
    found = UndoPlan(merge, refusal=_refusal(merge))
    if found.refusal:
        return found
    here = {table.name: set(_ids(table, column, merge.kept_id)) for table, column in owned()}
    moved = {place.partition(".")[0]: set(ids) for place, ids in merge.moved.items()}
    why = _held(here, moved, merge.kept_id)
    for place, ids in merge.moved.items():
        name = place.partition(".")[0]
        found.back[place] = [row for row in ids if row in here[name] and (name, row) not in why]
        found.stays += [Stays(title_of((name, row)), why[name, row]) for row in ids if (name, row) in why]
    for key, wrote in merge.after.items():
        if value_of(merge.kept, key) == wrote:
            found.fields.append(key)
        else:
            words = _("It was changed since the merge.")
            found.stays.append(Stays(str(FIELDS.get(key, key.partition(".")[2])), str(words)))
    return found


def _refusal(merge: CustomerMerge) -> str:
    if merge.undone_at is not None:
        return str(_("This merge was taken back already."))
    for customer in (merge.kept, merge.gone):
        if customer.merged_into_id not in (None, merge.kept_id):
            into = db.session.get_one(Customer, customer.merged_into_id)
            words = _("%(name)s went into %(into)s since. Take that merge back first.")
            return str(words % {"name": customer.name, "into": into.name})
    return ""


def _ids(table: Table, column: Any, customer_id: int) -> Iterable[int]:
    return db.session.scalars(select(table.c.id).where(column == customer_id))


def _held(here: dict[str, set[int]], moved: dict[str, set[int]], kept_id: int) -> dict[Node, str]:
    """Return the moved rows that stay: those in one group with a row that is the kept customer's own.

    Drafts that were thrown away hold nobody: they are kept for the history of hours only.
    """
    thrown = select(Transaction.id).where(Transaction.customer_id == kept_id, Transaction.status == "deleted")
    ignored = {("transactions", row) for row in db.session.scalars(thrown)}
    neighbours: dict[Node, set[Node]] = defaultdict(set)
    for one, other in _ties(kept_id):
        if one[1] in here[one[0]] and other[1] in here[other[0]]:
            neighbours[one].add(other)
            neighbours[other].add(one)
    held: dict[Node, str] = {}
    for start in list(neighbours):
        if start[1] in moved.get(start[0], ()) or start in ignored:
            continue
        words = _("%(what)s is from after the merge, or was %(kept)s's before.")
        why = str(words % {"what": title_of(start), "kept": db.session.get_one(Customer, kept_id).name})
        waiting = [start]
        seen = {start}
        while waiting:
            for node in neighbours[waiting.pop()] - seen:
                seen.add(node)
                waiting.append(node)
                if node[1] in moved.get(node[0], ()):
                    held.setdefault(node, why)
    return held


def _ties(customer_id: int) -> Iterator[tuple[Node, Node]]:
    """Give pairs of the customer's rows that hang together, as the schema says: by a key or by a row between them."""
    own = {table.name: (table, column) for table, column in owned() if _is_firm(column)}
    for table in Base.metadata.sorted_tables:
        keys = [(key.parent, key.column.table.name) for key in table.foreign_keys if key.column.table.name in own]
        is_own = table.name in own
        if len(keys) + is_own < 2:
            continue
        columns = [column for column, _name in keys]
        names = [name for _column, name in keys]
        if is_own:
            columns, names = [table.c.id, *columns], [table.name, *names]
            theirs: Any = own[table.name][1] == customer_id
        else:
            theirs = or_(*(column.in_(_own_ids(own[name], customer_id)) for column, name in keys))
        for row in db.session.execute(select(*columns).where(theirs)):
            nodes = [(name, value) for name, value in zip(names, row, strict=True) if value is not None]
            yield from combinations(nodes, 2)


def _own_ids(place: tuple[Table, Any], customer_id: int) -> Any:
    table, column = place
    return select(table.c.id).where(column == customer_id)


def _is_firm(column: Any) -> bool:
    """Whether rows of this column are facts about a customer; what may go or forget its customer only follows."""
    return any(key.ondelete == "RESTRICT" for key in column.foreign_keys)


def undo(found: UndoPlan, actor: Actor) -> None:
    """Take the merge back as planned; raises `MoveRefused`. Never commits."""
    if found.refusal:
        raise MoveRefused(found.refusal)
    merge = found.merge
    kept, gone = merge.kept, merge.gone
    places = {f"{table.name}.{column.name}": (table, column) for table, column in owned()}
    for place, ids in found.back.items():
        if ids:
            move(*places[place], ids, gone.id)
    for key in found.fields:
        set_value(kept, key, merge.before.get(key))
    kept.name_key = name_key(kept.name)
    _primaries_back(found)
    gone.is_active, gone.merged_into_id = bool(merge.state.get("is_active", True)), None
    kept.is_active = kept.is_active and bool(merge.state.get("kept_active", True))
    merge.undone_at = utcnow()
    record(actor, "customer.unmerged", ("customer", kept.id), _("%(name)s is on its own again", name=gone.name))
    record(actor, "customer.unmerged", ("customer", gone.id), _("It is no longer part of %(name)s", name=kept.name))
    db.session.flush()
    db.session.expire_all()


def _primaries_back(found: UndoPlan) -> None:
    back = set(found.back.get("contact_persons.customer_id", ()))
    ids = [row for row in found.merge.state.get("primaries", []) if row in back]
    if ids:
        db.session.execute(update(ContactPerson).where(ContactPerson.id.in_(ids)).values(is_primary=True))
