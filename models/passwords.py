"""Passwords: how they are hashed and compared, and which ones are refused."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from extensions import current_config

SHORTEST = 12
LONGEST = 1024
#: hashing costs 64 MiB and half a second of a core each time, so only so many at once
_slots = BoundedSemaphore(2)
#: how long a log-in waits for its turn, seconds
_PATIENCE = 20
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
_OUR_WORDS = ("crossbill", "zoho", "zohoprojects", "zohocrm")


class TooManyLogins(Exception):  # noqa: N818 - it says what happened
    """More people try to sign in at once than this machine can hash for."""


def hash_password(password: str) -> str:
    """Return the argon2id hash to store; the password is taken exactly as it was typed."""
    with _turn():
        return _hasher().hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Compare exactly. Without a stored hash it takes as long and says no, so time does not tell who exists."""
    with _turn():
        try:
            matches = _hasher().verify(stored or _nobodys_hash(current_config().is_testing), password)
        except (VerificationError, InvalidHashError):
            return False
    return matches and stored is not None


def is_outdated(stored: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def problem_with(password: str, about: Iterable[str] = ()) -> str | None:
    """Say in a sentence why a password is refused, or None. `about`: names that a guesser would try first."""
    if len(password) < SHORTEST:
        return str(_("Use at least %(count)s characters; a few words in a row are easy to remember.", count=SHORTEST))
    if len(password) > LONGEST:
        return str(_("Use at most %(count)s characters.", count=LONGEST))
    if _is_guessable(password, about):
        return str(_("This is one of the first passwords somebody would guess. Use a few unrelated words."))
    return None


def _is_guessable(password: str, about: Iterable[str]) -> bool:
    """Look at what is left when digits, signs and look-alike letters are taken off a common word."""
    plain = password.casefold()
    known = _common() | {_letters(word) for word in _words_of(about)}
    if plain in known or len(set(plain)) < 5:
        return True
    shapes = {_letters(plain), _letters(plain.translate(_LOOKALIKES)), _letters(plain.rstrip("0123456789!?.$@#*-_+"))}
    shapes.add(_letters(plain.rstrip("0123456789!?.$@#*-_+").translate(_LOOKALIKES)))
    return any(not shape or _unit(shape) in known for shape in shapes)


def _words_of(about: Iterable[str]) -> set[str]:
    texts = [text.casefold() for text in about if text]
    words = {word for text in texts for word in re.split(r"[\W_]+", text) if len(word) > 2}
    return words | set(texts)


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _unit(text: str) -> str:
    """Return the shortest piece that the text repeats: `passpasspass` is `pass`."""
    return text[: (text + text).index(text, 1)]


@contextmanager
def _turn() -> Iterator[None]:
    """Take one of the few places for hashing; raises `TooManyLogins` when none comes free in time."""
    if not _slots.acquire(timeout=_PATIENCE):
        raise TooManyLogins
    try:
        yield
    finally:
        _slots.release()


def _hasher() -> PasswordHasher:
    return _cheap() if current_config().is_testing else _dear()


@cache
def _dear() -> PasswordHasher:
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


@cache
def _cheap() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def _nobodys_hash(is_testing: bool) -> str:
    return (_cheap() if is_testing else _dear()).hash(secrets.token_urlsafe(16))


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text().split()
    return frozenset(lines) | frozenset(_OUR_WORDS)
