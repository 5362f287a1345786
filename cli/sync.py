"""`sync`: performs a run here and now, with its progress, and says by the exit code how it went."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any, NoReturn

import click
from flask import current_app
from flask.cli import with_appcontext

from cli.prepare import require_tables
from extensions import db, reading, utcnow
from models import Integration, SyncRun, SyncRunModule
from models.audit import Actor
from models.integration import RUN_STATES
from sync import connection, engine

ACTOR = Actor("command", "command line")
#: state of the run → exit code
EXIT_CODES = {"ok": 0, "partial": 1, "failed": 2, "interrupted": 2, "stopped": 2}
ALREADY_RUNNING = 3
CANNOT_RUN = 4
#: the run waits for the remote; the scheduler goes on with it
WAITING = 5


@click.command("sync")
@click.argument("integration", required=False)
@click.option("--full", is_flag=True, help="Read everything instead of what changed.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@with_appcontext
def sync(integration: str | None, full: bool, as_json: bool) -> None:
    """Run a sync of INTEGRATION (its number or its app, e.g. zoho_projects) now.

    Exit codes: 0 completed, 1 with errors, 2 failed, 3 already running, 4 cannot run, 5 waits for the remote.
    """
    require_tables()
    engine.recover(utcnow())
    found = choose(integration)
    try:
        run, is_new = connection.enqueue(
            found, "full" if full else "quick", "command", Actor("command", "command line")
        )
    except connection.SetupRefused as refused:
        _fail(str(refused), CANNOT_RUN)
    db.session.commit()
    if not is_new and run.state != "queued":
        _fail("A sync of this integration is already running.", ALREADY_RUNNING)
    run_id = run.id
    db.session.rollback()
    perform(run_id, is_quiet=as_json)
    done = db.session.get_one(SyncRun, run_id, populate_existing=True)
    click.echo(json.dumps(outcome(done), indent=2) if as_json else sentence(done))
    sys.exit(EXIT_CODES.get(done.state, WAITING))


def choose(integration: str | None) -> Integration:
    """Find the integration that is meant; the only one when none was named."""
    live = list(db.session.scalars(db.select(Integration).where(Integration.state != "deleted")))
    meant: list[Integration] = [found for found in live if integration in (None, str(found.id), found.connector)]
    if not meant:
        _fail("There is no such integration. Connect one under Settings → Integrations first.", CANNOT_RUN)
    if len(meant) > 1:
        names = ", ".join(found.connector for found in meant)
        _fail(f"Say which integration: {names}.", CANNOT_RUN)
    return meant[0]


def _fail(text: str, code: int) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(code)


def perform(run_id: int, *, is_quiet: bool = False) -> None:
    """Perform a queued run in this process; on a terminal a line of progress is kept up to date."""
    if is_quiet:
        engine.perform(run_id)
        return
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(current_app._get_current_object(), run_id, done))  # type: ignore[attr-defined]
    watcher.start()
    try:
        engine.perform(run_id)
    finally:
        done.set()
        watcher.join()


def _watch(app: Any, run_id: int, done: threading.Event) -> None:
    """Print where the run is, twice a second on a terminal, rarely into a pipe."""
    is_terminal = sys.stdout.isatty()
    last = ""
    with app.app_context():
        while not done.wait(0.5 if is_terminal else 3):
            text = progress(run_id)
            if text and text != last:
                click.echo(f"\r\033[K{text}" if is_terminal else text, nl=not is_terminal)
                last = text
    if is_terminal and last:
        click.echo("\r\033[K", nl=False)


def progress(run_id: int) -> str:
    """Say in one line which module is read and how far it is; holds no lock that the run needs."""
    columns = (SyncRunModule.module, SyncRunModule.seen, SyncRunModule.expected)
    query = db.select(*columns).where(SyncRunModule.run_id == run_id, SyncRunModule.state == "running")
    with reading():
        row = db.session.execute(query).first()
        db.session.rollback()
    if row is None:
        return ""
    name = row.module.replace("_", " ").capitalize()
    if not row.expected:
        return f"{name}: {row.seen}"
    share = min(1.0, row.seen / row.expected)
    return f"{name}: {row.seen} of {row.expected} {bar(share)}"


def bar(share: float, width: int = 24) -> str:
    """Draw a share between 0 and 1."""
    full = round(share * width)
    return "█" * full + "░" * (width - full)


def outcome(run: SyncRun) -> dict[str, Any]:
    """What scripts get."""
    counts = ("seen", "added", "updated", "unchanged", "removed", "excluded", "failed")
    return {
        "run": run.id, "state": run.state, "message": run.message, "calls": run.calls,
        "modules": {
            row.module: {"state": row.state, **{name: getattr(row, name) for name in counts}, "message": row.message}
            for row in run.modules
        },
    }  # fmt: skip


def sentence(run: SyncRun) -> str:
    """What people get: a line per module and how it ended."""
    lines = [
        f"{row.module.replace('_', ' ').capitalize():<14} {row.added:>7} added {row.updated:>7} updated "
        f"{row.removed:>6} removed {row.excluded:>6} excluded {row.failed:>6} failed"
        for row in run.modules
    ]
    return "\n".join([*lines, f"{RUN_STATES[run.state]}. {run.message}".strip()])
