"""How the launcher talks: progress lines, and problems that end it with one sentence."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818 - a sentence for a person
    """Why it does not go on, and what to do; shown without a traceback."""


def say(text: str) -> None:
    """Print a progress line at once, also into a pipe."""
    print(text, flush=True)
