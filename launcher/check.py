"""`./crossbill test`: style, types, templates, then the tests, the browser walks last."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from launcher import environment
from launcher.console import Problem, say
from launcher.environment import PYTHON, ROOT
from launcher.machine import install, missing_for_tests

#: title → arguments of `python -m`
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff", ("ruff", "check", "--quiet", ".")),
    ("ruff format", ("ruff", "format", "--check", "--quiet", ".")),
    ("mypy", ("mypy", "--no-error-summary", ".")),
    ("djlint", ("djlint", "templates", "standin/templates", "--lint", "--quiet")),
)
FOLDERS = ("tests/unit", "tests/integration", "tests/standin")
BROWSER_FOLDER = "tests/e2e"
#: all cores share these folders; the browser walks come after, alone, for they measure how a page feels
TOGETHER = ("-n", "auto", "--dist", "worksteal")


def test(arguments: Sequence[str]) -> int:
    """Run everything and return an exit code; with arguments for pytest, run only pytest."""
    arguments = list(arguments)
    is_fast = "--fast" in arguments
    chosen = [argument for argument in arguments if argument != "--fast"]
    environment.ensure("requirements.txt", "requirements-dev.txt")
    prepare_machine()
    failed = [] if chosen else [title for title, command in CHECKS if not _passes(title, command)]
    codes = [_python("pytest", *given) for given in pytest_calls(chosen, is_fast)]
    if failed:
        say(f"Also to mend, see above: {', '.join(failed)}")
    return next((code for code in codes if code), int(bool(failed)))


def pytest_calls(chosen: Sequence[str], is_fast: bool) -> list[list[str]]:
    """What pytest is given, call by call: everything on all cores, then the browser walks; or what a person asked."""
    if chosen:
        has_paths = any((ROOT / argument.partition("::")[0]).exists() for argument in chosen)
        return [[*([] if has_paths else _present(*FOLDERS, *_browser(is_fast))), *chosen]]
    together, walks = _present(*FOLDERS), _present(*_browser(is_fast))
    return [[*TOGETHER, *together], *([walks] if walks else [])]


def _browser(is_fast: bool) -> tuple[str, ...]:
    return () if is_fast else (BROWSER_FOLDER,)


def _present(*folders: str) -> list[str]:
    return [folder for folder in folders if (ROOT / folder).exists()]


def prepare_machine() -> None:
    """Install Chromium and Postgres where we may; without them the tests that need them are skipped."""
    missing = missing_for_tests()
    if not missing:
        return
    try:
        install(missing, f"The tests want {', '.join(missing)}.")
    except Problem as problem:
        say(f"{problem} Until then the tests that need it are skipped.")


def _passes(title: str, command: Sequence[str]) -> bool:
    say(f"— {title}")
    return _python(*command) == 0


def _python(*arguments: str) -> int:
    return subprocess.run([str(PYTHON), "-m", *arguments], cwd=ROOT).returncode
