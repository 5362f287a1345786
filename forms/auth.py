"""What people submit to sign in and to look after their account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from forms.base import PageForm, one_address, stripped
from models.passwords import LONGEST, problem_with

_EMAIL = {"autocomplete": "username", "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}
_NOW = {"autocomplete": "current-password"}
_CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
_NEW = {"autocomplete": "new-password", "minlength": "12"}


class SignInForm(PageForm):
    """Who, and the proof. `next`: the same-origin path to go to afterwards; the view checks it."""

    email = StringField(_("E-mail address"), [InputRequired(_("Enter your e-mail address.")), Length(max=254)],
                        filters=[stripped], render_kw=_EMAIL)  # fmt: skip
    password = PasswordField(_("Password"), [InputRequired(_("Enter your password.")), Length(max=LONGEST)],
                             render_kw=_NOW)  # fmt: skip
    next = HiddenField()


class CodeForm(PageForm):
    """A code of the person's device, or one of those on paper."""

    code = StringField(_("Code"), [InputRequired(_("Enter the code.")), Length(max=30)], filters=[stripped],
                       render_kw=_CODE)  # fmt: skip


class DeviceForm(CodeForm):
    """The first code of a new device. `device`: its secret, encrypted by this house."""

    device = HiddenField()


class ForgotForm(PageForm):
    """Who wants a reset link."""

    email = StringField(_("E-mail address"), [InputRequired(_("Enter your e-mail address.")), one_address],
                        filters=[stripped], render_kw=_EMAIL)  # fmt: skip


class ConfirmForm(PageForm):
    """The password again, before something dangerous."""

    password = PasswordField(_("Password"), [InputRequired(_("Enter your password.")), Length(max=LONGEST)],
                             render_kw=_NOW)  # fmt: skip
    next = HiddenField()


class NewPasswordForm(PageForm):
    """A new password; `about` are names that must not be it."""

    password = PasswordField(_("New password"), [InputRequired(_("Choose a password."))], render_kw=_NEW,
                             description=_("At least 12 characters. A few unrelated words are best."))  # fmt: skip
    about: tuple[str, ...] = ()
    #: how the field is named where there was no password before
    first_label: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.first_label:
            self.password.label.text = self.first_label

    def told_about(self, names: Iterable[str]) -> NewPasswordForm:
        """Name what a guesser would try first: the person and the organisation."""
        self.about = tuple(names)
        return self

    def validate_password(self, field: Any) -> None:
        """Refuse what is short or easily guessed; the text is taken exactly as typed."""
        if problem := problem_with(field.data or "", self.about):
            raise ValidationError(problem)


class AcceptForm(NewPasswordForm):
    """What somebody who was invited tells about themselves."""

    first_label = _("Choose a password")

    name = StringField(_("Your name"), [InputRequired(_("Enter your name.")), Length(max=120)],
                       filters=[stripped], render_kw={"autocomplete": "name"})  # fmt: skip


class ChangePasswordForm(NewPasswordForm):
    """The old password proves that it is you."""

    old_password = PasswordField(_("Present password"), [InputRequired(_("Enter your present password.")),
                                 Length(max=LONGEST)], render_kw=_NOW)  # fmt: skip


class ProfileForm(PageForm):
    """How a person is called and reached."""

    name = StringField(_("Name"), [InputRequired(_("Enter your name.")), Length(max=120)],
                       filters=[stripped], render_kw={"autocomplete": "name"})  # fmt: skip
    email = StringField(_("E-mail address"), [InputRequired(_("Enter your e-mail address.")), one_address],
                        filters=[stripped], render_kw=_EMAIL | {"autocomplete": "email"})  # fmt: skip
