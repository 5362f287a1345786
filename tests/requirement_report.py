"""`pytest --reqs`: which requirement is proven by which tests, and which by none; runs nothing."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("requirements.txt")
PROOFS = pytest.StashKey[dict[str, list[str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reqs", action="store_true", help="list the requirements with the tests that prove them")


def pytest_collection_finish(session: pytest.Session) -> None:
    proofs: dict[str, list[str]] = defaultdict(list)
    for item in session.items:
        for marker in item.iter_markers("req"):
            for requirement in marker.args:
                name = item.nodeid.partition("[")[0]
                if name not in proofs[requirement]:
                    proofs[requirement].append(name)
    session.config.stash[PROOFS] = proofs


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return True if session.config.getoption("--reqs") else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("--reqs"):
        return
    known, proofs = requirements(), config.stash[PROOFS]
    for key, sentence in known.items():
        if key in proofs:
            terminalreporter.write_line(f"{key}  {sentence}")
            for test in proofs[key]:
                terminalreporter.write_line(f"    {test}")
    unproven = [key for key in known if key not in proofs]
    terminalreporter.section("no test proves")
    for key in unproven:
        terminalreporter.write_line(f"{key}  {known[key]}")
    if unknown := sorted(set(proofs) - set(known)):
        terminalreporter.section("ids that the list does not have")
        terminalreporter.write_line(" ".join(unknown))
    terminalreporter.write_line(f"{len(known) - len(unproven)} of {len(known)} requirements have a test.")


def requirements() -> dict[str, str]:
    """Read the committed list: id → what must be true."""
    lines = [line for line in LIST.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("\t", 1) for line in lines)
