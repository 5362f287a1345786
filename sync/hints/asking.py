"""From hints to the records that a run reads: parents that are not here first, and what is known here wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from extensions import db
from models import Hint, Integration, Link
from sync.brake import LINK
from sync.connection import Wanted
from sync.modules import MODULES
from sync.removal.verdict import suspects_of

#: records that are read for the hints of one run, parents included
MOST_READ = 400
#: parents first
ORDER = ("projects", "tasks", "bugs", "time_entries")
Key = tuple[str, str]


def wanted_of(integration: Integration, hints: Sequence[Hint]) -> tuple[list[Wanted], Sequence[Hint], Sequence[Hint]]:
    """Return what is to be read, the hints that this answers, and those that contradict what is known here.

    A record that is known in another project was moved, or the webhook tells its project wrongly. To ask for it in
    either one might find nothing there and remove it, so it is not asked for by itself.
    """
    known = _known(integration, hints)
    unknown = _unknown_parents(integration, hints)
    found: dict[Key, Wanted] = {}
    taken: list[Hint] = []
    doubtful: list[Hint] = []
    for hint in hints:
        here = known.get((hint.module, hint.remote_id))
        if here and hint.project_id and here.get("project", hint.project_id) != hint.project_id:
            doubtful.append(hint)
            continue
        for module, key in _parent_keys(hint):
            if (module, key) in unknown:
                belongs = {"project": hint.project_id} if module != "projects" and hint.project_id else {}
                found.setdefault((module, key), Wanted(module, key, belongs))
        found[hint.module, hint.remote_id] = Wanted(hint.module, hint.remote_id, _hints(hint, here))
        taken.append(hint)
        if len(found) >= MOST_READ:
            break
    return sorted(found.values(), key=lambda item: ORDER.index(item.module)), taken, doubtful


def parents_of(hint: Hint) -> dict[str, str]:
    """Return the remote ids of what the record belongs to, as the webhook told them."""
    pairs = {"project": hint.project_id, "task": hint.task_id, "bug": hint.bug_id}
    return {name: key for name, key in pairs.items() if key}


def _hints(hint: Hint, here: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what is known of the record: by its own row, else by the webhook."""
    known = parents_of(hint) if here is None else dict(here)
    if "project" not in known and hint.project_id:
        known["project"] = hint.project_id
    if hint.module == "time_entries":
        known["kind"] = "bug" if known.get("bug") else "task" if known.get("task") else "general"
    return known


def _known(integration: Integration, hints: Iterable[Hint]) -> dict[Key, dict[str, str]]:
    """Return the remote ids of the parents of each hinted record that has a row here; a few statements a module."""
    ids: dict[str, list[str]] = {}
    for hint in hints:
        ids.setdefault(hint.module, []).append(hint.remote_id)
    database = db.session.connection()
    known: dict[Key, dict[str, str]] = {}
    for module, keys in ids.items():
        links = select(*LINK).where(
            Link.integration_id == integration.id, Link.module == module, Link.remote_id.in_(keys),
            Link.local_id.is_not(None),
        )  # fmt: skip
        rows = database.execute(links).all()
        for suspect in suspects_of(database, integration.id, MODULES[module], rows):
            known[module, suspect.remote_id] = {key: value for key, value in suspect.hints.items() if value}
    return known


def _unknown_parents(integration: Integration, hints: Iterable[Hint]) -> set[Key]:
    """Say which of the named parents have no row here; one statement."""
    keys = {key for hint in hints for key in _parent_keys(hint)}
    if not keys:
        return set()
    here = select(Link.module, Link.remote_id).where(
        Link.integration_id == integration.id, Link.local_id.is_not(None),
        or_(*[
            and_(Link.module == module, Link.remote_id.in_([key for name, key in keys if name == module]))
            for module in {name for name, _key in keys}
        ]),
    )  # fmt: skip
    return keys - {(row[0], row[1]) for row in db.session.execute(here)}


def _parent_keys(hint: Hint) -> list[Key]:
    pairs = (("projects", hint.project_id), ("tasks", hint.task_id), ("bugs", hint.bug_id))
    return [(module, key) for module, key in pairs if key and module != hint.module]
