"""What the invoice assistant may submit: which hours and expenses, how they are put on lines, and what was seen."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import PageForm, options, stripped
from forms.transactions.choice import STEPS
from forms.transactions.fields import ExchangeRateField


def _boxes() -> SelectMultipleField:
    return SelectMultipleField(
        coerce=int, choices=[], validate_choice=False, default=(), widget=ListWidget(), option_widget=CheckboxInput()
    )


class AssistantForm(PageForm):
    """Shown with GET, so that looking changes nothing, and sent along when the invoice is made; see `TimeChoiceForm`.

    The view sets the choices of `period`, `layout`, `rounding` and `tax_id`.
    """

    class Meta:
        """No token field: it must not stand in an address; the app checks it for every POST."""

        csrf = False

    project = _boxes()
    period = SelectField(_("Hours"), choices=[])
    since = DateField(_("From"), [Optional()])
    until = DateField(_("To"), [Optional()])
    late = BooleanField(_("Take earlier hours along"))
    layout = RadioField(_("Lines"), choices=[])
    rounding = SelectField(_("Round each entry"), choices=[])
    minutes = SelectField(_("To"), coerce=int, choices=options((step, f"{step} min") for step in STEPS))
    tax_id = SelectField(_("Tax"), coerce=int, choices=[])
    exchange_rate = ExchangeRateField(_("Exchange rate"), filters=[stripped])
    expense = _boxes()
    annex = BooleanField(_("Send a list of all entries along"))
    seen = StringField()
    press = StringField()

    def validate_until(self, field: Any) -> None:
        """Refuse days in the wrong order."""
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_("The end lies before the start."))
