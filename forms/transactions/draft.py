"""A draft without its lines: dates and terms, reference, notes, exchange rate; the rest is in `whole`."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from forms.base import options, stripped
from forms.transactions.due import day_choices, days_of, due_by, term_choices, terms_of
from forms.transactions.fields import ExchangeRateField
from forms.transactions.whole import WholeForm

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


def _sane(_form: Any, field: DateField) -> None:
    if field.data and not FIRST_DAY <= field.data <= LAST_DAY:
        raise ValidationError(gettext("Check the year."))


class DraftForm(WholeForm):
    """A draft without its lines. `due_was` is the due date the page was made with: who changes the date or the
    terms moves the due date along, who types another due date keeps it.
    """

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    #: whom it is for, as a combobox sends it; only a draft without hours shows these
    customer_id = HiddenField()
    customer_id_text = StringField(_("Customer"), filters=[stripped])
    project_id = HiddenField()
    project_id_text = StringField(_("Project"), filters=[stripped])
    start = IntegerField(widget=HiddenInput(), default=0)
    due_was = HiddenField()
    date = DateField(_("Date"), [InputRequired(_("Enter the date.")), _sane])
    terms = SelectField(_("Terms"), choices=[], validate_choice=False)
    due_date = DateField(_("Due"), [Optional(), _sane])
    reference = StringField(_("Reference"), [Length(max=200)], filters=[stripped])
    notes = TextAreaField(_("Note to the customer"), [Length(max=4000)], filters=[stripped])
    exchange_rate = ExchangeRateField(_("Exchange rate"), filters=[stripped])

    #: whether the second date is one to pay by
    is_owed = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms.choices = options(term_choices())

    def call_dates(self, days: str, until: str, *, is_owed: bool) -> None:
        """Call the number of days and the date they lead to as the type of transaction does."""
        self.is_owed = is_owed
        self.terms.label.text, self.due_date.label.text = days, until
        if not is_owed:
            self.terms.choices = options(day_choices())
            if self.date.data:
                self.terms.data = days_of(self.date.data, self.due_date.data)

    def settle_due(self) -> None:
        """Bring terms and due date together; call it when the date can be read."""
        day, due = self.date.data, self.due_date.data
        if day is None or not FIRST_DAY <= day <= LAST_DAY:
            return
        is_typed = (due.isoformat() if due else "") != (self.due_was.data or "")
        meant = None if is_typed else due_by(self.terms.data, day)
        due = meant or due
        self.due_date.data, self.due_date.raw_data = due, [due.isoformat()] if due else None
        self.terms.data = self.terms.data if meant else terms_of(day, due)
        self.due_was.data = due.isoformat() if due else ""

    def validate_due_date(self, field: DateField) -> None:
        """Refuse a due date before the date."""
        if field.data and self.date.data and field.data < self.date.data:
            if self.is_owed:
                raise ValidationError(gettext("The due date lies before the date. Choose a later one."))
            raise ValidationError(gettext("It would end before it begins. Choose a later date."))
