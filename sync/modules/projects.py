"""Projects: only those that have a primary customer come in (requirements P-08)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from connectors.base import FieldType
from models import Project, Transaction
from models.project import BILLING_METHODS
from sync.modules.base import Facts, KeptOut, LocalField, Module, Parent, Values, named_in
from sync.settings import SyncSettings

TABLE = Project.__table__


def _check(fields: Values, values: Values, facts: Facts, settings: SyncSettings, row: Values | None) -> KeptOut | None:
    """Refuse a currency that is not the customer's, and a new customer once money was written for the old one."""
    customer = facts.rows_of_parents["customers"][values["customer_id"]]
    currency = (fields.get("currency") or "").upper()
    if currency and currency != customer["currency"]:
        detail = {"currency": currency, "customer": customer["name"], "customer_currency": customer["currency"]}
        return KeptOut("PRJ-CURRENCY", detail)
    if row and row["customer_id"] != values["customer_id"] and row["id"] in facts.touched:
        return KeptOut("PRIM-LOCKED", {"customer": customer["name"]})
    if row is None:
        values["currency"] = customer["currency"]
    return None


def _shape(values: Values, fields: Values, settings: SyncSettings, row: Values | None) -> Values:
    """Say whether the project is active; a billing method we do not know leaves ours."""
    values = {**values, "is_active": not (fields.get("is_closed") or fields.get("is_archived"))}
    if values.get("billing_method") not in BILLING_METHODS:
        values.pop("billing_method", None)
    if row is None:
        values.setdefault("billing_method", "project_hours")
    return values


MODULE = Module(
    key="projects",
    title=_l("Projects"),
    icon="folder",
    table=TABLE,
    fields=(
        LocalField("name", _l("Name"), FieldType.TEXT, "name"),
        LocalField("key", _l("Key"), FieldType.TEXT, "key", limit=60),
        LocalField("description", _l("Description"), FieldType.LONG_TEXT, "description", limit=20_000),
        LocalField("status", _l("Status"), FieldType.CHOICE, "status"),
        LocalField("owner_name", _l("Owner"), FieldType.PERSON, "owner"),
        LocalField("start_date", _l("Start date"), FieldType.DATE, "start_date", keeps_when_empty=False),
        LocalField("end_date", _l("End date"), FieldType.DATE, "end_date", keeps_when_empty=False),
        LocalField("billing_method", _l("Billing method"), FieldType.CHOICE, "billing_method", is_first_only=True),
    ),
    parents=(Parent("primary_customer", "customers", "customer_id", reason="PRJ-NO-PRIMARY"),),
    needs_rows_of=("customers",),
    has_custom=True,
    defaults={"custom": {}},
    check=_check,
    shape=_shape,
    find_touched=named_in(Transaction.project_id),
    gone="inactivate",
    inactive={"is_active": False},
)
