"""Whether an SQLite database is up to date, told without loading the app: that alone takes over a second."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from launcher.environment import ROOT

VERSIONS = ROOT / "migrations" / "versions"
_REVISION = re.compile(r"^(revision|down_revision)(?::[^=]*)?\s*=\s*(.+)$", re.MULTILINE)
_NAME = re.compile(r"""['"]([^'"]+)['"]""")


def newest(folder: Path = VERSIONS) -> set[str]:
    """The migrations that no other one follows."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for file in folder.glob("*.py"):
        for key, value in _REVISION.findall(file.read_text()):
            (revisions if key == "revision" else followed).update(_NAME.findall(value))
    return revisions - followed


def is_current(database: Path, folder: Path = VERSIONS) -> bool:
    """Say whether this file is at the newest migration; what cannot be read is not."""
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(database, timeout=10)) as connection:
            here = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
    except sqlite3.Error:
        return False
    return bool(here) and here == newest(folder)
