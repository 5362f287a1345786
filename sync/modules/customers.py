"""Customers: the client companies that are the primary customer of a synced project."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection, select

from connectors.base import FieldType
from models import Customer, Link, Transaction
from models.customer import name_key
from sync.modules.base import LocalField, Module, Values, named_in
from sync.settings import SyncSettings

TABLE = Customer.__table__


def _shape(values: Values, fields: Values, settings: SyncSettings, row: Values | None) -> Values:
    """Keep the key that twins are recognised by in step with the name; a new customer needs a currency."""
    values = dict(values)
    if "name" in values:
        values["name"] = values["name"] or _l("(no name)").__str__()
        values["name_key"] = name_key(values["name"])
    if row is None:
        values["currency"] = (values.get("currency") or settings.base_currency).upper()[:3]
    return values


def _find_twins(connection: Connection, integration_id: int, keys: Sequence[str]) -> dict[str, Values]:
    """Return local customers of these names that no link of this integration claims; the oldest one wins."""
    claimed = select(Link.local_id).where(
        Link.integration_id == integration_id, Link.module == "customers", Link.local_id.is_not(None)
    )
    query = (
        select(TABLE)
        .where(TABLE.c.name_key.in_(keys), TABLE.c.id.not_in(claimed), TABLE.c.is_active)
        .order_by(TABLE.c.id.desc())
    )
    return {row.name_key: dict(row._mapping) for row in connection.execute(query)}


MODULE = Module(
    key="customers",
    title=_l("Customers"),
    icon="users",
    table=TABLE,
    fields=(
        LocalField("name", _l("Name"), FieldType.TEXT, "name"),
        LocalField("currency", _l("Currency"), FieldType.TEXT, "currency", is_first_only=True, limit=3),
        LocalField("email", _l("E-mail"), FieldType.EMAIL, "email"),
        LocalField("phone", _l("Phone"), FieldType.PHONE, "phone"),
        LocalField("website", _l("Website"), FieldType.URL, "website"),
        LocalField("street", _l("Street"), FieldType.TEXT, "address"),
        LocalField("city", _l("City"), FieldType.TEXT, "city"),
        LocalField("state", _l("State"), FieldType.TEXT, "state"),
        LocalField("zip_code", _l("Postal code"), FieldType.TEXT, "zip_code"),
        LocalField("country", _l("Country"), FieldType.TEXT, "country"),
    ),
    on_demand="CUS-NOT-PRIMARY",
    has_custom=True,
    defaults={"is_active": True, "custom": {}, "tax_id": "", "notes": ""},
    shape=_shape,
    twin_key=lambda values: name_key(values.get("name", "")) or None,
    find_twins=_find_twins,
    find_touched=named_in(Transaction.customer_id),
    gone="inactivate",
    inactive={"is_active": False},
    revived={"is_active": True},
)
