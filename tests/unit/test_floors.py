"""The house rule of imports: a folder imports only from floors below its own (architecture §1, §3)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS: list[set[str]] = [
    {"app"},
    {"cli", "jobs"},
    {"blueprints"},
    {"sync", "forms"},
    {"billing", "connectors", "archive"},
    {"models"},
    {"extensions", "config"},
]
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}
#: stand beside the house and share nothing with it
BESIDE = {"standin", "launcher"}
#: exceptions to the floors that architecture §3 names: who may not, though it lies below
FORBIDDEN = {
    ("blueprints", "connectors"), ("connectors", "models"), ("connectors", "extensions"), ("connectors", "config"),
}  # fmt: skip
#: the one step sideways: settings are what the extensions are made from
ALLOWED = {("extensions", "config")}


def files_of(room: str) -> list[Path]:
    single = ROOT / f"{room}.py"
    return [single] if single.exists() else sorted((ROOT / room).rglob("*.py"))


def imports_of(file: Path) -> Iterator[tuple[str, bool]]:
    """Yield the first part of each imported name, and whether the import stands inside a function."""
    tree = ast.parse(file.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = {id(child) for function in functions for child in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name.partition(".")[0], id(node) in inner
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0], id(node) in inner


@pytest.mark.parametrize("room", sorted(FLOOR_OF))
def test_a_room_imports_only_from_floors_below_its_own(room):
    own = FLOOR_OF[room]
    closed = {target for target, floor in FLOOR_OF.items() if floor <= own or (room, target) in FORBIDDEN} - {room}
    wrong = [
        f"{file.relative_to(ROOT)} imports {target}"
        for file in files_of(room)
        for target, _inner in imports_of(file)
        if target in closed and (room, target) not in ALLOWED
    ]

    assert wrong == []


@pytest.mark.parametrize("room", sorted(FLOOR_OF))
def test_no_import_hides_inside_a_function(room):
    wrong = [
        f"{file.relative_to(ROOT)} imports {target} inside a function"
        for file in files_of(room)
        for target, is_inner in imports_of(file)
        if is_inner and target in FLOOR_OF
    ]

    assert wrong == []


@pytest.mark.parametrize("room", sorted(BESIDE))
def test_what_stands_beside_the_house_shares_no_code_with_it(room):
    wrong = [
        f"{file.relative_to(ROOT)} imports {target}"
        for file in files_of(room)
        for target, _inner in imports_of(file)
        if target in FLOOR_OF or target in BESIDE - {room}
    ]

    assert wrong == []


def test_nothing_of_the_house_imports_the_stand_in_or_the_launcher():
    wrong = [
        f"{file.relative_to(ROOT)} imports {target}"
        for room in FLOOR_OF
        for file in files_of(room)
        for target, _inner in imports_of(file)
        if target in BESIDE
    ]

    assert wrong == []
