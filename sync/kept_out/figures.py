"""What of a kept-out record stands in columns of its link, so that sums over thousands never open their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Figures(NamedTuple):
    """`seconds` logged, the remote id of its `project`, and the `cause` it waits for as `module:remote id`."""

    seconds: int | None = None
    project: str | None = None
    cause: str | None = None


COLUMNS = tuple(f"kept_{name}" for name in Figures._fields)
NOTHING = Figures()


def figures(detail: Mapping[str, Any] | None, kept: Mapping[str, Any] | None) -> Figures:
    """Read them from what a link keeps; a link that keeps nothing has none."""
    if kept is None:
        return NOTHING
    fields, parent = kept.get("fields", {}), (detail or {}).get("parent")
    seconds, project = whole_seconds(fields.get("seconds")), fields.get("project")
    cause = cause_of((detail or {}).get("parent_module") or "projects", str(parent)) if parent else None
    return Figures(seconds or None, str(project) if project else None, cause)


def cause_of(module: str, remote_id: str) -> str:
    """Return how a link names the record that it waits for."""
    return f"{module}:{remote_id}"


def whole_seconds(text: object) -> int:
    """Read whole seconds that a remote sent; anything else is none."""
    written = str(text)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 9 else 0
