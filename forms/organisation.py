"""Fields of the organisation that e-invoices and payment codes need in parts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.validators import Length

from billing.payment_codes import compact, grouped, is_bic, is_iban
from forms.base import PageForm, options, stripped
from forms.customers import ELECTRONIC_SCHEMES

_line = Length(max=200)


class BankFields(PageForm):
    """Where customers pay: as a code to scan where the account allows one, and as a link."""

    account_holder = StringField(_("Account holder"), [Length(max=70)], filters=[stripped],
                                 description=_("Where it is not you."))  # fmt: skip
    iban = StringField(_("IBAN"), [Length(max=60)], filters=[stripped],
                       description=_("Invoices then carry a code that banking apps can scan."),
                       render_kw={"spellcheck": "false", "autocomplete": "off"})  # fmt: skip
    bic = StringField(_("BIC"), [Length(max=20)], filters=[stripped], render_kw={"spellcheck": "false"})
    bank_name = StringField(_("Bank"), [_line], filters=[stripped])
    payment_link = StringField(
        _("Payment link"), [Length(max=500)], filters=[stripped],
        description=_("Where customers pay by card. It may hold {number}, {amount} and {currency}."),
        render_kw={"inputmode": "url", "placeholder": "https://pay.example.com/{number}"},
    )  # fmt: skip

    def validate_iban(self, field: Any) -> None:
        """Refuse a slip: check digits tell (ISO 7064, mod 97). What is right is written in groups of four."""
        if field.data and not is_iban(field.data):
            raise ValidationError(_("This is no IBAN: its check digits do not fit. Compare it with your statement."))
        field.data = grouped(field.data) if field.data else ""

    def validate_bic(self, field: Any) -> None:
        """Refuse what cannot be a BIC."""
        if field.data and not is_bic(field.data):
            raise ValidationError(_("A BIC has 8 or 11 letters and digits, for example DEUTDEFF."))
        field.data = compact(field.data) if field.data else ""

    def validate_payment_link(self, field: Any) -> None:
        """Customers follow it: only a secure address."""
        if field.data and not field.data.startswith("https://"):
            raise ValidationError(_("Begin the address with https://."))


class EInvoiceFields(PageForm):
    """The address in parts, and the numbers that an e-invoice names."""

    has_e_invoices = BooleanField(
        _("Put e-invoices into the PDFs of invoices"),
        description=_("Factur-X after EN 16931. What an invoice still lacks is told on its page."),
    )
    street = StringField(_("Street"), [_line], filters=[stripped])
    zip_code = StringField(_("Postal code"), [Length(max=20)], filters=[stripped])
    city = StringField(_("City"), [_line], filters=[stripped])
    state = StringField(_("State or province"), [_line], filters=[stripped])
    registration_id = StringField(_("Registration number"), [_line], filters=[stripped])
    electronic_address = StringField(_("Electronic address"), [_line], filters=[stripped],
                                     description=_("Empty: your e-mail address."))  # fmt: skip
    electronic_scheme = SelectField(
        _("Scheme"), choices=lambda: options([("", _("None")), *ELECTRONIC_SCHEMES]), default=""
    )

    def validate_electronic_address(self, field: Any) -> None:
        """An address is read by its scheme, so it needs one."""
        if field.data and not self.electronic_scheme.data:
            raise ValidationError(_("Choose the scheme of this address, for example e-mail."))
