"""JSON read strictly: real UTF-8, no NaN or infinity, bounded depth, exact decimals."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

MOST_DEPTH = 100
#: stands in for an `id` that an object carries twice with different values
TWO_IDS: Final = object()

_BOM = b"\xef\xbb\xbf"
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class BadJsonError(ValueError):
    """The text is not JSON that may be believed; says why."""


def loads(body: bytes) -> Any:
    """The value, with decimals as `Decimal`; a byte order mark is fine."""
    return _loads(body, None)


def loads_watchful(body: bytes) -> Any:
    """As `loads`, but an object whose `id` came twice with different values gets `TWO_IDS` for it.

    Costs a Python call per object, hence only used where a count of keys raised suspicion.
    """
    return _loads(body, _watch)


def _loads(body: bytes, hook: Any) -> Any:
    try:
        text = body.removeprefix(_BOM).decode("utf-8")
        value = json.loads(text, parse_constant=_refuse, parse_float=_decimal, object_pairs_hook=hook)
    except UnicodeDecodeError:
        raise BadJsonError("it is not valid UTF-8") from None
    except RecursionError:
        raise BadJsonError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise BadJsonError(f"it is broken at character {error.pos}") from None
    except ValueError as error:
        raise BadJsonError(str(error)) from None
    if _may_be_deep(body) and _is_deep(value):
        raise BadJsonError("it is nested too deeply")
    return value


def _refuse(word: str) -> Any:
    raise BadJsonError(f"it holds {word}, which is no number")


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if abs(value.adjusted()) > 40:
        raise BadJsonError("it holds a number beyond all bounds")
    return value


def _watch(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs) and len({str(item) for key, item in pairs if key == "id"}) > 1:
        value["id"] = TWO_IDS
    return value


def _may_be_deep(body: bytes) -> bool:
    """Quick look in C: take the innermost pairs of brackets away, as often as depth is allowed.

    Brackets inside texts can make this say yes wrongly, never no.
    """
    skeleton = body.translate(None, _NOT_BRACKETS)
    for _ in range(MOST_DEPTH):
        if not skeleton:
            return False
        shorter = skeleton.replace(b"[]", b"").replace(b"{}", b"")
        if len(shorter) == len(skeleton):
            return True
        skeleton = shorter
    return bool(skeleton)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return False
    return True


def _inside(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return [inner for inner in item.values() if isinstance(inner, (dict, list))]
    if isinstance(item, list):
        return [inner for inner in item if isinstance(inner, (dict, list))]
    return []
