"""The portal: which ones the account sees, which one is chosen, and what may be read in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from connectors import CONNECTORS
from connectors.base import ModulePermission, Reference, Scope
from models import Integration
from models.audit import Actor, record
from sync.connection.access import SetupRefused, open_connector, refusals
from sync.connection.adoption import adopt

#: key of `Integration.settings`: the portal's name in web addresses
URL_NAME = "portal_url_name"


def scopes(integration: Integration) -> Sequence[Scope]:
    """All portals the account sees; those it does not own say why they cannot be chosen (requirements P-02)."""
    with refusals(), open_connector(integration) as connector:
        return connector.scopes()


def choose_scope(integration: Integration, scope_id: str, actor: Actor) -> Scope:
    """Connect to a portal; asks the remote again, for only owned ones may be chosen (requirements P-02)."""
    if integration.connected_at is not None and integration.scope_id != scope_id:
        raise SetupRefused(_("Delete this integration first to connect another portal."), "scope_id")
    chosen = next((scope for scope in scopes(integration) if scope.id == scope_id), None)
    if chosen is None:
        raise SetupRefused(_("Choose one of your portals."), "scope_id")
    if not chosen.is_owned:
        raise SetupRefused(chosen.refusal or _("Only the owner of a portal can connect it."), "scope_id")
    integration.scope_id, integration.scope_name = chosen.id, chosen.name
    integration.scope_time_zone = chosen.time_zone
    integration.settings = {**integration.settings, URL_NAME: chosen.url_name}
    adopt(integration)
    record(actor, "integration.portal_chosen", ("integration", integration.id), chosen.name)
    return chosen


def permissions(integration: Integration) -> Sequence[ModulePermission]:
    """Try every module with the smallest possible call; says what to do where one cannot be read."""
    scope = integration.scope_id
    with refusals(), open_connector(integration) as connector:
        return connector.permissions(scope)


def writes_back(integration: Integration) -> bool:
    """Whether the remote is told what happens here; off unless the owner chose it (preference `write_back`)."""
    return bool(integration.settings.get("write_back", "off") != "off")


def asked_scopes(connector_key: str, integration: Integration | None) -> Sequence[str]:
    """What the consent page asks for: reading, and writing only once the owner wants the remote told."""
    connector = CONNECTORS[connector_key]
    is_told = integration is not None and writes_back(integration)
    return (*connector.REQUESTED_SCOPES, *(connector.WRITE_SCOPES if is_told else ()))


def web_page(integration: Integration, module: str, remote_id: str, hints: Mapping[str, Any]) -> str | None:
    """Where a person opens a record in the remote product; nobody is asked, so a page may show many."""
    portal = integration.settings.get(URL_NAME) or integration.scope_id
    return CONNECTORS[integration.connector].web_page(integration.api_url, portal, module, remote_id, hints)


def read_address(connector_key: str, text: str) -> Reference | None:
    """Which record an address of the remote's own pages names."""
    return CONNECTORS[connector_key].read_address(text)
