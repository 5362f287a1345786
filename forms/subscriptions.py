"""What the pages of subscriptions may submit: when it comes again, and what each invoice or expense starts with."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from forms.base import PageForm, options, stripped
from forms.expenses import ExpenseForm
from models.billing import TAX_MODES
from models.subscription import CATCH_UPS, PERIOD_UNITS, SUBSCRIPTION_MODES

#: days between which a subscription may begin and end
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
#: words for people; the tables keep the keys
_UNITS = {"day": _("Days"), "week": _("Weeks"), "month": _("Months"), "year": _("Years")}
_CATCH_UPS = {
    "each": _("Make one for each missed period"),
    "last": _("Make only the latest one"),
    "none": _("Make none, go on with the next"),
}
_MODES = {"draft": _("Make a draft"), "send": _("Issue and send it")}
_TAX_MODES = {"exclusive": _("Tax is added"), "inclusive": _("Prices include tax")}


class RhythmForm(PageForm):
    """Name and rhythm, which both kinds have. `date` is the first day; all others are counted from it."""

    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    name = StringField(
        _("Name"), [InputRequired(_("Give it a name, for example Hosting.")), Length(max=200)], filters=[stripped]
    )
    date = DateField(_("First on"), [InputRequired(_("Enter the first day."))])
    every = IntegerField(
        _("Every"), [InputRequired(_("Enter a number.")), NumberRange(1, 999, _("Enter 1 to 999."))], default=1
    )
    unit = SelectField(_("Unit"), choices=lambda: options((key, _UNITS[key]) for key in PERIOD_UNITS), default="month")
    end_date = DateField(_("Last day"), [Optional()])
    max_count = IntegerField(_("How many"), [Optional(), NumberRange(1, 10_000, _("Enter 1 to 10,000."))])
    catch_up = SelectField(
        _("If the machine was off"), choices=lambda: options((key, _CATCH_UPS[key]) for key in CATCH_UPS),
        default="each",
    )  # fmt: skip

    def validate_date(self, field: DateField) -> None:
        """Refuse a slip in the year."""
        if field.data and not FIRST_DAY <= field.data <= LAST_DAY:
            raise ValidationError(gettext("Check the year."))

    def validate_end_date(self, field: DateField) -> None:
        """Refuse an end before the beginning."""
        if field.data and self.date.data and field.data < self.date.data:
            raise ValidationError(gettext("It would end before it begins. Choose a later day."))
        self.validate_date(field)


class InvoiceSubscriptionForm(RhythmForm):
    """Invoices that come again; lines are fields of their own (`forms.subscription_lines`)."""

    customer_id = HiddenField()
    customer_id_text = StringField(_("Customer"), filters=[stripped])
    project_id = HiddenField()
    project_id_text = StringField(_("Project"), filters=[stripped])
    mode = SelectField(
        _("Each time"), choices=lambda: options((key, _MODES[key]) for key in SUBSCRIPTION_MODES), default="draft"
    )
    takes_hours = BooleanField(_("The project's unbilled hours join the next one"))
    layout = SelectField(_("Lines of hours"), choices=[])
    hours_tax_id = SelectField(_("Tax on hours"), coerce=int, choices=[])
    tax_mode = SelectField(_("Prices"), choices=lambda: options((key, _TAX_MODES[key]) for key in TAX_MODES))
    reference = StringField(_("Reference"), [Length(max=200)], filters=[stripped])
    notes = TextAreaField(_("Note to the customer"), [Length(max=4000)], filters=[stripped])


class ExpenseSubscriptionForm(RhythmForm, ExpenseForm):
    """Expenses that come again: an expense without its receipt; its day is that of the first one."""


AnyForm = InvoiceSubscriptionForm | ExpenseSubscriptionForm


def rhythm_of(form: Any) -> dict[str, Any]:
    """Return what both kinds say about when, as `SubscriptionValues` names it."""
    return {
        "name": form.name.data, "start_date": form.date.data, "every": form.every.data, "unit": form.unit.data,
        "end_date": form.end_date.data, "max_count": form.max_count.data, "catch_up": form.catch_up.data,
    }  # fmt: skip
