"""Fields of the organisation's own on its records: their types, reading what is typed, writing it for people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from billing.errors import MoveRefused
from extensions import db
from models import CustomField
from models.audit import Actor, record

#: types that a person may choose, with their words; a sync may bring others, which are shown as text
TYPES: Mapping[str, Any] = {
    "text": _l("Text"), "decimal": _l("Number"), "date": _l("Date"), "boolean": _l("Yes or no"),
    "choice": _l("Choice"), "email": _l("E-mail"), "url": _l("Web address"), "phone": _l("Phone"),
}  # fmt: skip
#: how many are offered at once
MOST = 10
_LONGEST = 500
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+")
_PHONE = re.compile(r"[+\d][\d\s()/.-]{4,40}")


def fields_of(area: str) -> list[CustomField]:
    """Return the fields that are offered for an area, oldest first."""
    query = select(CustomField).where(CustomField.area == area, CustomField.is_active)
    return list(db.session.scalars(query.order_by(CustomField.id)))


def read(field: CustomField, text: str) -> Any:
    """Turn what was typed into the field's value; None for nothing. Raises `ValueError` with a sentence."""
    typed = text.replace("\x00", "").strip()
    if not typed:
        return None
    if len(typed) > _LONGEST:
        raise ValueError(_("Enter at most %(most)s characters.", most=_LONGEST))
    reader = _READERS.get(field.type)
    return reader(field, typed) if reader else typed


def _number(_field: CustomField, typed: str) -> str:
    try:
        found = Decimal(typed.replace(" ", "").replace(",", ".") if typed.count(",") <= 1 else typed)
    except InvalidOperation as error:
        raise ValueError(_("Enter a number, for example 12.5.")) from error
    if not found.is_finite() or abs(found) >= 10**15:
        raise ValueError(_("Enter a number, for example 12.5."))
    return f"{found:f}"


def _date(_field: CustomField, typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError as error:
        raise ValueError(_("Enter a date like 2026-11-24.")) from error


def _boolean(_field: CustomField, typed: str) -> bool:
    word = typed.casefold()
    if word in ("1", "yes", "y", "true", "on", "ja", "oui", "si", str(_("yes"))):
        return True
    if word in ("0", "no", "n", "false", "off", "nein", "non", str(_("no"))):
        return False
    raise ValueError(_("Enter yes or no."))


def _choice(field: CustomField, typed: str) -> str:
    for choice in field.choices:
        if choice.casefold() == typed.casefold():
            return choice
    raise ValueError(_("Choose one of: %(choices)s.", choices=", ".join(field.choices)))


def _fitting(pattern: re.Pattern[str], sentence: Any) -> Any:
    def fit(_field: CustomField, typed: str) -> str:
        if not pattern.fullmatch(typed):
            raise ValueError(str(sentence))
        return typed

    return fit


_READERS: Mapping[str, Any] = {
    "decimal": _number,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "email": _fitting(EMAIL, _l("Write an e-mail address, for example mara@example.com.")),
    "url": _fitting(_URL, _l("Begin the address with https://.")),
    "phone": _fitting(_PHONE, _l("Write a phone number, for example +49 731 1234.")),
}


def typed(field: CustomField, value: Any) -> str:
    """Write a stored value as a person would type it again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def define(area: str, label: str, kind: str, choices: list[str], actor: Actor) -> CustomField:
    """Add a field to an area; raises `MoveRefused` when there are `MOST` already or the name is taken."""
    offered = fields_of(area)
    if len(offered) >= MOST:
        raise MoveRefused(_("There are %(most)s fields already. Stop offering one first.", most=MOST))
    if label.casefold() in {field.label.casefold() for field in offered}:
        raise MoveRefused(_("There is a field called %(label)s already. Choose another name.", label=label))
    field = CustomField(area=area, key=_free_key(area, label), label=label, type=kind, choices=choices)
    db.session.add(field)
    db.session.flush()
    record(actor, "custom_field.added", ("custom_field", field.id), label)
    return field


def _free_key(area: str, label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40] or "field"
    taken = set(db.session.scalars(select(CustomField.key).where(CustomField.area == area)))
    return next(key for n in range(1, 1000) if (key := base if n == 1 else f"{base}_{n}") not in taken)


def change(field: CustomField, label: str, choices: list[str], actor: Actor) -> None:
    """Give a field another name or other choices; its type stays, and so do values that are no longer a choice."""
    others = {other.label.casefold() for other in fields_of(field.area) if other.id != field.id}
    if label.casefold() in others:
        raise MoveRefused(_("There is a field called %(label)s already. Choose another name.", label=label))
    before = {"label": field.label, "choices": field.choices}
    field.label = label
    if field.type == "choice":
        field.choices = choices
    after = {"label": label, "choices": field.choices}
    record(actor, "custom_field.edited", ("custom_field", field.id), label, (before, after))


def offer(field: CustomField, is_active: bool, actor: Actor) -> None:
    """Offer a field again or no more; its values stay where they are."""
    if is_active and len(fields_of(field.area)) >= MOST:
        raise MoveRefused(_("There are %(most)s fields already. Stop offering one first.", most=MOST))
    field.is_active = is_active
    verb = "custom_field.offered" if is_active else "custom_field.retired"
    record(actor, verb, ("custom_field", field.id), field.label)
