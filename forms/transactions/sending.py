"""What the page asks for from which a transaction is sent."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from forms.base import PageForm, is_address, options, stripped


def _addresses(_form: Any, field: Any) -> None:
    """Refuse what is not a list of addresses with commas between."""
    for part in re.split(r"[,;\n]", field.data or ""):
        if part.strip() and not is_address(part.strip()):
            raise ValidationError(gettext("%(text)s is not an e-mail address.", text=part.strip()[:80]))


class SendForm(PageForm):
    """A message. `press` tells one press of the button from another; `version` is the draft as it was shown."""

    press = HiddenField(validators=[DataRequired(), Length(min=8, max=64)])
    version = IntegerField(widget=HiddenInput(), validators=[DataRequired()])
    #: the number that a draft was expected to get, as it stands in the texts
    expected = HiddenField()
    to = StringField(
        _("To"), [DataRequired(_("Enter the e-mail address that this goes to.")), _addresses], filters=[stripped]
    )
    #: addresses of other contact persons
    also = SelectMultipleField(
        _("Also to"), choices=[], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    cc = StringField(_("Cc"), [_addresses], filters=[stripped])
    bcc = StringField(_("Bcc"), [_addresses], filters=[stripped])
    subject = StringField(_("Subject"), [DataRequired(_("Enter a subject.")), Length(max=200)], filters=[stripped])
    text = TextAreaField(_("Message"), [DataRequired(_("Write a message.")), Length(max=10_000)], filters=[stripped])
    has_annex = BooleanField(_("Add the list of hours as a second PDF"))
    send_on = DateField(_("Send on"), [Optional()])
    send_time = TimeField(_("at"), [Optional()])

    def offering(self, persons: list[tuple[str, str]]) -> SendForm:
        """Offer these contact persons: address and name."""
        self.also.choices = options(persons)
        return self

    @property
    def recipients(self) -> str:
        """Return all addresses of To, with commas between."""
        return ", ".join([str(self.to.data), *(self.also.data or [])])

    def validate_send_time(self, field: Any) -> None:
        """A time needs its day."""
        if field.data is not None and self.send_on.data is None:
            raise ValidationError(_("Choose the day too."))
