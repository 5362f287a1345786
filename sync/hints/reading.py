"""From what a webhook brought to the records that may have changed; pure, and deaf to everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from connectors.strict_json import BadJsonError, loads

#: the parameters that a webhook is told to send (zoho-projects-wire §7: the person types them)
NAMES = ("event", "portal_id", "project_id", "task_id", "bug_id", "log_id", "token")
ALIASES = {
    "portalid": "portal_id", "projectid": "project_id", "taskid": "task_id", "bugid": "bug_id", "issueid": "bug_id",
    "logid": "log_id", "timelogid": "log_id", "timesheetid": "log_id", "timeentryid": "log_id", "event": "event",
    "token": "token",
}  # fmt: skip
MOST_LETTERS = 200
MOST_PARAMETERS = 50

#: what an event's words begin with → module (None: nothing that is synced), and the parameter that names the record
KINDS: tuple[tuple[str, str | None], ...] = (
    ("tasklist", None), ("timelog", "time_entries"), ("timesheet", "time_entries"), ("timeentr", "time_entries"),
    ("log", "time_entries"), ("task", "tasks"), ("issue", "bugs"), ("bug", "bugs"), ("project", "projects"),
)  # fmt: skip
ID_OF = {"time_entries": "log_id", "bugs": "bug_id", "tasks": "task_id", "projects": "project_id"}
VERBS = (
    ("deleted", ("delet", "trash", "remov")), ("created", ("creat", "added", "new")),
    ("", ("comment", "attach")),
)  # fmt: skip

_ID = re.compile(r"[1-9][0-9]{0,18}")


class Told(NamedTuple):
    """One record that may have changed. `hints`: remote ids of what it belongs to, and the kind of a time entry."""

    module: str
    remote_id: str
    hints: Mapping[str, str]
    event: str


def values_of(pairs: Iterable[tuple[str, str]], body: bytes = b"", kind: str = "") -> dict[str, str]:
    """The known parameters out of a query or form (`pairs`) and a body of JSON or text; the first value counts.

    Bounds and surprises: unknown names, long values, anything nested and broken JSON are left out.
    """
    found: dict[str, str] = {}
    for name, value in [*list(pairs)[:MOST_PARAMETERS], *_pairs_of(body, kind)]:
        known = ALIASES.get(re.sub(r"[^a-z]", "", name[:40].lower()))
        if known and known not in found and (text := _text(value)):
            found[known] = text
    return found


def read(values: Mapping[str, str]) -> Sequence[Told]:
    """The records that an event is about; none when it names none, or speaks of what is not synced.

    A deletion is a reason to look like any other: the remote's answer is the verdict.
    """
    kind, verb = _event(values.get("event", ""))
    ids = {name: values[name] for name in ID_OF.values() if _ID.fullmatch(values.get(name, ""))}
    if kind is None or verb == "":
        return ()
    named = kind if ID_OF.get(kind, "") in ids else next((key for key, name in ID_OF.items() if name in ids), None)
    if named is None:
        return ()
    return (Told(named, ids[ID_OF[named]], _hints(named, ids), verb),)


def _hints(module: str, ids: Mapping[str, str]) -> dict[str, str]:
    if module == "projects":
        return {}
    hints = {"project": ids["project_id"]} if "project_id" in ids else {}
    if module != "time_entries":
        return hints
    if "bug_id" in ids:
        return {**hints, "bug": ids["bug_id"], "kind": "bug"}
    return {**hints, "task": ids["task_id"], "kind": "task"} if "task_id" in ids else hints


def _event(text: str) -> tuple[str | None, str]:
    """Module ("" when the word is unknown, None when it is not synced) and verb ("" when it changes no record)."""
    letters = re.sub(r"[^a-z]", "", text.lower())
    kind = next((module for word, module in KINDS if letters.startswith(word)), "")
    verb = next((verb for verb, parts in VERBS if any(part in letters for part in parts)), "updated")
    return kind, verb


def _pairs_of(body: bytes, kind: str) -> list[tuple[str, Any]]:
    text = body.strip()
    if not text:
        return []
    if "json" in kind or text.startswith((b"{", b"[")):
        try:
            value = loads(text)
        except BadJsonError:
            return []
        return list(value.items())[:MOST_PARAMETERS] if isinstance(value, dict) else []
    try:
        return parse_qsl(text.decode("utf-8", "replace"), max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return []


def _text(value: Any) -> str:
    """A short text or a whole number as text; nothing for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**19 else ""
    return value.strip() if isinstance(value, str) and len(value) <= MOST_LETTERS else ""
