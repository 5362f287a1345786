"""Files that people hand in: told by their content, kept in the data folder under a random name."""

from __future__ import annotations

import io
import os
import secrets
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

from extensions import current_config

#: pictures and PDF: media type → suffix of the stored file
PICTURES_AND_PDF = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
#: what goes beside a transaction: those, office documents without macros, and plain text
DOCUMENTS = PICTURES_AND_PDF | {
    f"{_OFFICE}.wordprocessingml.document": ".docx",
    f"{_OFFICE}.spreadsheetml.sheet": ".xlsx",
    f"{_OPEN}.text": ".odt",
    f"{_OPEN}.spreadsheet": ".ods",
    "text/plain": ".txt",
}
#: what the main part of an office document is called in its archive
_MAIN_PARTS = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
}
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file: its name on disk, the name people know it by, its media type and its size in bytes."""

    file: str
    name: str
    type: str
    size: int


def picture_or_pdf(content: bytes) -> str | None:
    """Return the media type that the content itself tells; None for what is neither a picture nor a PDF."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def document_type(content: bytes) -> str | None:
    """Return the media type of a picture, PDF, office document or plain text; None for anything else."""
    if found := picture_or_pdf(content):
        return found
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    return "text/plain" if _is_text(content) else None


def _office_type(content: bytes) -> str | None:
    """Look into an archive's list of names, nothing is unpacked but the short `mimetype`; macros are not taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js")) for name in names):
                return None
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                kind = archive.read("mimetype").decode("ascii", "replace").strip()
                return kind if kind in DOCUMENTS else None
    except (zipfile.BadZipFile, RuntimeError):
        return None
    return next((kind for part, kind in _MAIN_PARTS.items() if part in names), None)


def _is_text(content: bytes) -> bool:
    if not content or b"\x00" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not content.lstrip()[:200].lower().startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"#!"))


def keep(content: bytes, name: str, kind: str, prefix: str) -> StoredFile:
    """Write a file into the data folder; a kill leaves the whole file or none. `kind` is its checked media type."""
    suffix = DOCUMENTS[kind]
    file = f"{prefix}-{secrets.token_urlsafe(24)}{suffix}"
    write_whole(file, content)
    return StoredFile(file, readable_name(name, suffix, prefix), kind, len(content))


def write_whole(file: str, content: bytes) -> None:
    """Write a file of the folder so that a kill leaves either the whole file or none."""
    within = folder()
    handle, temporary = tempfile.mkstemp(dir=within, suffix=".part")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).replace(within / file)


def readable_name(name: str, suffix: str, instead: str) -> str:
    """Return a name without folders and control characters, ending as its content says; `instead` of an empty one."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(sign for sign in base if not unicodedata.category(sign).startswith("C") and sign not in '"<>:|?*')
    stem, _point, old = plain.rpartition(".")
    if suffix == ".txt" and old.lower() in ("csv", "md", "ics", "log"):
        suffix = f".{old.lower()}"
    return ((stem or plain).strip(" .")[:_LONGEST_NAME] or instead) + suffix


def path_of(file: str) -> Path | None:
    """Return where a stored file is; None when there is none."""
    path = folder() / file if file else None
    return path if path is not None and path.is_file() else None


def drop(file: str) -> None:
    """Remove a stored file that no row names any more; call it after the commit."""
    if file:
        (folder() / file).unlink(missing_ok=True)


def folder() -> Path:
    """Return the folder of stored documents."""
    found = current_config().data_folder / "documents"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found
