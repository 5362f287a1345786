"""What the pages of expenses may submit: an expense with its receipt, and the rates of a conversion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from billing.money import digits
from forms.base import PageForm, options, stripped
from forms.places import currencies
from forms.transactions.numbers import BadNumberError, plain, read_number, within

#: above these an amount, a markup or a rate is a typing mistake
LARGEST, LARGEST_MARKUP, LARGEST_RATE = Decimal(100_000_000), Decimal(1000), Decimal(1_000_000)
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
#: whether the amount on the receipt holds the tax already
TAX_MODES = {"included": _("Tax is in the amount"), "added": _("Tax comes on top")}


class AmountField(StringField):  # type: ignore[misc]
    """A number as people write it; `value` is None when it was left empty."""

    value: Decimal | None = None
    largest: Decimal = LARGEST

    def __init__(self, *args: Any, largest: Decimal = LARGEST, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.largest = largest

    def process_data(self, value: Any) -> None:
        """Show a stored number as people type it."""
        self.data = plain(value) if isinstance(value, Decimal) else value

    def pre_validate(self, form: Any) -> None:
        """Read the number."""
        if not self.data:
            return
        try:
            self.value = within(read_number(self.data), self.largest, 4)
        except BadNumberError as problem:
            raise ValidationError(problem.args[0]) from problem
        if self.value < 0:
            raise ValidationError(gettext("Enter a number of 0 or more."))


class ExpenseForm(PageForm):
    """An expense. The view gives taxes and people their choices and looks up customer and project.

    `stored`: the expense as it is, when one is edited.
    """

    stored: Any = None
    _content: bytes | None = None

    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    date = DateField(_("Date"), [InputRequired(_("Enter the day of the expense."))])
    category = StringField(
        _("Category"), [DataRequired(_("Choose a category, or name a new one.")), Length(max=80)], filters=[stripped]
    )
    vendor = StringField(_("Vendor"), [Length(max=200)], filters=[stripped])
    description = TextAreaField(_("Description"), [Length(max=2000)], filters=[stripped])
    currency = SelectField(_("Currency"), [InputRequired()], choices=lambda: options(currencies()))
    amount = AmountField(
        _("Amount"), [InputRequired(_("Enter the amount, for example 95.00."))], filters=[stripped]
    )  # fmt: skip
    tax_id = SelectField(_("Tax"), coerce=int, choices=[])
    tax_mode = SelectField(_("Amount and tax"), choices=lambda: options(TAX_MODES.items()), default="included")
    paid_by_id = SelectField(_("Paid by"), coerce=int, choices=[])
    customer_id = HiddenField(_("Customer"))
    customer_id_text = StringField(_("Customer"))
    project_id = HiddenField(_("Project"))
    project_id_text = StringField(_("Project"))
    is_billable = BooleanField(_("Billable: the customer pays for it"))
    markup_percent = AmountField(_("Markup"), filters=[stripped], largest=LARGEST_MARKUP)
    receipt = FileField(_("Receipt"))
    drop_receipt = BooleanField(_("Take the receipt off"))

    def uploaded(self, most: int) -> bytes | None:
        """Return the file that was sent, one byte more than `most` at most; None when there was none."""
        file = self.receipt.data
        if not file or not getattr(file, "filename", ""):
            return None
        if self._content is None:
            self._content = file.read(most + 1)
            file.close()
        return self._content

    def validate_date(self, field: DateField) -> None:
        """Refuse a slip in the year."""
        if field.data and not FIRST_DAY <= field.data <= LAST_DAY:
            raise ValidationError(gettext("Check the year."))

    def validate_amount(self, field: AmountField) -> None:
        """Keep to the currency's own precision (requirements R-14)."""
        if field.value is None:
            return
        if field.value <= 0:
            raise ValidationError(gettext("Enter an amount above zero."))
        places = digits(self.currency.data or "")
        if field.value != field.value.quantize(Decimal(1).scaleb(-places)):
            words = gettext("Amounts in %(currency)s have %(places)s decimal places.")
            raise ValidationError(words % {"currency": self.currency.data, "places": places})


@dataclass(slots=True)
class TypedRates:
    """Exchange rates typed into fields named `rate-<currency>`: values, the typed text, and errors, by currency."""

    values: dict[str, Decimal] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)


def read_rates(data: Mapping[str, str], codes: Iterable[str]) -> TypedRates:
    """Read the rates of these currencies; what was left empty is left aside."""
    rates = TypedRates()
    for code in codes:
        rates.typed[code] = stripped(data.get(f"rate-{code}"))
        if not rates.typed[code]:
            continue
        try:
            rates.values[code] = within(read_number(rates.typed[code]), LARGEST_RATE, 8)
        except BadNumberError as problem:
            rates.errors[code] = problem.args[0]
        else:
            if rates.values[code] <= 0:
                rates.errors[code] = gettext("Enter a rate above zero.")
    return rates
