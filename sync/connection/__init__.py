"""Connections to remote products: connect, authorise, choose, map, and ask for runs. Never commits."""

from sync.connection.access import Grant, SetupRefused, open_connector
from sync.connection.fields import (
    CREATE,
    CustomChoice,
    ModuleMap,
    labels_of,
    local_fields,
    mapped_labels,
    mapped_modules,
    module_maps,
    modules_in_order,
    read_choices,
    remote_fields,
)
from sync.connection.portal import choose_scope, permissions, scopes
from sync.connection.runs import (
    CHOSEN,
    enqueue,
    last_preview,
    live_run,
    missing_step,
    save_and_sync,
    save_settings,
    settings_of,
    stop_preview,
)
from sync.connection.setup import (
    CUSTOM,
    CallbackAnswer,
    CatalogueEntry,
    ConnectRequest,
    authorise_url,
    begin,
    catalogue,
    data_centres,
    delete_unfinished,
    finish_authorisation,
    forget,
    live_integration,
    requested_scopes,
    stored_at,
    title_of,
    update_credentials,
    use_self_client_code,
)

__all__ = [
    "CHOSEN", "CREATE", "CUSTOM", "CallbackAnswer", "CatalogueEntry", "ConnectRequest", "CustomChoice",
    "Grant", "ModuleMap", "SetupRefused", "authorise_url", "begin", "catalogue", "choose_scope", "data_centres",
    "delete_unfinished", "enqueue", "finish_authorisation", "forget", "labels_of", "last_preview",
    "live_integration", "live_run", "local_fields", "mapped_labels", "mapped_modules", "missing_step",
    "module_maps", "modules_in_order", "open_connector", "permissions", "read_choices", "remote_fields",
    "requested_scopes", "save_and_sync", "save_settings", "scopes", "settings_of", "stop_preview", "stored_at",
    "title_of", "update_credentials", "use_self_client_code",
]  # fmt: skip
