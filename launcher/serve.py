"""`./crossbill up`: a data folder, an up-to-date database, then the web server in this very process."""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from launcher import environment
from launcher.console import Problem
from launcher.environment import PYTHON, ROOT
from launcher.machine import check_port
from launcher.schema import is_current


def up(arguments: Sequence[str]) -> int:
    """Serve until a signal comes; never returns when all is well, so that signals reach the server itself."""
    parser = argparse.ArgumentParser(prog="./crossbill up", description="Start Crossbill.")
    add_address(parser)
    chosen = parser.parse_args(arguments)
    environment.ensure("requirements.txt")
    check_port(chosen.host, chosen.port, "up")
    prepare_data(Path(os.environ.get("CROSSBILL_DATA", "data")))
    set_address(chosen.host, chosen.port)
    prepare_database()
    replace_by("gunicorn", "--config", "gunicorn.conf.py")


def add_address(parser: argparse.ArgumentParser) -> None:
    """Let a person choose where to listen; the environment may have chosen already."""
    parser.add_argument("--host", default=os.environ.get("CROSSBILL_HOST", "127.0.0.1"), help="default: 127.0.0.1")
    port = os.environ.get("CROSSBILL_PORT", "8000")
    if not port.isdigit():
        raise Problem(f"CROSSBILL_PORT must be a whole number, not {port!r}.")
    parser.add_argument("--port", type=int, default=int(port), help="default: 8000")


def set_address(host: str, port: int) -> None:
    """Tell the server where to listen, and the app its own address unless a person set it."""
    os.environ["CROSSBILL_HOST"], os.environ["CROSSBILL_PORT"] = host, str(port)
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    os.environ.setdefault("BASE_URL", f"http://{f'[{shown}]' if ':' in shown else shown}:{port}")


def prepare_data(folder: Path) -> None:
    """Have the data folder, readable by its owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    os.environ["CROSSBILL_DATA"] = str(folder.resolve())


def prepare_database() -> None:
    """Bring the database up to date; the app is loaded for it only when that is needed or cannot be told."""
    file = Path(os.environ["CROSSBILL_DATA"]) / "crossbill.sqlite3"
    if os.environ.get("DATABASE_URL") or not is_current(file):
        run_command("prepare")


def run_command(*arguments: str) -> None:
    """Run one of the app's commands and wait; raises `Problem` when it fails (it said why)."""
    if subprocess.run(flask(*arguments), cwd=ROOT).returncode != 0:
        raise Problem(f"“{' '.join(arguments)}” did not succeed, see above.")


def flask(*arguments: str) -> list[str]:
    """The command line of one of the app's commands."""
    return [str(PYTHON), "-m", "flask", "--app", "app", *arguments]


class AppCommand:
    """Hands its arguments to `flask --app app NAME` and becomes it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, arguments: Sequence[str]) -> int:
        """Never returns: the command's exit code is ours."""
        environment.ensure("requirements.txt")
        replace_by("flask", "--app", "app", self._name, *arguments)


def replace_by(module: str, *arguments: str) -> NoReturn:
    """Become `python -m module`: no process of ours stays in between."""
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", module, *arguments])


def standin(arguments: Sequence[str]) -> int:
    """Run the stand-in alone; it reads its own options."""
    environment.ensure("requirements.txt")
    replace_by("standin", *arguments)


def bench(arguments: Sequence[str]) -> int:
    """Run the benchmarks."""
    environment.ensure("requirements.txt", "requirements-dev.txt")
    replace_by("tests.bench", *arguments)
