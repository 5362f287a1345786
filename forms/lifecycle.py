"""What the pages submit that let an integration go, and that take a file of links in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FileField, HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from forms.base import PageForm, stripped


class DeleteForm(PageForm):
    """Deleting is confirmed by typing the portal's name; a backup is made first unless a person says no."""

    portal = StringField(_("Name of the portal"), [Length(max=300)], filters=[stripped])
    snapshot = BooleanField(_("Back everything up first"))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def validate_portal(self, field: Any) -> None:
        """Refuse anything but the name as it is shown."""
        if field.data != self.expected.strip():
            raise ValidationError(_("Type the name of the portal exactly as it is shown."))


class LinkFileForm(PageForm):
    """A file of links."""

    file = FileField(_("File"), [InputRequired(_("Choose a file."))])


class TakeInForm(PageForm):
    """Which uploaded file is taken in."""

    upload = HiddenField(validators=[InputRequired(), Length(max=64)])
