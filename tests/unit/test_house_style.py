"""How the code looks, where a machine can tell (architecture §6)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("archive", "billing", "blueprints", "cli", "connectors", "forms", "launcher", "models", "standin", "sync")
FILES = sorted([*(path for room in ROOMS for path in (ROOT / room).rglob("*.py")), *ROOT.glob("*.py")])
FORBIDDEN_NAMES = {"utils", "helpers", "services", "common", "manager"}
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end; the docstring is for reading, not part of the work."""
    docstring = node.body[0] if ast.get_docstring(node) is not None else None
    quiet = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - quiet


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_short_and_says_what_lives_there(path):
    text = path.read_text()

    assert len(text.splitlines()) <= LONGEST_FILE
    assert ast.get_docstring(ast.parse(text)), f"{name(path)} does not open with a sentence"
    assert path.stem not in FORBIDDEN_NAMES


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_function_is_longer_than_forty_lines(path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert [f"{node.name}: {length(node)}" for node in functions if length(node) > LONGEST_FUNCTION] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_is_left_for_later(path):
    words = ("TODO", "FIXME", "XXX", "NotImplementedError")

    assert [word for word in words if word in path.read_text()] == []
