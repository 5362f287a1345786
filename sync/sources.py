"""Where a local record came from, in words, and what its integration still says about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from extensions import db
from models import Integration
from models.integration import FEEDING
from sync.mapper import CUSTOM
from sync.modules import MODULES
from sync.settings import SyncSettings

#: connector key → the name people know
NAMES: Mapping[str, str] = {"zoho_projects": "Zoho Projects", "zoho_crm": "Zoho CRM"}
#: columns of synced records that the sync decides without a field map
_ALWAYS_FED: Mapping[str, frozenset[str]] = {"projects": frozenset({"customer_id", "customer_id_text", "is_active"})}


def source_name(source: str) -> str:
    """Return `Zoho Projects` for its connector's key; empty for what was made here or is the house's own now (P-59)."""
    return "" if source == "local" or ":" in source else NAMES.get(source, source)


def former_source(integration: Integration) -> str:
    """Return the source of the rows that an integration leaves behind when it is deleted."""
    return f"{integration.connector}:{integration.id}"


def connector_of(source: str) -> str:
    """Return the key of the connector that brought a record, also when its integration was deleted since."""
    return source.partition(":")[0]


def feeding_integration(source: str) -> Integration | None:
    """Return the integration that keeps records of this source up to date; None once it is disabled or deleted."""
    if source == "local":
        return None
    query = db.select(Integration).where(Integration.connector == source, Integration.state.in_(FEEDING))
    return db.session.scalars(query.limit(1)).first()


def fed_fields(source: str, module: str) -> frozenset[str]:
    """Return the local fields that the next run would overwrite: people may read them but not edit them."""
    integration = feeding_integration(source)
    if integration is None or module not in MODULES:
        return frozenset()
    kind = MODULES[module]
    mapped = kind.field_map(SyncSettings.from_json(integration.settings))
    fed = {item.key for item in kind.fields if not item.is_first_only and mapped.get(item.key)}
    return frozenset(fed) | _ALWAYS_FED.get(module, frozenset())


def fed_custom(source: str, module: str) -> frozenset[str]:
    """Return the keys of custom fields that the next run would overwrite."""
    integration = feeding_integration(source)
    if integration is None or module not in MODULES:
        return frozenset()
    mapped = MODULES[module].field_map(SyncSettings.from_json(integration.settings))
    return frozenset(key.removeprefix(CUSTOM) for key, remote in mapped.items() if key.startswith(CUSTOM) and remote)


def creation_restricted_by() -> str | None:
    """Return the name of the integration that keeps people from creating projects here (requirements P-22)."""
    live = db.session.scalars(db.select(Integration).where(Integration.state.in_(FEEDING)))
    for integration in live:
        if SyncSettings.from_json(integration.settings).restrict_project_creation:
            return source_name(integration.connector)
    return None


def cutoffs() -> dict[str, date]:
    """Return source → cut-off date, also of integrations that are gone: entries stay invoiced elsewhere (P-17)."""
    found: dict[str, date] = {}
    for integration in db.session.scalars(db.select(Integration).order_by(Integration.id)):
        if cutoff := SyncSettings.from_json(integration.settings).cutoff:
            is_gone = integration.state == "deleted"
            found[former_source(integration) if is_gone else integration.connector] = cutoff
    return found
