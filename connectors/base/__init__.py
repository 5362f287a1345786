"""What a connector is: the questions every remote product must answer, and the plain values it answers."""

from connectors.base.connector import Connector
from connectors.base.values import (
    CallObserver,
    Capabilities,
    ChangedSince,
    DataCentre,
    Endpoint,
    FieldType,
    ModulePermission,
    Page,
    Query,
    Reference,
    RemoteField,
    RemoteRecord,
    Scope,
    Target,
    Tokens,
    UnreadableRecord,
    Verdict,
)

__all__ = [
    "CallObserver",
    "Capabilities",
    "ChangedSince",
    "Connector",
    "DataCentre",
    "Endpoint",
    "FieldType",
    "ModulePermission",
    "Page",
    "Query",
    "Reference",
    "RemoteField",
    "RemoteRecord",
    "Scope",
    "Target",
    "Tokens",
    "UnreadableRecord",
    "Verdict",
]
