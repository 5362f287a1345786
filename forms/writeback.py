"""What the page *Tell Zoho Projects* may submit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from forms.base import PageForm, options


class WriteBackForm(PageForm):
    """Whether the remote is told, and how much."""

    mode = RadioField(
        _("What is told"),
        [InputRequired(_("Choose whether it is told."))],
        choices=options([("off", _("Nothing")), ("feed", _("Post to the project's feed"))]),
    )
    with_amounts = BooleanField(_("With the total and the customer's link"))
