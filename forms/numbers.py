"""How transactions are numbered, as Settings asks for it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from forms.base import PageForm, stripped


class NumbersForm(PageForm):
    """The pattern of one type, and the number that it takes next."""

    pattern = StringField(
        _("Pattern"),
        [
            InputRequired(_("Enter a pattern, for example INV-{year}-{number:05}.")), Length(max=40),
            Regexp(r"^[\w .,:/#{}()+-]*$", message=_("Use letters, digits, blanks and - . , : / # ( ) + only.")),
        ],
        filters=[stripped], render_kw={"spellcheck": "false", "autocomplete": "off"},
    )  # fmt: skip
    number = IntegerField(
        _("Next number"),
        [InputRequired(_("Enter a whole number.")), NumberRange(1, 99_999_999, _("Enter 1 to 99,999,999."))],
    )
