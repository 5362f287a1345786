"""What voiding, answering and starting blank ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from forms.base import PageForm, stripped


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
