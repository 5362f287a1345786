"""Fields for numbers as people write them: the text stays as typed, `value` is what was read."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField, ValidationError

from forms.transactions.numbers import BadNumberError, plain, read_number, within


class NumberField(StringField):  # type: ignore[misc]
    """A number; `value` is None when nothing was typed, or what cannot be taken. Zero is shown as nothing."""

    least: Decimal | None = None
    largest = Decimal(10_000_000)
    places = 4
    too_small = _("Enter a number that is not below zero.")
    value: Decimal | None = None

    def process_data(self, value: Any) -> None:
        """Show a stored number without zeros at its end."""
        self.data = value
        if isinstance(value, Decimal):
            self.value, self.data = value, f"{value.normalize():f}" if value else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was typed; what cannot be read counts as nothing until it is validated."""
        super().process_formdata(valuelist)
        if valuelist:
            self.value = None
            with suppress(BadNumberError):
                self.value = self._read()

    def pre_validate(self, form: Any) -> None:
        """Say what is wrong with the number."""
        if self.raw_data is None or not self.raw_data:
            return
        try:
            self.value = self._read()
        except BadNumberError as problem:
            raise ValidationError(problem.args[0]) from problem

    def _read(self) -> Decimal | None:
        text = (self.data or "").replace("\x00", "").strip()
        if not text:
            return None
        number = within(read_number(text), self.largest, self.places)
        if self.least is not None and number < self.least:
            raise BadNumberError(self.too_small)
        return number


class SignedAmountField(NumberField):
    """An amount of money of either sign."""

    def process_data(self, value: Any) -> None:
        """Show a stored amount with two places at least."""
        super().process_data(value)
        if isinstance(value, Decimal):
            self.data = plain(value) if value else ""


class AmountField(SignedAmountField):
    """An amount of money that is not below zero."""

    least = Decimal(0)


class DiscountField(NumberField):
    """Per cent or money; not below zero."""

    least = Decimal(0)


class PercentField(NumberField):
    """Nothing to a hundred per cent."""

    least, largest = Decimal(0), Decimal(100)


class ExchangeRateField(NumberField):
    """One unit of the transaction's currency in base currency; `value` is None when it was left empty."""

    least = Decimal("0.00000001")
    largest = Decimal(1_000_000)
    places = 8
    too_small = _("Enter a rate above zero.")


def read_percent(text: str) -> Decimal:
    """Read a discount in per cent; nothing typed is none. Raises `BadNumberError`."""
    if not text:
        return Decimal(0)
    number = read_number(text.removesuffix("%"))
    if not 0 <= number <= 100:
        raise BadNumberError(gettext("Enter a discount between 0 and 100 per cent."))
    return within(number, Decimal(100), 4)
