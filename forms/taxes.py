"""What the page of taxes may submit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DecimalField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

from forms.base import PageForm, options, stripped

#: category as EN 16931 names it (UNCL 5305) → words
CATEGORIES = {
    "S": _("Charged"), "Z": _("Zero-rated"), "E": _("Exempt"), "AE": _("Reverse charge: the customer owes it"),
    "K": _("Supply to another country of the EU"), "G": _("Export"), "O": _("Outside the scope of tax"),
}  # fmt: skip


class TaxForm(PageForm):
    """A new tax; its rate never changes afterwards, because drafts carry it."""

    name = StringField(
        _("Name"), [InputRequired(_("Enter a name, for example Sales tax.")), Length(max=60)], filters=[stripped]
    )
    percent = DecimalField(
        _("Rate"),
        [
            InputRequired(_("Enter a rate, for example 8.875.")),
            NumberRange(min=0, max=100, message=_("Enter a rate between 0 and 100.")),
        ],
        places=None,
    )
    category = SelectField(_("Kind"), choices=lambda: options(CATEGORIES.items()), default="S")
    sentence = TextAreaField(
        _("Sentence on papers"), [Length(max=500)], filters=[stripped],
        description=_("What the law wants said where no tax is charged, and why."),
    )  # fmt: skip

    def validate_category(self, field: Any) -> None:
        """Only what is charged has a rate."""
        if self.percent.data and field.data != "S":
            raise ValidationError(_("A rate above zero is charged. Choose Charged, or enter 0."))

    def validate_sentence(self, field: Any) -> None:
        """An exemption must say its reason."""
        if self.category.data == "E" and not field.data:
            raise ValidationError(_("Say why it is exempt, for example with the paragraph of the law."))

    def validate_percent(self, field: Any) -> None:
        """Keep to what the column keeps: four decimal places."""
        if field.data is not None and field.data != field.data.quantize(Decimal("0.0001")):
            raise ValidationError(_("Enter at most four decimal places."))
