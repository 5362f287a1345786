"""What the page of a customer may submit."""

from __future__ import annotations

from typing import Any

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

from billing.languages import languages
from forms.base import options
from forms.places import currencies

#: schemes of electronic addresses that are used most (EN 16931 EAS codes), with their words
ELECTRONIC_SCHEMES = (
    ("EM", _("E-mail (EM)")), ("0088", _("Global location number (0088)")), ("0060", _("DUNS number (0060)")),
    ("0204", _("Germany: Leitweg-ID (0204)")), ("9930", _("Germany: VAT number (9930)")),
    ("9914", _("Austria: VAT number (9914)")), ("0183", _("Switzerland: UID (0183)")),
    ("0009", _("France: SIRET (0009)")), ("0225", _("France: electronic address (0225)")),
    ("9957", _("France: VAT number (9957)")), ("0208", _("Belgium: enterprise number (0208)")),
    ("0106", _("Netherlands: KvK number (0106)")), ("0190", _("Netherlands: OIN (0190)")),
    ("9944", _("Netherlands: VAT number (9944)")), ("0211", _("Italy: VAT number (0211)")),
    ("0201", _("Italy: IPA code (0201)")), ("9920", _("Spain: VAT number (9920)")),
    ("0184", _("Denmark: CVR number (0184)")), ("0192", _("Norway: organisation number (0192)")),
    ("0007", _("Sweden: organisation number (0007)")), ("0216", _("Finland: OVT code (0216)")),
    ("9932", _("United Kingdom: VAT number (9932)")), ("0151", _("Australia: ABN (0151)")),
    ("0195", _("Singapore: UEN (0195)")), ("0188", _("Japan: corporate number (0188)")),
)  # fmt: skip

#: blank rows for contact persons below the existing ones
BLANK_ROWS = 1
_email = Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message=_("Write an e-mail address, for example mara@example.com."))
_web = Regexp(r"^https?://\S+$", message=_("Begin the address with https://."))
_line = Length(max=200)


class RowField(SelectField):  # type: ignore[misc]
    """A row of a short list, or none: its data is the row's id, 0 for none. The view gives it its choices."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, coerce=int, choices=[], default=0, **kwargs)

    def process_data(self, value: Any) -> None:
        """Show a stored id; NULL is none."""
        super().process_data(value or 0)


def languages_offered() -> list[tuple[str, str]]:
    """Return the languages that papers and mails may have, by their own names."""
    return [(code, language.name.capitalize()) for code, language in languages().items()]


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
    payment_term_id = RowField(_("Named terms"))
    delivery_address = TextAreaField(_("Delivery address"), [Optional(), Length(max=600)])
    registration_id = StringField(_("Registration number"), [Optional(), _line])
    electronic_address = StringField(_("Electronic address"), [_line])
    electronic_scheme = SelectField(
        _("Scheme"), choices=lambda: options([("", _("None")), *ELECTRONIC_SCHEMES]), default=""
    )
    buyer_reference = StringField(_("Buyer reference"), [Optional(), _line])
    language = SelectField(
        _("Language"), choices=lambda: options([("", _("As in the settings")), *languages_offered()]), default=""
    )
    default_tax_id = RowField(_("Usual tax"))
    gets_reminders = BooleanField(_("Gets reminders of overdue invoices"), default=True)
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

    def validate_electronic_address(self, field: StringField) -> None:
        """An address is read by its scheme, so it needs one."""
        if (field.data or "").strip() and not self.electronic_scheme.data:
            raise ValidationError(_("Choose the scheme of this address, for example e-mail."))
        if self.electronic_scheme.data and not (field.data or "").strip():
            raise ValidationError(_("Enter the address, or choose no scheme."))
