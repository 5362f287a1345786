"""What a draft says about its whole: discount, shipping, adjustment, how prices are meant; and about its paper."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import Length

from forms.base import PageForm, options, stripped
from forms.transactions.fields import AmountField, DiscountField, PercentField, SignedAmountField
from models import Transaction
from models.billing import TAX_MODES

#: no control characters, no blanks; `{number}` and its like are filled in later
_ADDRESS = re.compile(r"https?://[^\s\"<>\\^`|]+", re.IGNORECASE)


class WholeForm(PageForm):
    """The part of a draft's form below its lines. `call_whole` gives it the choices that the house knows."""

    tax_mode = SelectField(_("Prices"), choices=[])
    discount_kind = SelectField(_("Discount in"), choices=[])
    discount_value = DiscountField(_("Discount"), filters=[stripped])
    shipping = AmountField(_("Shipping"), filters=[stripped])
    shipping_tax = SelectField(_("Tax on shipping"), choices=[])
    adjustment = SignedAmountField(_("Adjustment"), filters=[stripped])
    adjustment_name = StringField(_("Name of the adjustment"), [Length(max=60)], filters=[stripped])
    conditions = TextAreaField(_("Terms and conditions"), [Length(max=4000)], filters=[stripped])
    language = SelectField(_("Language"), choices=[])
    paper_layout = SelectField(_("Layout of the paper"), choices=[])
    payment_link = StringField(_("Payment link"), [Length(max=500)], filters=[stripped])
    retainer_percent = PercentField(_("Retainer once accepted"), filters=[stripped])

    @property
    def shipping_tax_id(self) -> int | None:
        """The tax chosen for shipping, if it is one that is offered."""
        offered = {str(choice.value) for choice in self.shipping_tax.choices or ()}
        text = self.shipping_tax.data or ""
        return int(text) if text.isascii() and text.isdigit() and text in offered else None

    def call_whole(
        self, currency: str, taxes: list[tuple[str, str]], languages: list[tuple[str, str]],
        layouts: list[tuple[str, str]],
    ) -> None:  # fmt: skip
        """Give the form its choices: (value, words) each."""
        self.tax_mode.choices = options((key, gettext(words)) for key, words in TAX_MODES.items())
        self.discount_kind.choices = options([("percent", "%"), ("amount", currency)])
        self.shipping_tax.choices = options([("", gettext("No tax")), *taxes])
        self.language.choices = options([("", gettext("As the customer's")), *languages])
        self.paper_layout.choices = options([("", gettext("As usual")), *layouts])

    def fill_whole(self, transaction: Transaction) -> None:
        """Show what is stored; the fields whose names are columns have it already."""
        self.conditions.data = transaction.terms
        self.shipping_tax.data = str(transaction.shipping_tax_id or "")

    def validate_payment_link(self, field: Any) -> None:
        """Refuse what no browser should follow."""
        if field.data and not _ADDRESS.fullmatch(field.data):
            raise ValidationError(gettext("Enter an address that begins with https://."))

    def validate_discount_value(self, field: DiscountField) -> None:
        """Refuse more than everything; whether an amount is more than the lines come to, only their sum can say."""
        if self.discount_kind.data == "percent" and field.value is not None and field.value > 100:
            raise ValidationError(gettext("Enter at most 100 per cent."))
