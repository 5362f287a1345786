"""What the first person tells about themselves."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from forms.auth import NewPasswordForm
from forms.base import one_address, stripped


class OwnerForm(NewPasswordForm):
    """The owner of this installation."""

    first_label = _("Choose a password")

    name = StringField(_("Your name"), [InputRequired(_("Enter your name.")), Length(max=120)],
                       filters=[stripped], render_kw={"autocomplete": "name"})  # fmt: skip
    email = StringField(
        _("E-mail address"), [InputRequired(_("Enter your e-mail address.")), one_address], filters=[stripped],
        description=_("You sign in with it."), render_kw={"autocomplete": "username", "inputmode": "email"},
    )  # fmt: skip
