"""Projects: only those that have a primary customer come in (requirements P-08)."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection, select

from connectors.base import FieldType
from models import Project, TimeEntry, Transaction
from models.project import BILLING_METHODS
from sync.modules.base import Facts, KeptOut, LocalField, Module, Parent, Values, named_by_all, named_in
from sync.settings import SyncSettings

TABLE = Project.__table__


def override_key(fields: Values) -> str:
    """What a remembered clone is found by: the primary customer and the currency of its projects (PRJ-CURRENCY)."""
    return f"{fields.get('primary_customer')}:{(fields.get('currency') or '').upper()}"


def _check(fields: Values, values: Values, facts: Facts, settings: SyncSettings, row: Values | None) -> KeptOut | None:
    """Refuse a currency that is not the customer's; once money was written, also another customer or currency."""
    customer = facts.rows_of_parents["customers"][values["customer_id"]]
    currency = (fields.get("currency") or "").upper()
    if clone := settings.customer_overrides.get(override_key(fields)):
        values["customer_id"], customer = clone, {**customer, "id": clone, "currency": currency}
    is_locked = row is not None and row["id"] in facts.touched
    if row and is_locked and currency and currency != row["currency"]:
        return KeptOut("CUR-LOCKED", {"currency": currency, "project_currency": row["currency"]})
    if row and is_locked and row["customer_id"] != values["customer_id"]:
        return KeptOut("PRIM-LOCKED", {"customer": customer["name"]})
    if currency and currency != customer["currency"]:
        detail = {"currency": currency, "customer": customer["name"], "customer_currency": customer["currency"]}
        return KeptOut("PRJ-CURRENCY", detail)
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


def _find_weighty(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Projects with hours that nobody has billed: their removal would take the hours along (requirements M-07)."""
    open_hours = TimeEntry.billing_state.in_(("unbilled", "on_draft"))
    query = select(TimeEntry.project_id).where(TimeEntry.project_id.in_(ids), open_hours, TimeEntry.source != "local")
    return set(connection.scalars(query.distinct()))


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
    find_anchored=named_by_all(TABLE),
    find_weighty=_find_weighty,
    gone="remove",
    inactive={"is_active": False},
)
