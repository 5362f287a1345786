"""*Zoho Apps*: which connectors there are, what each is called and asks for, and which one is connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors import CONNECTORS
from connectors.base import DataCentre
from extensions import db
from models import Credential, Integration
from sync.connection.portal import asked_scopes


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One card of *Zoho Apps*: a connector, and its integration if there is one."""

    key: str
    title: str
    description: str
    integration: Integration | None

    @property
    def is_connected(self) -> bool:
        """Whether set-up was finished once; otherwise the card offers *Connect*."""
        return self.integration is not None and self.integration.connected_at is not None


def catalogue() -> list[CatalogueEntry]:
    """Every connector there is, with its live integration."""
    found = db.session.scalars(db.select(Integration).where(Integration.state != "deleted"))
    live = {integration.connector: integration for integration in found}
    return [CatalogueEntry(key, c.title, c.description, live.get(key)) for key, c in CONNECTORS.items()]


def live_integration(connector_key: str) -> Integration | None:
    """The one integration of this connector that is not deleted (requirements G-05)."""
    found: Integration | None = db.session.scalar(
        db.select(Integration).where(Integration.connector == connector_key, Integration.state != "deleted")
    )
    return found


def data_centres(connector_key: str) -> Sequence[DataCentre]:
    """The data centres a person can choose from."""
    return CONNECTORS[connector_key].data_centres


def requested_scopes(connector_key: str) -> Sequence[str]:
    """The permissions that are asked for; a person who makes a self client's code pastes them."""
    return asked_scopes(connector_key, live_integration(connector_key))


def title_of(connector_key: str) -> str | None:
    """A connector's name for people; None when there is no such connector."""
    return CONNECTORS[connector_key].title if connector_key in CONNECTORS else None


def stored_at(integration: Integration) -> datetime | None:
    """When a person last set the credentials: all that a page ever says of them."""
    row = db.session.get(Credential, integration.id)
    return row.updated_at if row else None
