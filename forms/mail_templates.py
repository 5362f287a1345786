"""What the page of an e-mail template may submit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from forms.base import PageForm, stripped


class MailTemplateForm(PageForm):
    """Subject and body; which placeholders they may hold is the template's business."""

    subject = StringField(_("Subject"), [InputRequired(_("Enter a subject.")), Length(max=200)], filters=[stripped])
    body = TextAreaField(_("Message"), [InputRequired(_("Write a message.")), Length(max=10_000)], filters=[stripped])
