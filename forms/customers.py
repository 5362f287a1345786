"""What the page of a customer may submit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from forms.base import options
from forms.places import currencies

#: blank rows for contact persons below the existing ones
BLANK_ROWS = 1
_email = Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message=_("Write an e-mail address, for example mara@example.com."))
_web = Regexp(r"^https?://\S+$", message=_("Begin the address with https://."))
_line = Length(max=200)


class ContactPersonForm(Form):  # type: ignore[misc]
    """One human at the customer; a row without any text is left aside."""

    id = HiddenField()
    first_name = StringField(_("First name"), [Optional(), _line])
    last_name = StringField(_("Last name"), [Optional(), _line])
    email = StringField(_("E-mail"), [Optional(), _line, _email])
    phone = StringField(_("Phone"), [Optional(), _line])
    mobile = StringField(_("Mobile"), [Optional(), _line])
    is_primary = BooleanField(_("Gets invoices and quotes"))
    is_removed = BooleanField(_("Remove"))

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed into this row."""
        fields = (self.first_name, self.last_name, self.email, self.phone, self.mobile)
        return not any((field.data or "").strip() for field in fields)


class CustomerForm(FlaskForm):  # type: ignore[misc]
    """Who is billed. `locked_currency` is set by the view once transactions exist: then it cannot be another."""

    locked_currency: str | None = None

    name = StringField(_("Name"), [InputRequired(_("Give the customer a name.")), _line])
    currency = SelectField(_("Currency"), [InputRequired()], choices=lambda: options(currencies()))
    email = StringField(_("E-mail"), [Optional(), _line, _email])
    phone = StringField(_("Phone"), [Optional(), _line])
    website = StringField(_("Website"), [Optional(), _line, _web])
    street = TextAreaField(_("Street"), [Optional(), Length(max=400)])
    zip_code = StringField(_("Postal code"), [Optional(), _line])
    city = StringField(_("City"), [Optional(), _line])
    state = StringField(_("State or province"), [Optional(), _line])
    country = StringField(_("Country"), [Optional(), _line])
    tax_id = StringField(_("Tax number"), [Optional(), _line])
    payment_terms_days = IntegerField(
        _("Payment terms"), [Optional(), NumberRange(0, 3650, _("Enter days from 0 to 3650."))]
    )
    notes = TextAreaField(_("Notes"), [Optional(), Length(max=5000)])
    contact_persons = FieldList(FormField(ContactPersonForm), max_entries=50)

    def validate_name(self, field: StringField) -> None:
        """Refuse a name of blanks."""
        if not (field.data or "").strip():
            raise ValidationError(_("Give the customer a name."))

    def validate_currency(self, field: SelectField) -> None:
        """Keep the currency once money hangs on it."""
        if self.locked_currency and field.data != self.locked_currency:
            raise ValidationError(
                _(
                    "The currency stays %(currency)s: this customer has transactions in it.",
                    currency=self.locked_currency,
                )
            )
