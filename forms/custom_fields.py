"""What pages may submit about fields of the organisation's own: their definition, and values of one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from billing import custom_fields
from forms.base import PageForm, options, stripped
from models import CustomField

#: choices of one field
MOST_CHOICES = 50


class CustomFieldForm(PageForm):
    """A new field, or a change of one (whose type stays)."""

    label = StringField(_("Name"), [DataRequired(_("Give the field a name.")), Length(max=60)], filters=[stripped])
    type = SelectField(_("Type"), [Optional()], choices=lambda: options(custom_fields.TYPES.items()))
    choices = TextAreaField(_("Choices"), [Length(max=3000)], filters=[stripped])

    def chosen(self) -> list[str]:
        """Return the choices, one a line, each once."""
        lines = (" ".join(line.split()) for line in (self.choices.data or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def validate_choices(self, field: Any) -> None:
        """A choice needs something to choose from."""
        if self.type.data == "choice" and len(self.chosen()) < 2:
            raise ValidationError(gettext("Write at least two choices, one a line."))
        if len(self.chosen()) > MOST_CHOICES:
            raise ValidationError(gettext("Write at most 50 choices."))


@dataclass(slots=True)
class TypedValue:
    """One field of a record as a form shows it: what was typed, what it means, and what is wrong."""

    field: CustomField
    text: str
    value: Any = None
    error: str = ""

    @property
    def name(self) -> str:
        """The input's name."""
        return f"custom-{self.field.key}"


def stored_values(fields: Sequence[CustomField], custom: Mapping[str, Any] | None) -> list[TypedValue]:
    """Return what a record holds, as it would be typed."""
    held = custom or {}
    return [TypedValue(field, custom_fields.typed(field, held.get(field.key)), held.get(field.key)) for field in fields]


def read_values(fields: Sequence[CustomField], data: Mapping[str, str]) -> list[TypedValue]:
    """Read what was sent for each field; a wrong one has an error and no value."""
    found = []
    for field in fields:
        typed = TypedValue(field, data.get(f"custom-{field.key}", "")[:2000])
        try:
            typed.value = custom_fields.read(field, typed.text)
        except ValueError as problem:
            typed.error = str(problem)
        found.append(typed)
    return found
