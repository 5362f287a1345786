"""Changes + present → what an undo does and what it leaves alone, with the reason. Pure: reads and writes no table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from sync.modules import MODULES
from sync.modules.base import Values
from sync.undo.changes import ADDED, CHANGED, REMOVED, STAFF, Change, Key, table_of
from sync.undo.facts import Facts, Ref, references
from sync.undo.money import FIXED, seconds_open
from sync.undo.names import hanging_sentence, money_sentence, title_of

#: what a step does: takes a row away, writes old values back, or brings a removed row back
REMOVE, RESTORE, RETURN = "remove", "restore", "return"


@dataclass(frozen=True, slots=True)
class Step:
    """One row. `now`: what its columns hold; `then`: what they will hold ({} when it goes).

    `row` is the whole row and `people` are the names for its title, which only pages ask for.
    """

    verb: str
    table: str
    remote_id: str
    local_id: int
    now: Values
    then: Values
    row: Values
    people: Mapping[int, str]
    #: columns that somebody changed since: they keep what they hold
    left: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the row is called."""
        return title_of(self.table, self.row, self.people)

    @property
    def key(self) -> Key:
        """Which record."""
        return self.table, self.remote_id


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that stays as it is, and why."""

    table: str
    remote_id: str
    title: str
    why: str
    by_money: bool


@dataclass(slots=True)
class Plan:
    """What an undo does, in order, and what it refuses."""

    #: rows that come back (parents first), old values, rows that go (children first)
    steps: list[Step] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    #: records that the run tied to rows which were here already
    untied: list[Key] = field(default_factory=list)

    def count(self, verb: str, table: str | None = None) -> int:
        """How many rows of a table (or of all) a verb meets."""
        return sum(step.verb == verb and table in (None, step.table) for step in self.steps)

    @property
    def left(self) -> list[Step]:
        """Steps that leave some columns because they were changed since."""
        return [step for step in self.steps if step.left]

    @property
    def tables(self) -> list[str]:
        """The tables that something happens to, in the order of a run."""
        met = {step.table for step in self.steps} | {refusal.table for refusal in self.refusals}
        return [key for key in MODULES if key in met] + sorted(met - MODULES.keys())

    def seconds(self, verb: str) -> int:
        """Unbilled seconds that go or come back."""
        mine = [step for step in self.steps if step.table == "time_entries" and step.verb == verb]
        return sum(seconds_open(step.now if verb == REMOVE else step.then) for step in mine)

    def __bool__(self) -> bool:
        return bool(self.steps or self.untied)


def plan_undo(changes: Sequence[Change], facts: Facts, untied: Iterable[Key] = ()) -> Plan:
    """Plan the inverse of these changes."""
    planner = _Planner(facts)
    order = {table.name: place for place, table in enumerate(table_of("links").metadata.sorted_tables)}
    by_parent = sorted(changes, key=lambda change: order[change.table])
    for change in by_parent:
        if change.kind == REMOVED:
            planner.bring_back(change)
    for change in by_parent:
        if change.kind == CHANGED:
            planner.restore(change)
    for change in reversed(by_parent):
        if change.kind == ADDED:
            planner.remove(change)
    return planner.plan(untied)


class _Planner:
    """Collects the steps of one plan."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.back: list[Step] = []
        self.old: list[Step] = []
        self.away: list[Step] = []
        self.refusals: list[Refusal] = []
        self.gone: set[tuple[str, int]] = set()
        self.returned: set[tuple[str, int]] = set()
        #: references that the restored columns give up
        self.moved: set[Ref] = set()

    def plan(self, untied: Iterable[Key]) -> Plan:
        """Put the steps in the order in which they can be written."""
        refused = {(refusal.table, refusal.remote_id) for refusal in self.refusals}
        return Plan([*self.back, *self.old, *self.away], self.refusals, [key for key in untied if key not in refused])

    def _row(self, change: Change) -> Values | None:
        """The row as it is now, when it is still the one that the run wrote."""
        if change.remote_id and self.facts.links.get(change.key) != change.local_id:
            return None
        return self.facts.rows[change.table].get(change.local_id)

    def _refuse(self, change: Change, row: Values, why: str, *, by_money: bool) -> None:
        title = title_of(change.table, row, self.facts.people)
        self.refusals.append(Refusal(change.table, change.remote_id, title, why, by_money))

    def _refuse_for_money(self, change: Change, row: Values, where: str) -> None:
        title = title_of(change.table, row, self.facts.people)
        self._refuse(change, row, money_sentence(change.table, title, where), by_money=True)

    def restore(self, change: Change) -> None:
        """Write old values back, to the columns that still hold what the run wrote."""
        row = self._row(change)
        if row is None:
            return
        then = {
            name: value for name, value in change.before.items() if row.get(name) == change.after.get(name) != value
        }
        left = [name for name, value in change.before.items() if name not in then and row.get(name) != value]
        for name, other in references(change.table):
            if then.get(name) is not None and not self._is_there(other, then[name]):
                left.append(name)
                del then[name]
        if not then and not left:
            return
        if where := self._fixed(change, then):
            self._refuse_for_money(change, row, where)
            return
        if not then:
            self._refuse(change, row, str(_("It was changed since, so it stays as it is.")), by_money=False)
            return
        self.moved |= {Ref(change.table, name, change.local_id) for name in then}
        now = {name: row[name] for name in then}
        self.old.append(
            Step(
                RESTORE,
                change.table,
                change.remote_id,
                change.local_id,
                now,
                then,
                row,
                self.facts.people,
                tuple(sorted(left)),
            )
        )

    def _fixed(self, change: Change, then: Values) -> str:
        """What money says against writing these columns; empty: nothing."""
        where = self.facts.money[change.table].get(change.local_id, "")
        fixed = FIXED.get(change.table, frozenset())
        return where if fixed is None or fixed & then.keys() else ""

    def remove(self, change: Change) -> None:
        """Take a row away that the run added, when nothing that stays hangs on it."""
        row = self._row(change)
        if row is None or (change.table, change.local_id) in self.gone:
            return
        if change.table == STAFF.name and self._is_at_work(row):
            return
        if where := self.facts.money[change.table].get(change.local_id):
            self._refuse_for_money(change, row, where)
            return
        refs = self.facts.refs[change.table].get(change.local_id, [])
        with_it = [ref for ref in refs if change.table == "projects" and ref.table == STAFF.name]
        hanging = [ref.table for ref in refs if ref not in with_it and not self._lets_go(ref)]
        if hanging:
            self._refuse(change, row, hanging_sentence(hanging), by_money=False)
            return
        for ref in with_it:
            self._take(STAFF.name, "", ref.id, self.facts.rows[STAFF.name][ref.id])
        self._take(change.table, change.remote_id, change.local_id, row)

    def _lets_go(self, ref: Ref) -> bool:
        return (ref.table, ref.id) in self.gone or ref in self.moved

    def _is_at_work(self, row: Values) -> bool:
        """Whether hours of this person stay on this project."""
        entries = self.facts.entries_of.get((row["project_id"], row["user_id"]), set())
        return any(("time_entries", entry_id) not in self.gone for entry_id in entries)

    def _take(self, table: str, remote_id: str, local_id: int, row: Values) -> None:
        if (table, local_id) not in self.gone:
            self.gone.add((table, local_id))
            self.away.append(Step(REMOVE, table, remote_id, local_id, row, {}, row, self.facts.people))

    def bring_back(self, change: Change) -> None:
        """Make a removed row again, with its id unless another row has it by now."""
        if change.remote_id and self.facts.links.get(change.key) is not None:
            return  # it is here again
        row = dict(change.before)
        if change.table == STAFF.name and (row["project_id"], row["user_id"]) in self.facts.places:
            return
        if row.get("email_key") in self.facts.addresses:
            self._refuse(change, row, str(_("Somebody with this e-mail address is here now.")), by_money=False)
            return
        left = []
        for name, other in references(change.table):
            if row.get(name) is None or self._is_there(other, row[name]):
                continue
            if not table_of(change.table).c[name].nullable:
                self._refuse(change, row, str(_("What it belongs to is no longer here.")), by_money=False)
                return
            row[name] = None
            left.append(name)
        self.returned.add((change.table, change.local_id))
        self.back.append(
            Step(RETURN, change.table, change.remote_id, change.local_id, {}, row, row, self.facts.people, tuple(left))
        )

    def _is_there(self, table: str, row_id: int) -> bool:
        if (table, row_id) in self.returned:
            return True
        return row_id in self.facts.rows[table] and (table, row_id) not in self.gone
