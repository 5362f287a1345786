"""The backups in the data folder: made before danger or when somebody asks, listed, found by name, removed."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, current_app

from archive.backup import BadBackup, Manifest, manifest_of, write
from archive.databases import DatabaseTrouble
from extensions import current_config, db

ENDING = ".tar.gz"
#: the list shows the newest ones
SHOWN = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.tar\.gz")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One backup in the data folder. `problem` says why it cannot be read as one; `size` in bytes."""

    path: Path
    made_at: datetime
    size: int
    label: str = ""
    problem: str = ""

    @property
    def name(self) -> str:
        """The file's name, by which pages ask for it."""
        return self.path.name


@dataclass(slots=True)
class Making:
    """A backup that is made beside the pages: `problem` says why it failed, once it has."""

    thread: threading.Thread | None = None
    problem: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether it is still being made."""
        return self.thread is not None and self.thread.is_alive()


def folder() -> Path:
    """Where they lie; made when missing, and nobody else on this machine can look into it."""
    found = current_config().data_folder / "backups"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def new_path(label: str = "") -> Path:
    """A free name that tells when it was made and why."""
    slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:40].strip("-")
    stem = f"crossbill-{datetime.now(UTC):%Y%m%d-%H%M%S}" + (f"-{slug}" if slug else "")
    found, number = folder() / f"{stem}{ENDING}", 2
    while found.exists() or found.with_name(found.name + ".part").exists():
        found, number = folder() / f"{stem}-{number}{ENDING}", number + 1
    return found


def snapshot(label: str) -> Snapshot:
    """Back everything up before something dangerous (requirements M-20); `label` says what, in words.

    Ends the present database transaction first, so that nobody waits while it is made: call it before writing.
    Raises `DatabaseTrouble` or `OSError` when it cannot be made.
    """
    if db.session.new or db.session.dirty or db.session.deleted:
        raise RuntimeError("take the snapshot before writing, not after")
    db.session.rollback()
    target = new_path(label)
    return _told(target, write(target, label))


def begin(label: str) -> bool:
    """Start a snapshot beside the pages; False when one is being made already. `making` says how it goes."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    now = making()
    with _lock:
        if now.is_alive:
            return False
        now.problem = ""
        now.thread = threading.Thread(target=_make, args=(app, label, now), name="crossbill-backup", daemon=True)
        now.thread.start()
    return True


def making() -> Making:
    """What `begin` is at in this process."""
    found: Making = current_app.extensions.setdefault("crossbill_backup", Making())
    return found


def snapshots() -> list[Snapshot]:
    """The newest ones, newest first."""
    found = sorted(folder().glob(f"*{ENDING}"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [_read(path) for path in found[:SHOWN]]


def find(name: str) -> Path | None:
    """The file of this name; None when there is none, whatever the name tries."""
    path = folder() / name
    return path if _NAME.fullmatch(name) and path.is_file() else None


_lock = threading.Lock()


def _make(app: Flask, label: str, now: Making) -> None:
    with app.app_context():
        try:
            snapshot(label)
        except (DatabaseTrouble, OSError) as problem:
            now.problem = str(problem)


def _told(path: Path, manifest: Manifest) -> Snapshot:
    return Snapshot(path, datetime.fromisoformat(manifest.made_at), path.stat().st_size, manifest.label)


def _read(path: Path) -> Snapshot:
    try:
        return _told(path, manifest_of(path))
    except BadBackup as problem:
        facts = path.stat()
        return Snapshot(path, datetime.fromtimestamp(facts.st_mtime, UTC), facts.st_size, problem=str(problem))
