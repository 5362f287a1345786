"""Faults on purpose: which requests they strike, and how often. What they do stands in the modules beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any

from standin.troubles import broken, refusals, rows
from standin.troubles.reply import Call, Environ, Reply, Strike, Wsgi

#: what a trouble may be: its name -> what it does to a request
KINDS: Mapping[str, Callable[[Strike, Call], Reply]] = {**refusals.KINDS, **broken.KINDS, **rows.KINDS}
RULES = ("kind", "path", "method", "nth", "skip", "count", "probability")


class TroubleError(ValueError):
    """The description of a trouble makes no sense; the message says why."""


@dataclass(slots=True)
class Trouble:
    """One fault that is switched on. `options` are the words that only its kind understands."""

    id: int
    kind: str
    path: str = ".*"
    method: str = ""
    #: strike only the nth matching request
    nth: int = 0
    #: leave the first so many alone
    skip: int = 0
    #: strike at most so often; 0 is without end
    count: int = 0
    probability: float = 1.0
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    struck: int = 0

    def strikes(self, method: str, path: str, random: Random) -> bool:
        """Whether this request is hit; counts it."""
        if (self.method and self.method != method) or not re.search(self.path, path):
            return False
        self.seen += 1
        if self.nth and self.seen != self.nth:
            return False
        if self.seen <= self.skip or (self.count and self.struck >= self.count):
            return False
        if self.probability < 1 and random.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """The trouble as it was described, with its counters."""
        shown = {name: getattr(self, name) for name in ("id", *RULES, "seen", "struck")}
        return shown | self.options


class Troubles:
    """All faults that are switched on, in the order in which they were."""

    def __init__(self, seed: int) -> None:
        """Chance follows from the seed."""
        self._seed = seed
        self._lock = Lock()
        self._next = 1
        self._active: list[Trouble] = []
        self._random = Random(seed)  # noqa: S311  (repeatable on purpose)

    def add(self, described: dict[str, Any]) -> Trouble:
        """Switch one on: {"kind", "path", "method", "nth", "skip", "count", "probability", …options}."""
        kind = described.get("kind")
        if kind not in KINDS:
            raise TroubleError(f"no trouble is called {kind}; there are {', '.join(sorted(KINDS))}")
        try:
            re.compile(str(described.get("path", ".*")))
        except re.error as error:
            raise TroubleError(f"the path is no regular expression: {error}") from error
        rules = {name: described[name] for name in RULES if name in described}
        options = {name: value for name, value in described.items() if name not in RULES}
        with self._lock:
            trouble = Trouble(id=self._next, options=options, **rules)
            self._next += 1
            self._active.append(trouble)
        return trouble

    def clear(self, key: int | None = None) -> None:
        """Switch one off, or all; then chance begins anew."""
        with self._lock:
            self._active = [trouble for trouble in self._active if key is not None and trouble.id != key]
            if key is None:
                self._random.seed(self._seed)

    def as_json(self) -> list[dict[str, Any]]:
        """All that are on."""
        return [trouble.as_json() for trouble in self._active]

    def answer(self, app: Wsgi, environ: Environ, start_response: Callable[..., Any], world: Any) -> Iterable[bytes]:
        """Let the application answer, through whatever strikes this request."""
        if not self._active:
            return app(environ, start_response)
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        with self._lock:
            struck = [trouble for trouble in self._active if trouble.strikes(method, path, self._random)]
        if not struck:
            return app(environ, start_response)
        call: Call = Call(app, environ)
        for trouble in struck:
            call = call.through(KINDS[trouble.kind], Strike(trouble.options, environ, world))
        return call().send(start_response)
