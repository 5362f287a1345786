"""Fetches the next item while the caller works on this one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items in the same order, each next one made by a worker thread; errors come in their place.

    Never more than one ahead. An iterator that knows its end (and ends without a call) causes no wasted call.
    """
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="next-page")

    def following() -> list[T]:
        return list(islice(items, 1))

    try:
        coming = worker.submit(following)
        while found := coming.result():
            coming = worker.submit(following)
            yield found[0]
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            worker.submit(close)
        worker.shutdown(wait=False)
