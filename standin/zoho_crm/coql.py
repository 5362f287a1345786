"""COQL: the part of Zoho's query language that a billing app needs (zoho-crm-wire §6).

`select a, b from Module where (x = 'y' and z is not null) or n in (1, 2) order by a desc limit 0, 200`. No joins but
lookups' own columns (`Account_Name.id`, `Account_Name.Account_Name`), no grouping: those answer SYNTAX_ERROR.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Response, request

from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.fields import CrmModule
from standin.zoho_crm.bodies import value_of
from standin.zoho_crm.criteria import COMPARATORS
from standin.zoho_crm.errors import RefusalError, nothing, over_limit
from standin.zoho_crm.gate import allow, charge, route

Json = dict[str, Any]
Test = Callable[[CrmRecord], bool]
TOKENS = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_$][\w.$]*)"
    r"|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
SIGNS = {
    "=": "equal", "!=": "not_equal", "<>": "not_equal", "<": "less_than", ">": "greater_than",
    "<=": "less_equal", ">=": "greater_equal",
}  # fmt: skip
LIMIT, FARTHEST = 2_000, 10_000


@dataclass
class Query:
    """A query as it was read."""

    columns: list[str]
    module: CrmModule
    test: Test
    order: list[tuple[str, bool]] = field(default_factory=list)
    start: int = 0
    limit: int = 200


def wrong(near: str) -> RefusalError:
    """The query cannot be read."""
    return RefusalError("SYNTAX_ERROR", "error occured while parsing the query", near=near)


@route("/coql", "POST", "coql.READ", is_heavy=True)
def coql(org: CrmOrg) -> Json | Response:
    """Run a query."""
    text = (request.get_json(force=True, silent=True) or {}).get("select_query")
    if not isinstance(text, str):
        raise RefusalError("MANDATORY_NOT_FOUND", "required field not found", api_name="select_query")
    query = Reader(org, text).query()
    allow(org, "View", query.module.api_name)
    if query.start + query.limit > FARTHEST:
        raise over_limit(FARTHEST, "limit")
    charge(1 if query.limit <= 200 else 2 if query.limit <= 1_000 else 3)
    rows = [row for row in org.records[query.module.api_name].values() if query.test(row)]
    for name, is_down in reversed(query.order or [("id", False)]):
        rows.sort(key=partial(_sorted_by, org, name), reverse=is_down)
    shown = rows[query.start : query.start + query.limit]
    if not shown:
        return nothing()
    info = {"count": len(shown), "more_records": query.start + query.limit < len(rows)}
    return {"data": [_body(org, row, query.columns) for row in shown], "info": info}


def _body(org: CrmOrg, row: CrmRecord, names: Sequence[str]) -> Json:
    body = {name: column(org, row, name) for name in names}
    return {name: _bare(value) for name, value in body.items()} | {"id": str(row.id)}


def _bare(value: Any) -> Any:
    """A lookup is only its id here."""
    return {"id": value["id"]} if isinstance(value, dict) else value


def column(org: CrmOrg, row: CrmRecord, name: str) -> Any:
    """A value by the name of its column; `Lookup.Field` goes one record further."""
    if name == "id":
        return str(row.id)
    first, _, rest = name.partition(".")
    found = org.fields(row.module)[first]
    if not rest:
        return value_of(org, row, found)
    target = org.find(found.target, int(row.values.get(first) or 0))
    return None if target is None else column(org, target, rest)


def _sorted_by(org: CrmOrg, name: str, row: CrmRecord) -> tuple[int, Any]:
    value = column(org, row, name)
    if value is None:
        return 0, 0
    if isinstance(value, dict):
        value = value["id"]
    return (1, value) if isinstance(value, int | float) else (2, str(value).casefold())


class Reader:
    """Reads one query from left to right."""

    def __init__(self, org: CrmOrg, text: str) -> None:
        self.org, self.tokens, self.at = org, self._split(text), 0
        self.module: CrmModule | None = None

    def query(self) -> Query:
        """The whole of it."""
        self._word("select")
        columns = self._list(self._name)
        self._word("from")
        name = self._name()
        module = self.org.modules.get(name)
        if module is None:
            raise RefusalError("INVALID_QUERY", "the module given seems to be invalid", module=name)
        self.module = module
        for one in columns:
            self._check(one)
        self._word("where")
        query = Query(columns, module, self._any())
        if self._is("order"):
            self._word("by")
            query.order = self._list(self._ordering)
        if self._is("limit"):
            query.limit = self._whole()
            if self._is(","):
                query.start, query.limit = query.limit, self._whole()
            elif self._is("offset"):
                query.start = self._whole()
        if self.at < len(self.tokens):
            raise wrong(self.tokens[self.at])
        if query.limit > LIMIT:
            raise over_limit(LIMIT, "limit")
        return query

    def _split(self, text: str) -> list[str]:
        tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            found = TOKENS.match(text, at)
            if found is None:
                raise wrong(text[at : at + 20])
            tokens.append(found[0].strip())
            at = found.end()
        return tokens

    def _next(self) -> str:
        if self.at >= len(self.tokens):
            raise wrong("end of query")
        self.at += 1
        return self.tokens[self.at - 1]

    def _is(self, word: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at].lower() == word:
            self.at += 1
            return True
        return False

    def _word(self, word: str) -> None:
        if not self._is(word):
            raise wrong(self.tokens[self.at] if self.at < len(self.tokens) else "end of query")

    def _name(self) -> str:
        token = self._next()
        if not re.fullmatch(r"[A-Za-z_$][\w.$]*", token):
            raise wrong(token)
        return token

    def _whole(self) -> int:
        token = self._next()
        if not token.isdigit():
            raise wrong(token)
        return int(token)

    def _list(self, one: Callable[[], Any]) -> list[Any]:
        found = [one()]
        while self._is(","):
            found.append(one())
        return found

    def _ordering(self) -> tuple[str, bool]:
        name = self._name()
        self._check(name)
        return name, self._is("desc") or (self._is("asc") and False)

    def _check(self, name: str) -> None:
        """Refuse a column that does not exist."""
        module, first, rest = self.module, *name.partition(".")[::2]
        if name == "id" or module is None:
            return
        found = self.org.fields(module.api_name).get(first)
        if found is None or (rest and found.data_type != "lookup"):
            raise RefusalError("INVALID_QUERY", "column given seems to be invalid", column_name=name)
        if rest and rest != "id" and rest not in self.org.fields(found.target):
            raise RefusalError("INVALID_QUERY", "column given seems to be invalid", column_name=name)

    def _any(self) -> Test:
        parts = [self._all()]
        while self._is("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _all(self) -> Test:
        parts = [self._one()]
        while self._is("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _one(self) -> Test:
        if self._is("("):
            inner = self._any()
            self._word(")")
            return inner
        name = self._name()
        self._check(name)
        test = self._comparison()
        return lambda row: test(self._plain(row, name))

    def _plain(self, row: CrmRecord, name: str) -> Any:
        value = column(self.org, row, name)
        return _folded(value["id"] if isinstance(value, dict) else value)

    def _comparison(self) -> Callable[[Any], bool]:
        sign = self._next().lower()
        if sign == "is":
            is_not = self._is("not")
            self._word("null")
            return lambda mine: (mine is None) != is_not
        is_not = sign == "not"
        word = self._next().lower() if is_not else sign
        test = self._worded(word)
        return (lambda mine: not test(mine)) if is_not else test

    def _worded(self, word: str) -> Callable[[Any], bool]:
        if word in SIGNS:
            given, compare = self._value(), COMPARATORS[SIGNS[word]]
            return lambda mine: compare(mine, given)
        if word == "like":
            pattern = re.escape(str(self._value())).replace("%", ".*")
            return lambda mine: mine is not None and re.fullmatch(pattern, str(mine), re.DOTALL) is not None
        if word == "in":
            self._word("(")
            values = self._list(self._value)
            self._word(")")
            return lambda mine: mine in values
        if word == "between":
            low = self._value()
            self._word("and")
            high = self._value()
            return lambda mine: mine is not None and low <= mine <= high
        raise wrong(word)

    def _value(self) -> Any:
        token = self._next()
        if token.startswith("'"):
            return token[1:-1].replace("\\'", "'").replace("''", "'").casefold()
        if token.lower() in ("true", "false"):
            return token.lower() == "true"
        try:
            return str(int(token)) if len(token) > 15 else float(token)
        except ValueError as error:
            raise wrong(token) from error


def _folded(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    return float(value) if isinstance(value, int | float) else str(value).casefold()
