"""What the page of a time entry may submit, and how people write durations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import TextInput

_CLOCK = re.compile(r"(\d{1,5}):([0-5]\d)", re.ASCII)
_DECIMAL = re.compile(r"(\d{1,5})(?:[.,](\d{1,2}))?\s*h?", re.ASCII)
_WORDS = re.compile(r"(?:(\d{1,5})\s*h)?\s*(?:(\d{1,5})\s*m(?:in)?)?", re.ASCII)


def read_duration(text: str) -> int | None:
    """Read `7:30`, `7.5`, `7,5`, `7h 30m` or `45m` into whole seconds; None for anything else (faults.md 82)."""
    text = text.strip().lower()
    if found := _CLOCK.fullmatch(text):
        return int(found[1]) * 3600 + int(found[2]) * 60
    if found := _DECIMAL.fullmatch(text):
        return int(found[1]) * 3600 + int((found[2] or "0").ljust(2, "0")) * 36
    if text and (found := _WORDS.fullmatch(text)):
        return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60
    return None


class DurationField(Field):  # type: ignore[misc]
    """Hours and minutes as people write them; `data` is whole seconds."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data // 3600}:{self.data % 3600 // 60:02}" if self.data is not None else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = read_duration(text)
        if text and self.data is None:
            raise ValueError(_("Write hours and minutes, for example 7:30."))


def at_most(limit: Callable[[], int]) -> Callable[[Any, Any], None]:
    """Refuse durations above a limit in seconds (requirements T-17), and empty ones."""

    def check(_form: Any, field: Any) -> None:
        if not field.data:
            raise ValidationError(_("Enter more than 0:00."))
        if field.data > limit():
            text = f"{limit() // 3600}:{limit() % 3600 // 60:02}"
            raise ValidationError(
                _("At most %(limit)s a day may be logged. The limit is set in the preferences.", limit=text)
            )

    return check


class TimeEntryForm(FlaskForm):  # type: ignore[misc]
    """One piece of time. The view gives tasks and people their choices; `max_seconds` is the organisation's limit."""

    max_seconds = 24 * 3600

    project_id = HiddenField(_("Project"), [DataRequired(_("Choose a project."))])
    task_id = SelectField(_("Task"), coerce=int, choices=[])
    user_id = SelectField(_("Person"), coerce=int, choices=[])
    date = DateField(_("Date"), [InputRequired(_("Enter the day of the work."))])
    seconds = DurationField(_("Hours"), [InputRequired(_("Enter how long it took, for example 1:30."))])
    notes = TextAreaField(_("Notes"), [Optional(), Length(max=2000)])
    is_billable = BooleanField(_("Billable"), default=True)

    def validate_seconds(self, field: DurationField) -> None:
        """Keep to what one day may hold."""
        at_most(lambda: self.max_seconds)(self, field)


class ProjectChoiceForm(FlaskForm):  # type: ignore[misc]
    """The first step of logging time: which project it was for; the text is what is typed without JavaScript."""

    project_id = HiddenField()
    project_id_text = StringField(_("Project"))


def choices(rows: Iterable[Any], none: Any = None) -> list[SelectChoice]:
    """Return rows with `id` and `name` as choices, led by one that stands for nothing if it has words."""
    led = [SelectChoice(0, none)] if none is not None else []
    return [*led, *(SelectChoice(row.id, row.name) for row in rows)]
