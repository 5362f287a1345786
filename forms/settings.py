"""What owners and admins submit under Settings."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DecimalField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from forms.base import PageForm, one_address, options, stripped
from forms.organisation import BankFields, EInvoiceFields
from forms.places import countries, currencies, formats, sample_of, time_zones
from forms.time import DurationField
from models.billing import TAX_MODES
from models.organisation import EDITIONS
from models.project import APPROVAL_POLICIES

#: requirements T-14
LAYOUTS = {"project": _("One line per project"), "entry": _("Every entry"), "task": _("By task"),
           "user": _("By person"), "task_user": _("By task and person")}  # fmt: skip
#: requirements T-16
ROUNDING = {"none": _("Not at all"), "up": _("Up"), "down": _("Down"), "nearest": _("To the nearest")}
SECURITY = {"starttls": _("STARTTLS"), "tls": _("TLS from the start"), "none": _("None (only inside your own network)")}
#: the highest maximum per day that may be set, seconds
_LONGEST = 99 * 3600


class IdentityForm(PageForm):
    """What set-up needs to know about the organisation."""

    name = StringField(_("Name"), [InputRequired(_("Enter the name on your invoices.")), Length(max=200)],
                       filters=[stripped], render_kw={"autocomplete": "organization"})  # fmt: skip
    email = StringField(_("E-mail address"), [InputRequired(_("Enter the address customers reply to.")), one_address],
                        filters=[stripped], render_kw={"autocomplete": "email", "inputmode": "email"})  # fmt: skip
    country = SelectField(_("Country"), choices=lambda: options(countries()))
    edition = SelectField(
        _("Edition"), choices=options(EDITIONS.items()),
        description=_("Decides country rules. In the United States edition triggers are off."),
    )  # fmt: skip
    base_currency = SelectField(_("Base currency"), choices=lambda: options(currencies()),
                                description=_("Cannot be changed once there are transactions."))  # fmt: skip
    time_zone = SelectField(_("Time zone"), choices=lambda: options(time_zones()))


class OrganisationForm(IdentityForm, BankFields, EInvoiceFields):
    """Everything that documents say about the organisation."""

    locale = SelectField(_("Dates and amounts"), choices=lambda: options(formats()))
    address = TextAreaField(_("Postal address"), [Length(max=500)], filters=[stripped])
    phone = StringField(_("Phone"), [Length(max=60)], filters=[stripped], render_kw={"autocomplete": "tel"})
    website = StringField(_("Website"), [Length(max=200)], filters=[stripped], render_kw={"inputmode": "url"})
    tax_id = StringField(_("Tax number"), [Length(max=60)], filters=[stripped])
    bank_details = TextAreaField(_("Bank details"), [Length(max=500)], filters=[stripped],
                                 description=_("Printed on invoices so that customers can pay."))  # fmt: skip
    invoice_notes = TextAreaField(_("Notes on every invoice"), [Length(max=2000)], filters=[stripped])
    allow_private_remotes = BooleanField(
        _("Allow connections to addresses in private networks"),
        description=_("Needed for a proxy of your own or the stand-in. Leave it off otherwise."),
    )

    def keep_locale(self, code: str) -> None:
        """Offer the present formats too when they are not among the usual ones."""
        if code not in dict(formats()):
            self.locale.choices = options([(code, sample_of(code)), *formats()])

    def lock_currency(self, code: str) -> None:
        """Offer only the present currency: there are transactions in it."""
        self.base_currency.choices = options(choice for choice in currencies() if choice[0] == code)
        self.base_currency.data = code
        self.base_currency.description = _("There are transactions in this currency, so it stays.")


class PreferencesForm(PageForm):
    """How hours become money unless a project says otherwise."""

    max_seconds_per_day = DurationField(
        _("Maximum hours a day"), [InputRequired(_("Enter hours and minutes, for example 24:00."))],
        description=_("A time entry above it is not fetched; raise it and the entry comes with the next sync."),
    )  # fmt: skip
    default_rate = DecimalField(
        _("Default rate per hour"), [InputRequired(_("Enter an amount, for example 95.00.")),
        NumberRange(min=0, max=1_000_000, message=_("Enter an amount between 0 and 1,000,000."))], places=None,
        description=_("Used where neither the project, the task nor the person has one."),
    )  # fmt: skip
    rounding_mode = RadioField(_("Round hours on invoices"), choices=options(ROUNDING.items()))
    rounding_minutes = IntegerField(_("Minutes"), [Optional(), NumberRange(1, 480, _("Enter 1 to 480 minutes."))])
    default_layout = RadioField(_("Lines of an invoice"), choices=options(LAYOUTS.items()))
    approval_policy = RadioField(
        _("Approval that hours need"), choices=options(APPROVAL_POLICIES.items()), default="none",
        description=_("Where a project does not say otherwise. Only approved hours are invoiced."),
    )  # fmt: skip
    has_free_amounts = BooleanField(
        _("Invoice milestones with a free amount"),
        description=_(
            "Milestones, task lists and tasks may carry an amount of their own, whatever the billing method."
        ),
    )
    payment_terms_days = IntegerField(_("Payment is due after"), [InputRequired(_("Enter a number of days.")),
                                      NumberRange(0, 365, _("Enter 0 to 365 days."))])  # fmt: skip

    default_tax_mode = SelectField(
        _("Prices on new drafts"), choices=options(TAX_MODES.items()), default="exclusive",
        description=_("A draft may say otherwise."),
    )  # fmt: skip
    default_terms = TextAreaField(_("Terms and conditions on new drafts"), [Length(max=4000)], filters=[stripped])

    def validate_max_seconds_per_day(self, field: Any) -> None:
        """Some portals log several days as one entry, so more than 24 hours may be allowed."""
        if field.data is not None and not 60 <= field.data <= _LONGEST:
            raise ValidationError(_("Enter between 0:01 and 99:00."))

    def validate_default_rate(self, field: Any) -> None:
        """Keep to what the column keeps: four decimal places."""
        if field.data is not None and field.data != field.data.quantize(Decimal("0.0001")):
            raise ValidationError(_("Enter at most four decimal places."))

    def validate_rounding_minutes(self, field: Any) -> None:
        """Rounding needs a step."""
        if self.rounding_mode.data != "none" and not field.data:
            raise ValidationError(_("Enter how many minutes to round to, for example 15."))


class MailForm(PageForm):
    """How to reach the mail server. An empty password keeps the stored one."""

    mail_host = StringField(_("Server"), [Length(max=253)], filters=[stripped],
                            render_kw={"placeholder": "smtp.example.com", "spellcheck": "false"})  # fmt: skip
    mail_port = IntegerField(_("Port"), [InputRequired(_("Enter a port, usually 587.")),
                             NumberRange(1, 65535, _("Enter a port between 1 and 65535."))], default=587)  # fmt: skip
    mail_security = SelectField(_("Encryption"), choices=options(SECURITY.items()), default="starttls")
    mail_user = StringField(_("User name"), [Length(max=254)], filters=[stripped],
                            render_kw={"autocomplete": "off", "spellcheck": "false"})  # fmt: skip
    mail_password = PasswordField(_("Password"), [Length(max=1024)], render_kw={"autocomplete": "new-password"})
    mail_from = StringField(_("Sender"), [one_address], filters=[stripped],
                            description=_("Customers see it and reply to it."))  # fmt: skip

    def validate_mail_host(self, field: Any) -> None:
        """Refuse what cannot be a host name or address."""
        if field.data and not re.fullmatch(r"[A-Za-z0-9._:\-\[\]]+", field.data):
            raise ValidationError(_("Enter a host name, for example smtp.example.com."))

    def validate_mail_from(self, field: Any) -> None:
        """A server without a sender cannot send."""
        if self.mail_host.data and not field.data:
            raise ValidationError(_("Enter the address that mail is sent from."))


class InviteForm(PageForm):
    """Who is invited, as what."""

    name = StringField(_("Name"), [InputRequired(_("Enter a name.")), Length(max=120)], filters=[stripped])
    email = StringField(_("E-mail address"), [InputRequired(_("Enter an e-mail address.")), one_address],
                        filters=[stripped], render_kw={"inputmode": "email"})  # fmt: skip
    role = SelectField(_("Role"))

    def offering(self, roles: list[tuple[str, str]]) -> InviteForm:
        """Offer the roles that this person may give."""
        self.role.choices = roles
        return self


class RoleForm(PageForm):
    """Another role for somebody."""

    role = SelectField(_("Role"))

    def offering(self, roles: list[tuple[str, str]]) -> RoleForm:
        """Offer the roles that this person may give."""
        self.role.choices = roles
        return self
