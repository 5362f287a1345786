"""The organisation: the one business that runs this Crossbill, with its preferences."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, ScaledDecimal, UTCDateTime, utcnow

#: editions and the words people see (requirements G-01)
EDITIONS = {
    "global": "Global", "us": "United States", "uk": "United Kingdom", "ca": "Canada", "au": "Australia", "in": "India",
    "sa": "Saudi Arabia", "ae": "United Arab Emirates", "bh": "Bahrain", "kw": "Kuwait", "om": "Oman", "qa": "Qatar",
    "ke": "Kenya", "mx": "Mexico",
}  # fmt: skip


class Organisation(Model):
    """There is exactly one row, with id 1; it exists once set-up is finished."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("edition IN ({})".format(", ".join(f"'{code}'" for code in EDITIONS)), name="edition"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str]
    email: Mapped[str]
    edition: Mapped[str] = mapped_column(default="global")
    #: ISO 3166-1 alpha-2
    country: Mapped[str]
    #: ISO 4217
    base_currency: Mapped[str]
    #: IANA name; dates on documents are in this zone
    time_zone: Mapped[str]
    #: BCP 47 tag for formats
    locale: Mapped[str] = mapped_column(default="en_GB")
    address: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    tax_id: Mapped[str] = mapped_column(default="")
    bank_details: Mapped[str] = mapped_column(default="")
    #: what e-invoices and payment codes need in parts
    street: Mapped[str] = mapped_column(default="", server_default="")
    zip_code: Mapped[str] = mapped_column(default="", server_default="")
    city: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="", server_default="")
    registration_id: Mapped[str] = mapped_column(default="", server_default="")
    electronic_address: Mapped[str] = mapped_column(default="", server_default="")
    electronic_scheme: Mapped[str] = mapped_column(default="", server_default="")
    bank_name: Mapped[str] = mapped_column(default="", server_default="")
    account_holder: Mapped[str] = mapped_column(default="", server_default="")
    iban: Mapped[str] = mapped_column(default="", server_default="")
    bic: Mapped[str] = mapped_column(default="", server_default="")
    #: where customers can pay by card; may hold {number}, {amount}, {currency}
    payment_link: Mapped[str] = mapped_column(default="", server_default="")
    #: file name under the data folder's `documents/`; empty: the name in letters
    logo_file: Mapped[str] = mapped_column(default="", server_default="")
    #: of papers and the customer's pages, e.g. #1f5c4d; empty: the house's
    brand_color: Mapped[str] = mapped_column(default="", server_default="")
    paper_layout: Mapped[str] = mapped_column(default="classic", server_default="classic")
    #: BCP 47 tag of papers and mails; empty: as `locale`
    language: Mapped[str] = mapped_column(default="", server_default="")
    #: everybody must take a second step when signing in (models.second_step)
    asks_second_step: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    # preferences
    #: hourly rate in base currency where neither project, task nor person has one
    default_rate: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0))
    #: requirements T-17; a time entry above it is not fetched
    max_seconds_per_day: Mapped[int] = mapped_column(default=24 * 3600)
    #: none, up, down, nearest (requirements T-16)
    rounding_mode: Mapped[str] = mapped_column(default="none")
    rounding_minutes: Mapped[int] = mapped_column(default=15)
    default_layout: Mapped[str] = mapped_column(default="task")
    payment_terms_days: Mapped[int] = mapped_column(default=30)
    invoice_notes: Mapped[str] = mapped_column(default="")
    #: milestones, task lists and tasks may be invoiced at a free amount, whatever the billing method (T-07)
    has_free_amounts: Mapped[bool] = mapped_column(default=False)
    #: exclusive or inclusive: what new transactions start with
    default_tax_mode: Mapped[str] = mapped_column(default="exclusive", server_default="exclusive")
    #: terms and conditions that new transactions start with
    default_terms: Mapped[str] = mapped_column(default="", server_default="")
    #: whose approval an hour needs where its project does not say (requirements T-18)
    approval_policy: Mapped[str] = mapped_column(default="none", server_default="none")
    #: Factur-X: the PDF of an invoice carries its EN 16931 data (requirements M-15)
    has_e_invoices: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: overdue invoices are followed up by mail, by the schedule in `reminder_rules`
    has_reminders: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: the day whose reminders went out; NULL: none did yet
    reminded_on: Mapped[date | None] = mapped_column(default=None)
    #: per cent of the overdue balance asked for with a late fee; zero: none
    late_fee_percent: Mapped[Decimal] = mapped_column(ScaledDecimal(4), default=Decimal(0), server_default="0")
    #: remote addresses in private networks may be called (self-hosted proxies, the stand-in)
    allow_private_remotes: Mapped[bool] = mapped_column(default=False)

    # mail
    mail_host: Mapped[str] = mapped_column(default="")
    mail_port: Mapped[int] = mapped_column(default=587)
    #: none, starttls, tls
    mail_security: Mapped[str] = mapped_column(default="starttls")
    mail_user: Mapped[str] = mapped_column(default="")
    #: Fernet token, never shown again
    mail_password: Mapped[str] = mapped_column(default="")
    mail_from: Mapped[str] = mapped_column(default="")

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of this business."""
        return ZoneInfo(self.time_zone)

    def today(self) -> date:
        """Return today's date where this business is."""
        return datetime.now(self.zone).date()
