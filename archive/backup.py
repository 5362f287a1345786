"""What a backup is: one .tar.gz with database, stored documents, keys, and a manifest that proves it whole."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from archive import databases
from extensions import current_config, db

MANIFEST = "manifest.json"
FORMAT = 1
SECRET_KEY, ENCRYPTION_KEYS = "keys/secret_key", "keys/encryption_keys"
DOCUMENTS = "documents"


class BadBackup(Exception):  # noqa: N818 - the names are sentences (architecture §4)
    """The file is no whole backup; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `files`: name → SHA-256."""

    made_at: str
    #: sqlite or postgresql
    database: str
    revision: str | None
    files: dict[str, str]
    #: why it was made, in words; empty when a person asked for it at the terminal
    label: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            "crossbill_backup": FORMAT, "made_at": self.made_at, "database": self.database,
            "revision": self.revision, "files": self.files, "label": self.label,
        }  # fmt: skip


def write(target: Path, label: str = "") -> Manifest:
    """Write a backup; the file appears under its name only when it is whole, and only its owner can read it."""
    folder = current_config().data_folder
    with tempfile.TemporaryDirectory(dir=folder, prefix="backup-") as name:
        parts = dict(_parts(Path(name)))
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"), database=db.engine.dialect.name,
            revision=databases.revision(), files={part: digest(path) for part, path in parts.items()}, label=label,
        )  # fmt: skip
        unfinished = target.with_name(target.name + ".part")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        with tarfile.open(unfinished, "w:gz", compresslevel=6) as archive:
            _add_text(archive, MANIFEST, json.dumps(manifest.as_json(), indent=1))
            for part, path in parts.items():
                archive.add(path, part, recursive=False)
        unfinished.replace(target)
    return manifest


def _parts(work: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file of everything that belongs in; the database is as of one instant."""
    config = current_config()
    yield databases.DUMPS[db.engine.dialect.name], databases.dump(work)
    for name, text in ((SECRET_KEY, config.secret_key), (ENCRYPTION_KEYS, "\n".join(config.encryption_keys))):
        path = work / Path(name).name
        path.write_text(text)
        yield name, path
    documents = config.data_folder / DOCUMENTS
    for path in sorted(documents.rglob("*")):
        if path.is_file():
            yield f"{DOCUMENTS}/{path.relative_to(documents)}", path


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    data = text.encode()
    info.size, info.mode, info.mtime = len(data), 0o600, int(datetime.now(UTC).timestamp())
    archive.addfile(info, io.BytesIO(data))


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def unpacked(source: Path) -> Iterator[tuple[Path, Manifest]]:
    """Unpack a backup beside the data and prove it whole; raises `BadBackup`. The folder goes afterwards."""
    folder = Path(tempfile.mkdtemp(dir=current_config().data_folder, prefix="restore-"))
    try:
        yield folder, _unpack(source, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(source: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest = _read_manifest(archive)
            for name, expected in manifest.files.items():
                _extract(archive, name, folder, expected)
    except FileNotFoundError:
        raise BadBackup(f"There is no file {source}.") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadBackup(f"{source.name} cannot be read as a backup: {error}") from error
    return manifest


def manifest_of(source: Path) -> Manifest:
    """Read what a backup says of itself, which stands at its beginning; raises `BadBackup`. Proves nothing."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            return _read_manifest(archive)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadBackup(f"{source.name} cannot be read as a backup: {error}") from error


def _read_manifest(archive: tarfile.TarFile) -> Manifest:
    try:
        stored = json.load(_open(archive, MANIFEST))
        if stored["crossbill_backup"] > FORMAT:
            raise BadBackup("This backup was made by a newer Crossbill. Restore it with that version.")
        label = str(stored.get("label", ""))
        return Manifest(stored["made_at"], stored["database"], stored["revision"], dict(stored["files"]), label)
    except (KeyError, TypeError, ValueError):
        raise BadBackup("This file is not a backup of Crossbill.") from None


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _extract(archive: tarfile.TarFile, name: str, folder: Path, expected: str) -> None:
    """Write one named file; names that lead out of the folder are refused, whatever the archive says it holds."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()) or target == folder.resolve():
        raise BadBackup(f"The backup names a file outside of itself: {name}")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        content = _open(archive, name)
    except KeyError:
        raise BadBackup(f"The backup lacks {name}.") from None
    target.touch(mode=0o600)
    with content, target.open("wb") as copy:
        shutil.copyfileobj(content, copy)
    if digest(target) != expected:
        raise BadBackup(f"{name} in the backup is damaged.")
