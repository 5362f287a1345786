"""What the pages of rates and costs may submit: an amount from a day on, and a person's own rate."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from forms.projects import LARGEST, RateField, four_places

_price = NumberRange(Decimal(0), LARGEST, _("Enter an amount of 0 or more."))


class DatedRateForm(FlaskForm):  # type: ignore[misc]
    """An amount that holds from a day on; no day: from the beginning."""

    place = SelectField(_("What changes"), [InputRequired(_("Choose what changes."))], choices=[])
    since = DateField(_("From"), [Optional()])
    amount = RateField(
        _("Amount per hour"),
        [InputRequired(_("Enter an amount, for example 95.00.")), _price, four_places],
        places=None,
    )


class OwnRateForm(FlaskForm):  # type: ignore[misc]
    """A person's rate where no dated one counts; empty: none."""

    rate = RateField(_("Rate per hour"), [Optional(), _price, four_places], places=None)
