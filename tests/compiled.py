"""Many apps are made in one test run, all from the same sources: what is compiled from them is compiled only once.

That is most of the time of a test otherwise. Werkzeug compiles each rule from its text alone (one with defaults is
compiled as always: it holds their values); Jinja compiles each template that a page shows; SQLAlchemy keeps each
statement by its dialect, so engines of one kind of database take the dialect of the first of them.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing.rules import Rule

_compile: Callable[[Rule], None] = Rule.compile
#: what compiling leaves on a rule that its text alone decides; the last two are methods
_MADE = ("_parts", "_trace", "_converters", "arguments", "_build", "_build_unknown")
_rules: dict[tuple[Any, ...], tuple[Any, ...]] = {}


def _compile_once(rule: Rule) -> None:
    if rule.defaults or rule.subdomain or rule.host:
        _compile(rule)
        return
    key = (rule.rule, rule.strict_slashes, rule.merge_slashes)
    if key not in _rules:
        _compile(rule)
        _rules[key] = tuple(getattr(rule, name) for name in _MADE)
        return
    *facts, build, build_unknown = _rules[key]
    for name, fact in zip(_MADE, facts, strict=False):
        setattr(rule, name, fact.copy())
    rule._build = build.__func__.__get__(rule)
    rule._build_unknown = build_unknown.__func__.__get__(rule)


class _Templates(BytecodeCache):
    """Keeps code by the template's name and the checksum of its source, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.kept[bucket.key, bucket.checksum] = bucket.code


_templates = _Templates()


def share_addresses() -> None:
    """From now on, rules of the same text share what was compiled for the first of them in this process."""
    Rule.compile = _compile_once  # type: ignore[assignment, method-assign]


def share_templates(app: Flask) -> None:
    """Let an app take templates that another one compiled."""
    app.jinja_env.bytecode_cache = _templates


_statements: dict[str, tuple[Any, Any]] = {}


def share_statements(engine: Engine) -> None:
    """Let an engine take statements that another one of its kind compiled; the first one is asked who it speaks to."""
    kind = engine.dialect.name
    if kind not in _statements:
        engine.connect().close()  # its dialect now knows the server
        _statements[kind] = engine.dialect, LRUCache(10_000)
    engine.dialect, engine._compiled_cache = _statements[kind]
