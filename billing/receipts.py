"""Receipts of expenses: pictures and PDFs, kept as `stored_files` keeps everything that people hand in."""

from __future__ import annotations

from pathlib import Path

from billing import stored_files
from billing.stored_files import StoredFile, drop, path_of, picture_or_pdf
from models import Expense

#: larger pictures are scaled down by whoever takes them
MOST_BYTES = 5 * 1024 * 1024
Receipt = StoredFile
media_type_of = picture_or_pdf
drop_receipt = drop


def keep_receipt(content: bytes, name: str) -> Receipt:
    """Write a receipt that `media_type_of` knows into the data folder."""
    kind = media_type_of(content)
    if kind is None or len(content) > MOST_BYTES:
        raise ValueError("a receipt is checked before it is kept")
    return stored_files.keep(content, name, kind, "receipt")


def receipt_path(expense: Expense) -> Path | None:
    """Return where an expense's receipt is; None when there is none."""
    return path_of(expense.receipt_file)
