"""Receipts of expenses: told by their content, kept in the data folder under a random name."""

from __future__ import annotations

import os
import secrets
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from extensions import current_config
from models import Expense

#: larger pictures are scaled down by whoever takes them
MOST_BYTES = 5 * 1024 * 1024
#: media type → suffix of the stored file
SUFFIXES = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Receipt:
    """A stored file: its name on disk, the name people know it by, its media type and its size in bytes."""

    file: str
    name: str
    type: str
    size: int


def media_type_of(content: bytes) -> str | None:
    """Return the media type that the content itself tells; None for what is not taken."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def keep_receipt(content: bytes, name: str) -> Receipt:
    """Write a receipt that `media_type_of` knows into the data folder; a kill leaves the whole file or none."""
    kind = media_type_of(content)
    if kind is None or len(content) > MOST_BYTES:
        raise ValueError("a receipt is checked before it is kept")
    file = f"receipt-{secrets.token_urlsafe(24)}{SUFFIXES[kind]}"
    handle, temporary = tempfile.mkstemp(dir=_folder(), suffix=".part")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).replace(_folder() / file)
    return Receipt(file, readable_name(name, SUFFIXES[kind]), kind, len(content))


def readable_name(name: str, suffix: str) -> str:
    """Return a name without folders and control characters, ending as its content says."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(sign for sign in base if not unicodedata.category(sign).startswith("C") and sign not in '"<>:|?*')
    stem = plain.rpartition(".")[0] or plain
    return (stem.strip(" .")[:_LONGEST_NAME] or "receipt") + suffix


def receipt_path(expense: Expense) -> Path | None:
    """Return where an expense's receipt is; None when there is none."""
    path = _folder() / expense.receipt_file if expense.receipt_file else None
    return path if path is not None and path.is_file() else None


def drop_receipt(file: str) -> None:
    """Remove a stored receipt that no row names any more; call it after the commit."""
    if file:
        (_folder() / file).unlink(missing_ok=True)


def _folder() -> Path:
    folder = current_config().data_folder / "documents"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
