"""The commands behind the launcher; `app.py` hangs them on `flask`."""

from __future__ import annotations

from flask import Flask

from cli.archive_commands import backup, restore
from cli.demo import demo_fill
from cli.doctor import doctor
from cli.prepare import prepare
from cli.sync import sync
from cli.users import user

COMMANDS = (prepare, sync, user, backup, restore, doctor, demo_fill)


def init_cli(app: Flask) -> None:
    """Make the commands known."""
    for command in COMMANDS:
        app.cli.add_command(command)
