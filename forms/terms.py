"""What the page of payment terms may submit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from forms.base import PageForm, options, stripped
from models.terms import TERM_KINDS

_KINDS = {"days": _("Days after the date"), "month_end": _("Days after the end of the month")}


class TermForm(PageForm):
    """New payment terms; they never change afterwards, because customers have them."""

    name = StringField(
        _("Name"), [InputRequired(_("Enter a name, for example Net 30.")), Length(max=60)], filters=[stripped]
    )
    days = IntegerField(
        _("Days"), [InputRequired(_("Enter a number of days.")), NumberRange(0, 365, _("Enter 0 to 365 days."))]
    )
    kind = SelectField(_("Counted"), choices=lambda: options((key, _KINDS[key]) for key in TERM_KINDS), default="days")
