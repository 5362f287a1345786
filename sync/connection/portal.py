"""The portal: which ones the account sees, which one is chosen, and what may be read in it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from connectors.base import ModulePermission, Scope
from models import Integration
from models.audit import Actor, record
from sync.connection.access import SetupRefused, open_connector, refusals


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
    record(actor, "integration.portal_chosen", ("integration", integration.id), chosen.name)
    return chosen


def permissions(integration: Integration) -> Sequence[ModulePermission]:
    """Try every module with the smallest possible call; says what to do where one cannot be read."""
    scope = integration.scope_id
    with refusals(), open_connector(integration) as connector:
        return connector.permissions(scope)
