"""Many apps are made in one test run, all from the same sources: what is compiled from them is compiled only once.

That is most of the time of a test otherwise. Werkzeug compiles two functions per rule from its text alone (a rule with
defaults is compiled as always: its functions hold their values); Jinja compiles each template that a page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing.rules import Rule

_compile: Callable[[Rule, bool], Any] = Rule._compile_builder
_builders: dict[tuple[Any, ...], Any] = {}


def _compile_once(rule: Rule, append_unknown: bool = True) -> Any:
    if rule.defaults:
        return _compile(rule, append_unknown)
    key = (rule.rule, append_unknown, *rule._trace)
    if key not in _builders:
        _builders[key] = _compile(rule, append_unknown)
    return _builders[key]


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
    """From now on, rules of the same text share their builders in this process."""
    Rule._compile_builder = _compile_once  # type: ignore[assignment]


def share_templates(app: Flask) -> None:
    """Let an app take templates that another one compiled."""
    app.jinja_env.bytecode_cache = _templates
