"""What billing refuses to do, as a sentence for the person who asked."""

from __future__ import annotations


class MoveRefused(Exception):  # noqa: N818 - the house word (architecture §4)
    """A verb cannot be done now. `str()` says what is in the way and what to do; the caller rolls back and shows it."""
