"""Pages that arrived while the last ones were being written go into one database transaction."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, Queue
from threading import Event, Thread

from connectors.base import Page

#: remote pages in one transaction at most: of 200 records each, so that nobody waits long for the write lock
MOST = 4


def gathered(pages: Iterator[Page], most: int = MOST) -> Iterator[Page]:
    """The same records in the same order, as one page what is there; an error comes after what arrived before it.

    Where the remote is slower than the database, each page comes alone and at once: nothing is held back.
    """
    arrived: Queue[Page | BaseException | None] = Queue(maxsize=most)
    stopped = Event()
    Thread(target=_pull, args=(pages, arrived, stopped), name="gather-pages", daemon=True).start()
    try:
        item = arrived.get()
        while isinstance(item, Page):
            together = [item]
            item = _at_once(arrived)
            while isinstance(item, Page) and len(together) < most:
                together.append(item)
                item = _at_once(arrived)
            yield _as_one(together)
            item = arrived.get() if item is NOTHING else item
        if isinstance(item, BaseException):
            raise item
    finally:
        stopped.set()
        while _at_once(arrived) is not NOTHING:
            pass


#: stands for an empty queue
NOTHING = Empty()


def _at_once(arrived: Queue[Page | BaseException | None]) -> Page | BaseException | None:
    try:
        return arrived.get_nowait()
    except Empty:
        return NOTHING


def _pull(pages: Iterator[Page], arrived: Queue[Page | BaseException | None], stopped: Event) -> None:
    try:
        for page in pages:
            arrived.put(page)
            if stopped.is_set():
                break
        arrived.put(None)
    except BaseException as problem:  # noqa: BLE001 - handed to the thread that asked
        arrived.put(problem)
    finally:
        close = getattr(pages, "close", None)
        if close is not None:
            close()


def _as_one(pages: list[Page]) -> Page:
    if len(pages) == 1:
        return pages[0]
    records = [record for page in pages for record in page.records]
    unreadable = [record for page in pages for record in page.unreadable]
    return Page(records, pages[-1].next_cursor, unreadable, pages[-1].total)
