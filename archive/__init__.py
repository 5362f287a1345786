"""Backups before danger and leaving at any time: snapshots of everything, and an export that others can read."""

from archive.backup import (
    DOCUMENTS,
    ENCRYPTION_KEYS,
    SECRET_KEY,
    BadBackup,
    Manifest,
    digest,
    manifest_of,
    unpacked,
    write,
)
from archive.databases import DUMPS, DatabaseTrouble, load
from archive.export import export_name, exported
from archive.keeping import Making, Snapshot, begin, find, making, new_path, snapshot, snapshots

__all__ = [
    "DOCUMENTS", "DUMPS", "ENCRYPTION_KEYS", "SECRET_KEY", "BadBackup", "DatabaseTrouble", "Making", "Manifest",
    "Snapshot", "begin", "digest", "export_name", "exported", "find", "load", "making", "manifest_of", "new_path",
    "snapshot", "snapshots", "unpacked", "write",
]  # fmt: skip
