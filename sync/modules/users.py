"""Users: the people behind fetched time entries become project staff (requirements P-11, P-12)."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection, select

from connectors.base import FieldType
from models import Link, User
from models.user import email_key
from sync.modules.base import LocalField, Module, Values
from sync.settings import SyncSettings

TABLE = User.__table__


def _shape(values: Values, fields: Values, settings: SyncSettings, row: Values | None) -> Values:
    """Keep sign-in out of reach of a sync: only the name of people known from the remote follows."""
    if row is not None:
        return {"name": values["name"]} if values.get("name") and row["source"] != "local" else {}
    email = values.get("email", "").strip()
    return {
        "name": values.get("name") or email or _l("(no name)").__str__(),
        "email": email,
        "email_key": email_key(email),
    }


def _find_twins(connection: Connection, integration_id: int, keys: Sequence[str]) -> dict[str, Values]:
    """Return people here with these addresses; the same address is the same person."""
    claimed = select(Link.local_id).where(
        Link.integration_id == integration_id, Link.module == "users", Link.local_id.is_not(None)
    )
    query = select(TABLE).where(TABLE.c.email_key.in_(keys), TABLE.c.id.not_in(claimed))
    return {row.email_key: dict(row._mapping) for row in connection.execute(query)}


MODULE = Module(
    key="users",
    title=_l("Users"),
    icon="user",
    table=TABLE,
    fields=(
        LocalField("name", _l("Name"), FieldType.TEXT, "name"),
        LocalField("email", _l("E-mail"), FieldType.EMAIL, "email", is_first_only=True),
    ),
    on_demand="USR-NO-ENTRIES",
    defaults={"role": "timesheet", "status": "inactive"},
    shape=_shape,
    twin_key=lambda values: email_key(values.get("email", "")),
    find_twins=_find_twins,
    twin_policy="merge",
    gone="inactivate",
)
