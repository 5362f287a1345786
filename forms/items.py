"""What the pages of items may submit."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FieldList, Form, FormField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from forms.base import PageForm, options, stripped
from forms.expenses import AmountField
from forms.places import currencies
from models.item import ITEM_KINDS

#: blank rows for prices below the existing ones
BLANK_ROWS = 1
#: units that are offered; any other may be typed
UNITS = ("h", "day", "piece", "month", "km")


class PriceForm(Form):  # type: ignore[misc]
    """What the item costs in another currency; a row without a price is left aside."""

    currency = SelectField(_("Currency"), choices=lambda: options([("", _("Choose …")), *currencies()]))
    rate = AmountField(_("Price"), filters=[stripped])

    def validate_currency(self, field: Any) -> None:
        """A price needs its currency."""
        if self.rate.data and not field.data:
            raise ValidationError(gettext("Choose the currency of this price."))


class ItemForm(PageForm):
    """An item. The view gives taxes their choices and says which currency is the base one."""

    base_currency: str = ""

    name = StringField(_("Name"), [DataRequired(_("Give the item a name.")), Length(max=200)], filters=[stripped])
    kind = SelectField(_("Kind"), choices=lambda: options((key, _(word)) for key, word in ITEM_KINDS.items()))
    sku = StringField(_("Item number"), [Length(max=60)], filters=[stripped])
    unit = StringField(_("Unit"), [Length(max=40)], filters=[stripped])
    rate = AmountField(_("Price"), filters=[stripped])
    tax_id = SelectField(_("Tax"), coerce=int, choices=[])
    description = TextAreaField(_("Description"), [Length(max=2000)], filters=[stripped])
    prices = FieldList(FormField(PriceForm), max_entries=40)

    def priced(self) -> dict[str, Decimal]:
        """Return the prices in other currencies that were typed."""
        rows = (row.form for row in self.prices)
        return {row.currency.data: row.rate.value for row in rows if row.currency.data and row.rate.value is not None}

    def validate_prices(self, field: Any) -> None:
        """Refuse a currency that has two prices, and one for the base currency."""
        rows = [row.form for row in field if row.form.rate.data]
        twice = Counter(row.currency.data for row in rows)
        for row in rows:
            if twice[row.currency.data] > 1 and row.currency.data:
                row.currency.errors = [gettext("This currency has two prices. Keep one.")]
            if row.currency.data == self.base_currency:
                row.currency.errors = [gettext("The price above is in this currency already.")]
            if row.currency.errors:
                raise ValidationError(gettext("Check the prices in other currencies."))
