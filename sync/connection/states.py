"""The states of a connection and the only steps between them (requirements §13)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from extensions import db
from models import Integration
from models.integration import CONNECTION_STATES
from sync.connection.access import SetupRefused

#: state → the states that may follow. *Sync in Progress* is no state of its own: it is `active` while a run is live.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "none": frozenset({"authorised"}),
    # another registration or place: the authorisation no longer counts
    "authorised": frozenset({"none", "active"}),
    # disabling: a run that is going on ends first
    "active": frozenset({"paused", "disabling", "disabled", "needs_reauth", "deleted"}),
    "paused": frozenset({"active", "disabling", "disabled", "deleted"}),
    "disabling": frozenset({"disabled", "deleted"}),
    # only with the portal that was connected before (P-55)
    "disabled": frozenset({"active", "deleted"}),
    "needs_reauth": frozenset({"active", "disabling", "disabled", "deleted"}),
    "deleted": frozenset(),
}


def locked(integration: Integration) -> Integration:
    """Read the row again and hold it, so that a run's page and a person do not step at once."""
    db.session.flush()  # what is not written yet would be read away
    db.session.refresh(integration, with_for_update=True)
    return integration


def may_move(integration: Integration, state: str) -> bool:
    """Whether a connection may become `state` from where it is."""
    return state in TRANSITIONS[integration.state]


def move(integration: Integration, state: str) -> None:
    """Take one step, or say why it is none. Does not commit."""
    if not may_move(integration, state):
        now = CONNECTION_STATES[integration.state]
        raise SetupRefused(_("This integration is “%(state)s”, so that cannot be done now.", state=now))
    integration.state = state
