"""Values + links + local state + settings → operations. Pure; preview and undo are built on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.mapper import Mapped, Rules
from sync.modules.base import Facts, KeptOut, Module, Values
from sync.reasons import reason

#: the reason of a record that a person took back: a sync leaves it alone until its release (M-02)
UNDONE = "UNDONE"


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A link as the planner sees it."""

    local_id: int | None
    content_hash: bytes
    outcome: str
    reason: str | None = None
    detail: Mapping[str, Any] | None = None
    is_waiting: bool = False

    @property
    def is_held(self) -> bool:
        """Whether a person took it back and has not released it."""
        return self.reason == UNDONE


@dataclass(slots=True)
class Operation:
    """One planned change to one record, and the decision that goes with it.

    `values`: column values to write; all of them for a new row, the changed ones for a linked row.
    `before`: what those columns hold now, for linked rows. `removes`: the local row goes.
    """

    outcome: str
    remote_id: str
    hash: bytes
    local_id: int | None = None
    values: Values = field(default_factory=dict)
    before: Values | None = None
    removes: bool = False
    reason: str | None = None
    detail: Mapping[str, Any] | None = None
    #: for records kept out: their remote `fields`, and what was `embedded` in them
    kept: Values | None = None
    is_waiting: bool = False
    title: str = ""

    @property
    def detail_differs(self) -> bool:
        """Whether the remote says otherwise, but the row stays as it is because money stands on it."""
        return self.local_id is not None and {"here", "remote"} <= set(self.detail or ())

    @property
    def adds(self) -> bool:
        """Whether a new local row is made."""
        return self.local_id is None and bool(self.values)


def plan(
    module: Module, page: Iterable[Mapped], links: Mapping[str, KnownLink], facts: Facts, rules: Rules
) -> list[Operation]:
    """Plan one page of changed records; a record whose decision stays as it was yields no operation."""
    operations = []
    taken: set[int] = set()
    for mapped in page:
        link = links.get(mapped.id)
        operation = _plan_one(module, mapped, link, facts, rules, taken)
        if operation is not None:
            operations.append(operation)
    return operations


def _plan_one(
    module: Module, mapped: Mapped, link: KnownLink | None, facts: Facts, rules: Rules, taken: set[int]
) -> Operation | None:
    row = facts.rows.get(link.local_id) if link and link.local_id is not None else None
    kept_out = mapped.kept_out or _adopt_parents(module, mapped, facts)
    if kept_out is None and module.check:
        kept_out = module.check(mapped.fields, mapped.values, facts, rules.settings, row)
    if kept_out is not None:
        return _keep_out(module, mapped, kept_out, link, row, facts)
    if link and link.local_id is not None and row is not None:
        return _update(module, mapped, link, row, facts, rules)
    return _add(module, mapped, facts, rules, taken)


def _adopt_parents(module: Module, mapped: Mapped, facts: Facts) -> KeptOut | None:
    """Put parents' local ids among the values; say which required parent is missing."""
    for parent in module.parents:
        remote_id = mapped.fields.get(parent.remote)
        local_id = facts.parents[parent.module].get(remote_id) if remote_id else None
        if local_id is None and (parent.is_required or (remote_id and parent.reason)):
            cause = facts.kept_out_parents.get(parent.module, {}).get(remote_id or "")
            code = parent.reason_when.get(cause or "", parent.reason)
            return KeptOut(code, {"parent": remote_id, "parent_module": parent.module})
        mapped.values[parent.column] = local_id
    return None


def _keep_out(
    module: Module, mapped: Mapped, kept_out: KeptOut, link: KnownLink | None, row: Values | None, facts: Facts
) -> Operation | None:
    why = reason(kept_out.code)
    detail = {**module.describe(mapped.fields, mapped.embedded), **kept_out.detail}
    if link and link.content_hash == mapped.hash and (link.reason, link.detail) == (why.code, detail):
        return None
    operation = Operation(
        why.kind, mapped.id, mapped.hash, reason=why.code, detail=detail, kept=_kept(mapped),
        is_waiting=why.waits, title=module.name(mapped.fields),
    )  # fmt: skip
    if link is None or link.local_id is None or row is None:
        return operation
    operation.local_id = link.local_id
    if why.kind == "excluded":
        withdraw(module, operation, row, facts, "withdrawn")
    return operation


def _kept(mapped: Mapped) -> Values:
    """What a later run needs to try again without being sent the record."""
    return {"fields": mapped.fields, **({"embedded": dict(mapped.embedded)} if mapped.embedded else {})}


def withdraw(module: Module, operation: Operation, row: Values, facts: Facts, how: str) -> None:
    """Take a local row out of use: removed when nothing hangs on it, else marked, so that money stays as it is."""
    local_id = row["id"]
    if local_id in facts.touched:
        marks = module.flags.get(how) or module.inactive
        operation.outcome = "updated" if module.flags.get(how) else "inactivated"
    elif local_id in facts.anchored or module.gone == "inactivate":
        marks = module.retired if local_id in facts.anchored and module.retired else module.inactive
    else:
        operation.removes, operation.before = True, dict(row)
        return
    operation.values = {key: value for key, value in marks.items() if row.get(key) != value}
    operation.before = {key: row[key] for key in operation.values}


def _update(
    module: Module, mapped: Mapped, link: KnownLink, row: Values, facts: Facts, rules: Rules
) -> Operation | None:
    values = {key: value for key, value in mapped.values.items() if key not in rules.first_only}
    values = module.shape(values, mapped.fields, rules.settings, row) if module.shape else values
    if link.outcome == "inactivated":
        values = {**module.revived, **values}
    elsewhere = facts.fed_elsewhere.get(row["id"], frozenset())
    changed = {
        key: value for key, value in values.items()
        if row.get(key) != value and key not in elsewhere and _may_write(key, value, rules)
    }  # fmt: skip
    if not changed and link.content_hash == mapped.hash and link.reason is None:
        return None
    operation = Operation(
        "updated" if changed else "unchanged",
        mapped.id,
        mapped.hash,
        local_id=row["id"],
        title=module.name(mapped.fields),
    )
    if changed and row["id"] in facts.touched and "changed" in module.flags:
        operation.detail = {"here": {key: row[key] for key in changed}, "remote": changed}
        changed = {key: value for key, value in module.flags["changed"].items() if row.get(key) != value}
    operation.values, operation.before = changed, {key: row[key] for key in changed}
    return operation


def _may_write(key: str, value: Any, rules: Rules) -> bool:
    return not (key in rules.keeps_when_empty and value in (None, ""))


def _add(module: Module, mapped: Mapped, facts: Facts, rules: Rules, taken: set[int]) -> Operation:
    values = module.shape(mapped.values, mapped.fields, rules.settings, None) if module.shape else mapped.values
    twin = _twin(module, values, facts, taken)
    title = module.name(mapped.fields)
    if twin is not None and module.twin_policy == "merge":
        return Operation("merged", mapped.id, mapped.hash, local_id=twin["id"], title=title, before={})
    if twin is not None and rules.settings.duplicates_for(module.key) == "overwrite":
        elsewhere = facts.fed_elsewhere.get(twin["id"], frozenset())
        changed = {
            key: value for key, value in values.items()
            if key in twin and twin[key] != value and key not in elsewhere and _may_write(key, value, rules)
        }  # fmt: skip
        before = {key: twin[key] for key in changed}
        return Operation("overwritten", mapped.id, mapped.hash, twin["id"], changed, before, title=title)
    if mapped.id in facts.elsewhere:
        values = {**values, **module.flags["elsewhere"]}
    outcome = "cloned" if twin is not None else "added"
    return Operation(
        outcome, mapped.id, mapped.hash, values={**module.defaults, **values, "source": rules.source}, title=title
    )


def _twin(module: Module, values: Values, facts: Facts, taken: set[int]) -> Values | None:
    key = module.twin_key(values) if module.twin_key else None
    twin = facts.twins.get(key) if key else None
    if twin is None or twin["id"] in taken:
        return None
    taken.add(twin["id"])
    return twin
