"""Which unbilled time goes onto a transaction, and how it is put on lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import PageForm, options, stripped
from forms.transactions.fields import ExchangeRateField
from forms.transactions.numbers import LARGEST_RATE, BadNumberError, read_number, within

#: minutes that time is usually rounded to
STEPS = (1, 5, 6, 10, 15, 20, 30, 60)


class TimeChoiceForm(PageForm):
    """Shown with GET, so that looking changes nothing, and sent along when the draft is made.

    The view sets `layout.choices`, `rounding.choices`, `tax_id.choices` and `entry.choices`. Its token is checked by
    the app, for every POST; it has no field of its own because it must not stand in an address.
    """

    class Meta:
        """No token field: see above."""

        csrf = False

    since = DateField(_("From"), [Optional()])
    until = DateField(_("Until"), [Optional()])
    #: other projects of the customer whose hours go along (requirements T-15)
    also = SelectMultipleField(
        coerce=int, choices=[], validate_choice=False, widget=ListWidget(), option_widget=CheckboxInput()
    )
    layout = RadioField(_("Lines"), choices=[])
    rounding = SelectField(_("Round each entry"), choices=[])
    minutes = SelectField(_("To"), coerce=int, choices=options((step, f"{step} min") for step in STEPS))
    tax_id = SelectField(_("Tax"), coerce=int, choices=[])
    exchange_rate = ExchangeRateField(_("Exchange rate"), filters=[stripped])
    pick = BooleanField(_("Choose single entries"))
    #: says that boxes were shown, so that no ticked box means none and not all
    picked = BooleanField()
    entry = SelectMultipleField(
        coerce=int, choices=[], validate_choice=False, widget=ListWidget(), option_widget=CheckboxInput()
    )
    #: what the preview came to; the draft is only made of that
    seen = StringField()
    amount = StringField(_("Amount"), filters=[stripped])
    onto = IntegerField(validators=[Optional(), NumberRange(1, 2_147_483_647)])
    amount_value: Decimal | None = None

    def validate_until(self, field: Any) -> None:
        """Refuse days in the wrong order."""
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(gettext("The end lies before the start."))

    def validate_amount(self, field: Any) -> None:
        """Read the amount of a fixed-cost stage."""
        if not field.data:
            return
        try:
            self.amount_value = within(read_number(field.data), LARGEST_RATE, 4)
        except BadNumberError as problem:
            raise ValidationError(problem.args[0]) from problem
        if self.amount_value <= 0:
            raise ValidationError(gettext("Enter an amount above zero."))
