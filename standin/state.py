"""The file in which people's edits and given permissions survive a restart: one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from standin.world import World, parse_moment


class StateFile:
    """A header line that says which world it is, then the journal of its edits."""

    def __init__(self, path: Path, wanted: dict[str, Any]) -> None:
        """`wanted` (seed and sizes) is compared with the file's header; another world's file is not used."""
        self._path = path
        self._wanted = wanted
        self._header, self._entries = self._read()

    @property
    def born(self) -> Any:
        """The moment for which the world was built, or None when there is no earlier run."""
        return parse_moment(self._header["born"]) if self._header else None

    def attach(self, world: World) -> None:
        """Repeat what the file holds and write down everything from now on."""
        if self._header is None:
            self._begin(world)
        world.replay(self._entries)
        world.listeners.append(lambda entry, _made: self._write(world, entry))

    def _read(self) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        if not self._path.exists():
            return None, []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.endswith("}")]
        if not rows or {key: rows[0].get(key) for key in self._wanted} != self._wanted:
            return None, []
        return rows[0], rows[1:]

    def _begin(self, world: World) -> None:
        self._header = {**self._wanted, "born": world.built_at.isoformat()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._header) + "\n", encoding="utf-8")

    def _write(self, world: World, entry: dict[str, Any]) -> None:
        if entry["verb"] == "reset":
            self._begin(world)
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
