"""What recording, using, refunding and reversing money asks for."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from forms.base import PageForm, options, stripped
from forms.transactions.numbers import LARGEST_RATE, BadNumberError, read_number, within
from models.payment import PAYMENT_METHODS

#: decimal places that amounts and exchange rates keep
AMOUNT_PLACES, EXCHANGE_PLACES = 4, 8


class PaymentForm(PageForm):
    """Money that came in or went back. The currency is that of what it pays, and not asked here."""

    date = DateField(_("Date"), [InputRequired(_("Enter the day it was paid."))])
    amount = StringField(_("Amount"), [DataRequired(_("Enter an amount."))], filters=[stripped])
    exchange_rate = StringField(_("Exchange rate"), [Length(max=30)], filters=[stripped])
    method = SelectField(_("Paid by"), choices=options(PAYMENT_METHODS.items()))
    reference = StringField(_("Reference"), [Length(max=120)], filters=[stripped])
    notes = TextAreaField(_("Notes"), [Length(max=2000)], filters=[stripped])
    amount_value: Decimal = Decimal(0)
    exchange_value: Decimal | None = None

    def validate_amount(self, field: StringField) -> None:
        """Read the amount."""
        try:
            self.amount_value = amount_of(field.data)
        except BadNumberError as problem:
            raise ValidationError(str(problem)) from problem

    def validate_exchange_rate(self, field: StringField) -> None:
        """Read the rate, where there is one."""
        try:
            self.exchange_value = within(read_number(field.data), LARGEST_RATE, EXCHANGE_PLACES) if field.data else None
        except BadNumberError as problem:
            raise ValidationError(str(problem)) from problem


class ReverseForm(PageForm):
    """Why a payment or refund is reversed."""

    reason = TextAreaField(
        _("Reason"),
        [DataRequired(_("Say why it is reversed: the reason is kept with it.")), Length(max=500)],
        filters=[stripped],
    )


def amount_of(text: str) -> Decimal:
    """Read an amount above zero as a person writes it; raises `BadNumberError`, a ValueError with a sentence."""
    value = within(read_number(text), LARGEST_RATE, AMOUNT_PLACES)
    if value <= 0:
        raise BadNumberError(_("Enter an amount above zero."))
    return value
