"""Customers, their contact persons, and the custom fields that an organisation adds to its records."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import KeyText, Model, UTCDateTime, utcnow


def name_key(name: str) -> str:
    """Return what two spellings of one name share: NFC, casefolded, blanks collapsed (faults.md 63)."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


class Customer(Model):
    """Who is billed."""

    __tablename__ = "customers"
    __table_args__ = (Index("ix_customers_name_id", "name", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: casefolded, whitespace collapsed, NFC: how a duplicate is recognised
    name_key: Mapped[str] = mapped_column(KeyText, index=True)
    #: ISO 4217
    currency: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    fax: Mapped[str] = mapped_column(default="", server_default="")
    website: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="")
    zip_code: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    tax_id: Mapped[str] = mapped_column(default="")
    #: where deliveries go; empty: the address above
    delivery_address: Mapped[str] = mapped_column(default="", server_default="")
    #: number in a register of companies
    registration_id: Mapped[str] = mapped_column(default="", server_default="")
    #: how e-invoices reach them (EN 16931 BT-49): an address with its scheme, and the reference they ask for (BT-10)
    electronic_address: Mapped[str] = mapped_column(default="", server_default="")
    electronic_scheme: Mapped[str] = mapped_column(default="", server_default="")
    buyer_reference: Mapped[str] = mapped_column(default="", server_default="")
    #: BCP 47 tag of their papers and mails; empty: the organisation's
    language: Mapped[str] = mapped_column(default="", server_default="")
    #: the tax of new lines for them; NULL: none chosen
    default_tax_id: Mapped[int | None] = mapped_column(ForeignKey("taxes.id", ondelete="RESTRICT"), default=None)
    #: whether overdue invoices are followed up by mail
    gets_reminders: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: random part of the link to all that is open for them; empty: none was made, changing it revokes the link
    link_token: Mapped[str] = mapped_column(default="", server_default="", index=True)
    #: the customer this one went into (requirements C-42); its row stays for what history names
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"), default=None)
    notes: Mapped[str] = mapped_column(default="")
    #: NULL: the organisation's terms
    payment_terms_days: Mapped[int | None] = mapped_column(default=None)
    #: named terms that go before the days above; NULL: none chosen
    payment_term_id: Mapped[int | None] = mapped_column(
        ForeignKey("payment_terms.id", ondelete="RESTRICT"), default=None
    )
    is_active: Mapped[bool] = mapped_column(default=True)
    #: "local" or a connector's key
    source: Mapped[str] = mapped_column(default="local")
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)

    contact_persons: Mapped[list[ContactPerson]] = relationship(
        back_populates="customer", cascade="all, delete-orphan", order_by="ContactPerson.id"
    )

    def address_lines(self) -> list[str]:
        """Return the postal address as lines without empty ones."""
        city = " ".join(part for part in (self.zip_code, self.city, self.state) if part)
        return [line for line in (*self.street.splitlines(), city, self.country) if line.strip()]


class ContactPerson(Model):
    """A human at a customer."""

    __tablename__ = "contact_persons"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    salutation: Mapped[str] = mapped_column(default="", server_default="")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    mobile: Mapped[str] = mapped_column(default="")
    is_primary: Mapped[bool] = mapped_column(default=False)
    #: false once they are gone at the remote but something here names them
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: "local" or a connector's key
    source: Mapped[str] = mapped_column(default="local", server_default="local")

    customer: Mapped[Customer] = relationship(back_populates="contact_persons")


class CustomField(Model):
    """A field the organisation added to one kind of record; values live in that record's `custom`."""

    __tablename__ = "custom_fields"
    __table_args__ = (UniqueConstraint("area", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: customers, projects, tasks, bugs, time_entries
    area: Mapped[str]
    key: Mapped[str]
    label: Mapped[str]
    #: a connectors.base.FieldType value
    type: Mapped[str]
    #: what may be chosen, where the type is a choice
    choices: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    #: whether it is offered; the values of one that is not stay
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
