"""What sending, voiding and starting blank ask for."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length
from wtforms.widgets import HiddenInput

from forms.base import PageForm, is_address, stripped


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
    cc = StringField(_("Cc"), [_addresses], filters=[stripped])
    subject = StringField(_("Subject"), [DataRequired(_("Enter a subject.")), Length(max=200)], filters=[stripped])
    text = TextAreaField(_("Message"), [DataRequired(_("Write a message.")), Length(max=10_000)], filters=[stripped])


class VoidForm(PageForm):
    """Why an issued transaction is taken back."""

    reason = TextAreaField(
        _("Reason"),
        [DataRequired(_("Say why it is voided: the reason is kept with it.")), Length(max=500)],
        filters=[stripped],
    )


class BlankForm(PageForm):
    """A draft without hours; the customer is typed or picked, or the project's (requirements T-09)."""

    customer_id = HiddenField()
    customer_id_text = StringField(_("Customer"))
    project_id = HiddenField()
    project_id_text = StringField(_("Project"))


class AnswerForm(PageForm):
    """What a customer says to a quote."""

    name = StringField(
        _("Your name"), [DataRequired(_("Enter your name.")), Length(max=120)], filters=[stripped],
        render_kw={"autocomplete": "name"},
    )  # fmt: skip
    comment = TextAreaField(_("Comment"), [Length(max=2000)], filters=[stripped])


class StaffAnswerForm(AnswerForm):
    """The same, noted by somebody of the house who heard it."""

    name = StringField(
        _("Who answered"), [DataRequired(_("Enter who at the customer answered.")), Length(max=120)],
        filters=[stripped], render_kw={"autocomplete": "off"},
    )  # fmt: skip
