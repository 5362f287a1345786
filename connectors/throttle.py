"""Keeps our calls below a remote's limit: so many in any window, for each address pattern by itself."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

DEFAULT_CALLS = 90
DEFAULT_WINDOW = 120.0
#: the part of a limit that the remote tells which we use; the rest is for clocks that differ
SHARE = 0.95

_ID = re.compile(r"/\d+(?=/|$)")


def pattern(path: str) -> str:
    """The path with its numeric ids collapsed, which is what remotes count by."""
    return _ID.sub("/{id}", path)


@dataclass(slots=True)
class _Bucket:
    calls: int = DEFAULT_CALLS
    window: float = DEFAULT_WINDOW
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

    def enter(self, key: str) -> float:
        """Wait until a call may be sent; returns the seconds waited. Call `leave` with the answer."""
        waited = 0.0
        while (pause := self._reserve(key)) > 0:
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

    def block(self, key: str, seconds: float) -> None:
        """The remote refused: nothing goes to this key for so long."""
        with self._lock:
            self._bucket(key).blocked_until = self._now() + seconds

    def blocked_for(self, key: str) -> float:
        """Seconds until the remote's refusal ends."""
        with self._lock:
            return max(0.0, self._bucket(key).blocked_until - self._now())

    def _reserve(self, key: str) -> float:
        with self._lock:
            bucket, now = self._bucket(key), self._now()
            _forget(bucket, now)
            if len(bucket.done) + bucket.under_way < bucket.calls:
                bucket.under_way += 1
                return 0.0
            return max(0.05, bucket.done[0] + bucket.window - now) if bucket.done else 0.05

    def _bucket(self, key: str) -> _Bucket:
        return self._buckets.setdefault(key, _Bucket())

    def _now(self) -> float:
        return self._clock().timestamp()


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
