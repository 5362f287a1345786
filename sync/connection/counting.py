"""The statements that count a connector's records: long to write, so each is written once for its modules."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, CompoundSelect, Integer, bindparam, func, literal, select, union_all

from models import Link
from sync.reasons import reasons_of


@cache
def kept_out(modules: tuple[str, ...], cap: int) -> CompoundSelect[Any]:
    """Module, reason and count of what is kept out, one capped index range each. Takes `integration` and `muted`."""
    is_muted = Link.is_muted == bindparam("muted", type_=Boolean)
    parts = []
    for key in modules:
        for reason in reasons_of(key):
            some = select(Link.id).where(_of_module(key), Link.reason == reason.code, is_muted).limit(cap + 1)
            parts.append(select(literal(key), literal(reason.code), func.count()).select_from(some.subquery()))
    return union_all(*parts)


@cache
def records(modules: tuple[str, ...], cap: int) -> CompoundSelect[Any]:
    """Module and count of the records that are here. Takes `integration`."""
    parts = []
    for key in modules:
        some = select(Link.local_id).where(_of_module(key), Link.local_id.is_not(None)).limit(cap + 1)
        parts.append(select(literal(key), func.count()).select_from(some.subquery()))
    return union_all(*parts)


def _of_module(module: str) -> ColumnElement[bool]:
    return (Link.integration_id == bindparam("integration", type_=Integer)) & (Link.module == module)
