"""What the pages of reminders may submit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, DecimalField, HiddenField, IntegerField, SelectField, TextAreaField
from wtforms import ValidationError as Refused
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from forms.base import PageForm, options, stripped

#: most days before and after the due date
MOST_BEFORE, MOST_AFTER = 90, 730


class RemindersForm(PageForm):
    """Whether there are reminders, and what is asked for with a late fee."""

    has_reminders = BooleanField(_("Follow up what is overdue by e-mail"))
    late_fee_percent = DecimalField(
        _("Late fee"),
        [
            InputRequired(_("Enter a number of per cent, or 0 for no late fee.")),
            NumberRange(0, 25, _("Enter 0 to 25 per cent.")),
        ],
        places=None,
        description=_("Per cent of the open amount. Crossbill makes a draft of it; you decide whether it is issued."),
    )

    def validate_late_fee_percent(self, field: Any) -> None:
        """Keep to what the column keeps: four decimal places."""
        if field.data is not None and field.data != field.data.quantize(Decimal("0.0001")):
            raise Refused(_("Enter at most four decimal places."))


class ReminderRuleForm(PageForm):
    """Another stage of the schedule."""

    days = IntegerField(
        _("Days"), [InputRequired(_("Enter a number of days.")), NumberRange(0, MOST_AFTER, _("Enter 0 to 730 days."))]
    )
    side = SelectField(
        _("When"), choices=options([("after", _("after the due date")), ("before", _("before the due date"))])
    )
    kind = SelectField(_("E-mail"))
    adds_late_fee = BooleanField(_("Make a draft for the late fee"))

    def offering(self, kinds: list[tuple[str, str]]) -> ReminderRuleForm:
        """Offer these e-mails."""
        self.kind.choices = options(kinds)
        return self

    def validate_days(self, field: Any) -> None:
        """What comes before the due date comes at most three months before."""
        if field.data is not None and self.side.data == "before" and not 1 <= field.data <= MOST_BEFORE:
            raise Refused(_("Enter 1 to 90 days before the due date."))

    @property
    def signed_days(self) -> int:
        """Return days after the due date, below zero for days before it."""
        days = int(self.days.data or 0)
        return -days if self.side.data == "before" else days


class RemindForm(PageForm):
    """One press of *Send reminder now*."""

    press = HiddenField(validators=[DataRequired(), Length(min=8, max=64)])


class HoldForm(PageForm):
    """Why there are no reminders, and until when."""

    reason = TextAreaField(
        _("Reason"), [DataRequired(_("Say why, for example: disputed, paying in parts.")), Length(max=300)],
        filters=[stripped],
    )  # fmt: skip
    until = DateField(_("Until"), [Optional()])
