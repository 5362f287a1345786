"""What the page of currencies may submit: one rate, or a text with many."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, FileField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from forms.base import PageForm, options, stripped
from forms.places import currencies
from forms.transactions.fields import ExchangeRateField

#: bytes of a file of rates; the bank's whole history has about 1.6 million
MOST_BYTES = 4_000_000
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


class RateForm(PageForm):
    """One rate of one day. The view sets `base`."""

    base = ""

    currency = SelectField(_("Currency"), [InputRequired()], choices=lambda: options(currencies()))
    date = DateField(_("From"), [InputRequired(_("Enter the day."))])
    rate = ExchangeRateField(
        _("Rate"), [InputRequired(_("Enter the rate, for example 1.0842."))], filters=[stripped]
    )  # fmt: skip
    source = StringField(_("Source"), [Optional(), Length(max=80)], filters=[stripped])

    def validate_currency(self, field: Any) -> None:
        """Refuse the base currency: it is always worth itself."""
        if field.data == self.base:
            raise ValidationError(gettext("This is the base currency. Choose another."))

    def validate_date(self, field: DateField) -> None:
        """Refuse a slip in the year."""
        if field.data and not FIRST_DAY <= field.data <= LAST_DAY:
            raise ValidationError(gettext("Check the year."))


class RatesForm(PageForm):
    """Many rates: a file, or text that was pasted."""

    file = FileField(_("File"))
    text = TextAreaField(_("Or paste them"), [Length(max=MOST_BYTES)])
    source = StringField(_("Source"), [Optional(), Length(max=80)], filters=[stripped])

    def content(self) -> str:
        """Return what was sent, as text; too large a file is refused beside its field."""
        file = self.file.data
        if not file or not getattr(file, "filename", ""):
            return self.text.data or ""
        raw: bytes = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            self.file.errors = [gettext("The file is too large. Take out the years that you do not need.")]
            return ""
        return raw.decode("utf-8-sig", "replace")
