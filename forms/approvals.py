"""What the pages of approvals may submit: a manager's verdict, a question to a customer, and the customer's answer."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import PageForm, one_address, stripped


class AskForm(PageForm):
    """Which hours the customer is asked about, and to whom the link goes; no address: it is only shown."""

    since = DateField(_("From"), [Optional()])
    until = DateField(_("To"), [Optional()])
    with_rejected = BooleanField(_("Ask again about rejected hours"))
    to = StringField(_("E-mail address"), [Optional(), Length(max=254), one_address], filters=[stripped])
    message = TextAreaField(_("Message"), [Optional(), Length(max=2000)], filters=[stripped])

    def validate_until(self, field: Any) -> None:
        """Refuse an end before the start."""
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_("The end lies before the start."))


class CustomerForm(PageForm):
    """What a customer says: ticked hours, name and comment. `seen`: the hours that stood on the page."""

    entry = SelectMultipleField(
        coerce=int, validate_choice=False, widget=ListWidget(), option_widget=CheckboxInput(), default=()
    )
    seen = SelectMultipleField(coerce=int, validate_choice=False, default=())
    name = StringField(_("Your name"), [InputRequired(_("Enter your name.")), Length(max=120)], filters=[stripped])
    comment = TextAreaField(_("Comment"), [Optional(), Length(max=1000)], filters=[stripped])
