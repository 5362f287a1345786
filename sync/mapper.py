"""Remote fields → our values. Pure: a field map is compiled once a run to one function per module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any

from connectors.base import FieldType, RemoteRecord
from sync.modules.base import KeptOut, LocalField, Module, Values
from sync.settings import SyncSettings

#: prefix of custom fields in a field map
CUSTOM = "custom."
Coercion = Callable[[Any], Any]


class UnmappableValue(Exception):  # noqa: N818 - it is a value, described
    """A remote value does not fit its local field; the sentence names the field."""


@dataclass(slots=True)
class Mapped:
    """One changed record on its way to the planner: its values, or why there are none."""

    id: str
    hash: bytes
    fields: Values
    embedded: Mapping[str, Values]
    values: Values
    kept_out: KeptOut | None = None


def content_hash(fields: Mapping[str, Any]) -> bytes:
    """Return 16 bytes over the fields as the connector gave them; the same bytes mean the same content."""
    return blake2b(repr(fields).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def clean_text(value: Any, limit: int) -> str:
    """Make text that every database stores: no NUL, no lone surrogate, cut visibly at `limit` characters."""
    if value is None:
        return ""
    if type(value) is str and len(value) <= limit and value.isascii() and "\x00" not in value:
        return value
    text = value if isinstance(value, str) else str(value)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _as_date(value: Any) -> date | None:
    if type(value) is date:
        return value
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise UnmappableValue(f"{str(value)[:40]!r} is not a date") from error


def _as_decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise UnmappableValue(f"{str(value)[:40]!r} is not a number") from error
    if not number.is_finite():
        raise UnmappableValue(f"{value!r} is not a number")
    return number


def _as_whole(value: Any) -> int | None:
    if type(value) is int and abs(value) < 2**62:
        return value
    number = _as_decimal(value)
    if number is None:
        return None
    if number != number.to_integral_value() or abs(number) >= 2**62:
        raise UnmappableValue(f"{str(value)[:40]!r} is not a whole number that fits")
    return int(number)


def _as_flag(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in {"true", "1", "yes"}
    return bool(value)


def _as_list(value: Any) -> list[str] | None:
    if value is None or value == "":
        return None
    return [clean_text(item, 200) for item in value] if isinstance(value, list | tuple) else [clean_text(value, 200)]


def coercion(field_type: FieldType, limit: int) -> Coercion:
    """Return how a value of this type is read."""
    table: dict[FieldType, Coercion] = {
        FieldType.DATE: _as_date,
        FieldType.NUMBER: _as_whole,
        FieldType.DURATION: _as_whole,
        FieldType.DECIMAL: _as_decimal,
        FieldType.MONEY: _as_decimal,
        FieldType.BOOLEAN: _as_flag,
        FieldType.CHOICES: _as_list,
    }
    return table.get(field_type, lambda value: clean_text(value, limit))


def compile_map(module: Module, settings: SyncSettings) -> Callable[[Mapping[str, Any]], Values]:
    """Return the function that turns remote fields of `module` into local values; raises `UnmappableValue`."""
    chosen = module.field_map(settings)
    steps = [
        (item.key, chosen[item.key], coercion(item.type, item.limit), item)
        for item in module.fields
        if chosen.get(item.key)
    ]
    custom = [(key.removeprefix(CUSTOM), remote) for key, remote in chosen.items() if key.startswith(CUSTOM) and remote]

    quick = [step[:3] for step in steps]

    def apply(fields: Mapping[str, Any]) -> Values:
        get = fields.get
        try:
            values = {key: coerce(get(remote)) for key, remote, coerce in quick}
        except UnmappableValue:
            raise _named(steps, fields) from None
        if custom:
            values["custom"] = {key: _plain(fields.get(remote)) for key, remote in custom}
        return values

    return apply


def _named(steps: Iterable[tuple[str, str, Coercion, LocalField]], fields: Mapping[str, Any]) -> UnmappableValue:
    """Go through the fields again, slowly, to name the one that does not fit."""
    for _key, remote, coerce, item in steps:
        try:
            coerce(fields.get(remote))
        except UnmappableValue as problem:
            return UnmappableValue(f"{item.label}: {problem}")
    return UnmappableValue("a value cannot be read twice")


def _plain(value: Any) -> Any:
    """Return a custom value as JSON keeps it."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return clean_text(value, 5000)


def map_record(record: RemoteRecord, digest: bytes, module: Module, rules: Rules) -> Mapped:
    """Map one record; what a rule keeps out or what does not fit says so instead of having values."""
    mapped = Mapped(record.id, digest, record.fields, record.embedded, {})
    mapped.kept_out = module.exclude(record.fields, rules.settings) if module.exclude else None
    if mapped.kept_out is None:
        try:
            mapped.values = rules.map(record.fields)
        except UnmappableValue as problem:
            mapped.kept_out = KeptOut("REC-UNREADABLE", {"problem": str(problem)})
    return mapped


@dataclass(frozen=True, slots=True)
class Rules:
    """A module's rules for one run, compiled from the frozen settings."""

    settings: SyncSettings
    map: Callable[[Mapping[str, Any]], Values]
    #: local fields that are written when a record is added, never afterwards
    first_only: frozenset[str]
    #: local fields that an empty remote value does not erase
    keeps_when_empty: frozenset[str]
    #: the connector's key, for the rows it makes
    source: str

    @classmethod
    def compile(cls, module: Module, settings: SyncSettings, source: str) -> Rules:
        """Compile once a run."""
        return cls(
            settings,
            compile_map(module, settings),
            frozenset(item.key for item in module.fields if item.is_first_only),
            frozenset(item.key for item in module.fields if item.keeps_when_empty),
            source,
        )
