"""Reads the command line of `./crossbill`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from launcher import environment
from launcher.check import test
from launcher.console import Problem
from launcher.demo import demo
from launcher.serve import AppCommand, bench, standin, up

HELP = """Crossbill: bills what you did in Zoho Projects.

  ./crossbill up [--port 8000] [--host 127.0.0.1]   start it on your data (folder: data)
  ./crossbill demo [--port 8000]                    try it with two years of invented work (folder: data/demo)

  ./crossbill sync [INTEGRATION] [--json]           run a sync now and watch it
  ./crossbill user create --email … --name …        add a person; user reset-password EMAIL makes a link
  ./crossbill backup [FILE]                         everything in one file; --verify FILE looks whether it is whole
  ./crossbill restore FILE                          put a backup in place of what is here
  ./crossbill doctor [--json]                       check books, sync, database and folder

  ./crossbill standin [--port 8400]                 the stand-in for Zoho alone
  ./crossbill test [--fast] [--reqs] [pytest …]     all checks and tests
  ./crossbill bench                                 benchmarks

Put `--data FOLDER` before the command to work on another data folder, e.g. ./crossbill --data data/demo doctor.
Settings: .env.example. More: docs/self-hosting.md."""

Command = Callable[[Sequence[str]], int]
COMMANDS: dict[str, Command] = {
    "up": up, "demo": demo, "standin": standin, "test": test, "bench": bench,
    "sync": AppCommand("sync"), "user": AppCommand("user"), "backup": AppCommand("backup"),
    "restore": AppCommand("restore"), "doctor": AppCommand("doctor"),
}  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; problems are one sentence."""
    try:
        return _run(list(arguments))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["--data"]:
        if len(arguments) < 2:
            raise Problem("Say which folder: ./crossbill --data FOLDER COMMAND")
        called_from = Path(os.environ.get("CROSSBILL_CALLED_FROM", "."))
        os.environ["CROSSBILL_DATA"] = str((called_from / arguments[1]).resolve())
        arguments = arguments[2:]
    name = arguments[0] if arguments else "help"
    if name in {"help", "--help", "-h"}:
        print(HELP)
        return 0
    if name not in COMMANDS:
        raise Problem(f"There is no command {name!r}. ./crossbill help lists them.")
    if name != "test":
        environment.load_settings()
        os.umask(0o077)  # whatever is written is its owner's only
    return COMMANDS[name](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
