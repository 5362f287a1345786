"""Keeps our calls below a remote's limit: so many in any window, for each address pattern by itself."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

DEFAULT_CALLS = 90
DEFAULT_WINDOW = 120.0
#: the part of a limit that the remote tells which we use; the rest is for clocks that differ
SHARE = 0.95
#: shorter waits are not worth telling (seconds)
NOTICEABLE = 5.0

_ID = re.compile(r"/\d+(?=/|$)")


def pattern(path: str) -> str:
    """The path with its numeric ids collapsed, which is what remotes count by."""
    return _ID.sub("/{id}", path)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a remote may be called until it says otherwise: so many calls in a window of seconds."""

    calls: int = DEFAULT_CALLS
    window: float = DEFAULT_WINDOW
    #: calls that may be under way at one time; None: as many as there are
    at_once: int | None = None


USUAL = Pace()
#: seconds between two looks whether one of the calls under way is done
TURN = 0.05


@dataclass(frozen=True, slots=True)
class Level:
    """How full one endpoint's window is: `used` of `limit` calls in `window` seconds."""

    key: str
    limit: int
    window: float
    used: int
    #: seconds until the next call may be sent, 0 while there is room
    opens_in: float
    is_refused: bool


class Watcher(Protocol):
    """Is told when calls have to wait; from any thread, and never while the throttle is locked."""

    def waits(self, key: str, seconds: float) -> None:
        """A call is about to wait so long."""

    def goes_on(self, key: str) -> None:
        """The call that waited was answered."""

    def refused(self, key: str, status: int, seconds: float, said: str) -> None:
        """The remote refused a call with this status and sentence; nothing is sent for so long."""


@dataclass(slots=True)
class _Bucket:
    calls: int
    window: float
    at_once: int | None
    #: when recent calls were answered, oldest first
    done: deque[float] = field(default_factory=deque)
    under_way: int = 0
    blocked_until: float = 0.0


class Throttle:
    """A sliding window per key; a refilled bucket would let twice the limit through in its first window.

    A call counts from its answer on, so whenever the remote counted it, it leaves the remote's window first.
    Share one instance among the connectors of one account, else each believes itself alone.
    """

    def __init__(self, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}
        self._watchers: list[Watcher] = []
        self._announced: set[str] = set()

    @contextmanager
    def watched_by(self, watcher: Watcher) -> Iterator[None]:
        """Tell `watcher` about waits as long as the block lasts."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def snapshot(self) -> list[Level]:
        """How full each window is now; changes nothing."""
        with self._lock:
            now = self._now()
            return [_level(key, bucket, now) for key, bucket in sorted(self._buckets.items())]

    def announce(self, key: str, seconds: float) -> None:
        """Tell the watchers of a wait that comes, before it begins."""
        if seconds < NOTICEABLE:
            return
        self._announced.add(key)
        for watcher in list(self._watchers):
            watcher.waits(key, seconds)

    def enter(self, key: str, pace: Pace = USUAL) -> float:
        """Wait until a call may be sent; returns the seconds waited. Call `leave` with the answer."""
        waited = 0.0
        while (pause := self._reserve(key, pace)) > 0:
            self.announce(key, pause)
            self._sleep(pause)
            waited += pause
        return waited

    def leave(self, key: str, headers: Mapping[str, str]) -> None:
        """Count an answered (or failed) call, and learn the limit from its headers."""
        with self._lock:
            bucket = self._buckets[key]
            bucket.under_way -= 1
            now = self._now()
            bucket.done.append(now)
            _learn(bucket, headers, now)
        if key in self._announced:
            self._announced.discard(key)
            for watcher in list(self._watchers):
                watcher.goes_on(key)

    def block(self, key: str, seconds: float, status: int = 429, said: str = "") -> None:
        """The remote refused with this status and sentence: nothing goes to this key for so long."""
        with self._lock:
            self._bucket(key).blocked_until = self._now() + seconds
        for watcher in list(self._watchers):
            watcher.refused(key, status, seconds, said)
        self.announce(key, seconds)

    def blocked_for(self, key: str) -> float:
        """Seconds until the remote's refusal ends."""
        with self._lock:
            return max(0.0, self._bucket(key).blocked_until - self._now())

    def _reserve(self, key: str, pace: Pace) -> float:
        with self._lock:
            bucket, now = self._bucket(key, pace), self._now()
            _forget(bucket, now)
            if bucket.at_once is not None and bucket.under_way >= bucket.at_once:
                return TURN
            if len(bucket.done) + bucket.under_way < bucket.calls:
                bucket.under_way += 1
                return 0.0
            return max(TURN, bucket.done[0] + bucket.window - now) if bucket.done else TURN

    def _bucket(self, key: str, pace: Pace = USUAL) -> _Bucket:
        return self._buckets.setdefault(key, _Bucket(pace.calls, pace.window, pace.at_once))

    def _now(self) -> float:
        return self._clock().timestamp()


def _level(key: str, bucket: _Bucket, now: float) -> Level:
    recent = [moment for moment in bucket.done if now - moment < bucket.window]
    used = len(recent) + bucket.under_way
    refused = max(0.0, bucket.blocked_until - now)
    full = recent[0] + bucket.window - now if recent and used >= bucket.calls else 0.0
    return Level(key, bucket.calls, bucket.window, used, max(refused, full), refused > 0)


def _forget(bucket: _Bucket, now: float) -> None:
    done = bucket.done
    if done and now < done[-1] - 1:
        # this machine's clock was set back: wait a whole window at most, never an hour
        bucket.done = done = deque([now] * len(done))
    while done and now - done[0] >= bucket.window:
        done.popleft()


def _learn(bucket: _Bucket, headers: Mapping[str, str], now: float) -> None:
    limit, left, window = (headers.get(name, "") for name in ("RateLimit", "RateLimit-Remaining", "RateLimit-Window"))
    if not limit.isdecimal() or not 0 < int(limit) <= 100_000:
        return
    bucket.calls = max(1, int(int(limit) * SHARE))
    if window.isdecimal() and 0 < int(window) <= 86_400:
        bucket.window = float(window)
    if left.isdecimal():
        # calls that others made, or we before a restart, count against us as well
        strangers = int(limit) - int(left) - len(bucket.done) - bucket.under_way
        bucket.done.extend([now] * min(max(0, strangers), bucket.calls))
