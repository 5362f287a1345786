"""What the page of taxes may submit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DecimalField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

from forms.base import PageForm, stripped


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

    def validate_percent(self, field: Any) -> None:
        """Keep to what the column keeps: four decimal places."""
        if field.data is not None and field.data != field.data.quantize(Decimal("0.0001")):
            raise ValidationError(_("Enter at most four decimal places."))
