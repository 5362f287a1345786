"""What all forms share: cleaned text, and the one place where untyped Flask-WTF is subclassed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.fields.choices import SelectChoice

#: good enough to catch slips; whether mail arrives is known only by sending some
_ADDRESS = re.compile(r"[^@\s,;<>\"\x00-\x1f]{1,64}@[^@\s,;<>\"\x00-\x1f]+\.[^@\s,;<>\"\x00-\x1f.]{2,}")


class PageForm(FlaskForm):  # type: ignore[misc]
    """A form of a page; fields are named one by one, nothing else is taken from a request."""


def stripped(value: str | None) -> str:
    """Take off white space around text and NULs inside it; a filter for fields."""
    return (value or "").replace("\x00", "").strip()


def is_address(value: str) -> bool:
    """Say whether text looks like one e-mail address."""
    return len(value) <= 254 and _ADDRESS.fullmatch(value) is not None


def one_address(_form: Any, field: Any) -> None:
    """Refuse what is not exactly one e-mail address; an empty field passes."""
    if field.data and not is_address(field.data):
        raise ValidationError(_("Enter one e-mail address, for example name@example.com."))


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Return values and labels as WTForms wants them."""
    return [SelectChoice(value, label) for value, label in pairs]
