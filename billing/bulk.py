"""Many rows in one statement: rows and ids travel as one JSON value, so statements never grow with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, bindparam, cast, column, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import InstrumentedAttribute

from extensions import Model, db


def is_sqlite() -> bool:
    """Say which of the two databases this session speaks to."""
    return db.session.get_bind().dialect.name == "sqlite"


def among(attribute: InstrumentedAttribute[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that a column is one of these ids, as a single bound value."""
    numbers = list(ids)
    if is_sqlite():
        each = func.json_each(literal(json.dumps(numbers))).table_valued("value")
        return attribute.in_(select(each.c.value))
    return attribute == func.any(cast(numbers, ARRAY(BigInteger)))


def insert_rows(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Insert rows given as values in the order of `names`; returns how many. One statement whatever their number."""
    dialect = db.session.get_bind().dialect
    columns = [model.__table__.c[name] for name in names]
    binders = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    payload = json.dumps(
        [[bind(value) if bind else value for bind, value in zip(binders, row, strict=True)] for row in rows],
        default=str, ensure_ascii=False,
    )  # fmt: skip
    if is_sqlite():
        picks = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(names)))
        source = "json_each(:rows)"
    else:
        types = [column.type.compile(dialect).partition(" COLLATE ")[0] for column in columns]  # a cast names none
        picks = ", ".join(f"CAST(value ->> {place} AS {kind})" for place, kind in enumerate(types))
        source = "jsonb_array_elements(CAST(:rows AS jsonb))"
    # the names are ours, never a person's
    statement = f"INSERT INTO {model.__tablename__} ({', '.join(names)}) SELECT {picks} FROM {source}"  # noqa: S608
    return int(db.session.execute(text(statement), {"rows": payload}).rowcount)  # type: ignore[attr-defined]


def touched(statement: Any) -> int:
    """Run an `UPDATE` or `INSERT` past the session; returns how many rows it touched."""
    options = {"synchronize_session": False, "preserve_rowcount": True}  # psycopg forgets an INSERT's count otherwise
    return int(db.session.execute(statement, execution_options=options).rowcount)  # type: ignore[attr-defined]


def pairs(rows: Sequence[tuple[int, int]], first: str, second: str) -> Any:
    """Return a table of two whole-number columns made from one bound JSON value."""
    payload: BindParameter[str] = bindparam(None, json.dumps(rows))
    if is_sqlite():
        return _sqlite_pairs(payload, first, second)
    each = func.jsonb_array_elements(cast(payload, JSONB)).table_valued("value")
    value = each.c.value
    return select(
        cast(func.jsonb_extract_path_text(value, "0"), BigInteger).label(first),
        cast(func.jsonb_extract_path_text(value, "1"), BigInteger).label(second),
    ).subquery()


def _sqlite_pairs(payload: Any, first: str, second: str) -> Any:
    each = func.json_each(payload).table_valued(column("value"))
    return select(
        func.json_extract(each.c.value, "$[0]").label(first), func.json_extract(each.c.value, "$[1]").label(second)
    ).subquery()
