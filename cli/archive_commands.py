"""`backup` and `restore`: everything in one file, and back."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DatabaseError

import archive
from archive import BadBackup, DatabaseTrouble, Manifest
from cli.prepare import scripts
from extensions import current_config, db, utcnow
from models.lease import holder, is_dead


@click.command("backup")
@click.argument("file", required=False)
@click.option("--verify", is_flag=True, help="Only look whether FILE is a whole backup.")
@with_appcontext
def backup(file: str | None, verify: bool) -> None:
    """Write database, documents and keys into FILE (default: backups/ in the data folder).

    The file opens everything that Crossbill knows, the keys included: keep it where nobody else reads.
    """
    try:
        if verify:
            manifest = check(as_typed(file or ""))
            click.echo(f"Whole: made {manifest.made_at}, {len(manifest.files)} files.")
            return
        target = as_typed(file) if file else default_file()
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        archive.write(target)
    except (BadBackup, DatabaseTrouble, OSError) as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Backed up to {target} ({target.stat().st_size // 1024:,} KB).")


@click.command("restore")
@click.argument("file")
@with_appcontext
def restore(file: str) -> None:
    """Put the backup in FILE in place of the present data; what was here is kept beside it."""
    try:
        kept = put_in_place(as_typed(file))
    except (BadBackup, DatabaseTrouble, OSError) as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"Restored {file}. What was here before lies in {kept}.\nStart Crossbill again: ./crossbill up")


def as_typed(file: str) -> Path:
    """A path as the person meant it: relative to where they stood, not to where the launcher went."""
    return Path(os.environ.get("CROSSBILL_CALLED_FROM", ".")) / file


def default_file() -> Path:
    """A new name in the data folder."""
    return archive.new_path()


def check(source: Path) -> Manifest:
    """Unpack and prove a backup whole; raises `BadBackup`."""
    with archive.unpacked(source) as (_folder, manifest):
        return manifest


def put_in_place(source: Path) -> Path:
    """Restore a backup; returns the folder with what was here. Nothing is touched unless the backup is whole."""
    config = current_config()
    with archive.unpacked(source) as (folder, manifest):
        _refuse(manifest, folder)
        kept = config.data_folder / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        kept.mkdir(mode=0o700)
        archive.load(folder / archive.DUMPS[manifest.database], kept)
        _replace(folder / archive.DOCUMENTS, config.data_folder / archive.DOCUMENTS, kept)
        for name in (archive.SECRET_KEY, archive.ENCRYPTION_KEYS):
            _replace(folder / name, config.data_folder / Path(name).name, kept)
    return kept


def _replace(new: Path, present: Path, kept: Path) -> None:
    """Move what is present aside and the new one in; a backup without documents leaves none."""
    if present.exists():
        shutil.move(present, kept / present.name)
    if new.exists():
        shutil.move(new, present)


def _refuse(manifest: Manifest, folder: Path) -> None:
    """Stop before anything is touched when the restored data could not be used."""
    if manifest.database != db.engine.dialect.name:
        raise BadBackup(
            f"This backup is of a {manifest.database} database, and this installation uses {db.engine.dialect.name}."
        )
    known = {script.revision for script in scripts().walk_revisions()}
    if manifest.revision is not None and manifest.revision not in known:
        raise BadBackup("This backup was made by a newer Crossbill. Restore it with that version.")
    keys = (folder / archive.ENCRYPTION_KEYS).read_text().split()
    if os.environ.get("ENCRYPTION_KEYS") and not set(keys) <= set(current_config().encryption_keys):
        raise BadBackup(
            "ENCRYPTION_KEYS in the environment lacks the backup's keys. Unset it, and they are taken from the backup."
        )
    if _is_running():
        raise DatabaseTrouble("Crossbill is running on this data. Stop it first, then restore.")


def _is_running() -> bool:
    """Whether a scheduler shows signs of life; an empty or broken database has none."""
    try:
        held = holder("scheduler")
    except DatabaseError:
        return False
    finally:
        db.session.rollback()
    return held is not None and held[1] > utcnow() and not is_dead(held[0])
