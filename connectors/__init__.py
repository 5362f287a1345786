"""The shelf of remote products: one connector per file, this index by key."""

from connectors.base import Connector
from connectors.zoho_projects import ZohoProjects

CONNECTORS: dict[str, type[Connector]] = {ZohoProjects.key: ZohoProjects}
