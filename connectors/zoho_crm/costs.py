"""How many calls a run takes, and which module an endpoint is about: arithmetic for the meter (requirements M-21)."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.zoho_crm.places import API, MODULES

PER_PAGE = 200
#: module → remote module that it is read from, as long as nothing else was chosen
REMOTES = {"customers": "Accounts", "contact_persons": "Contacts", "items": "Products", "deals": "Deals"}


def module_of(endpoint: str) -> str | None:
    """The module that an endpoint is about; None for the organisation, its people, settings and channels."""
    _method, _space, path = endpoint.partition(" ")
    parts = path.removeprefix(f"{API}/").split("/")
    return MODULES.get(parts[0].lower()) if path.startswith(f"{API}/") else None


def cost(kind: str, listed: Mapping[str, int]) -> dict[str, int]:
    """Calls per endpoint of a full or quick run over the modules of `listed`, which holds how long their lists are.

    A full run reads each list whole, 200 records a call; a quick run asks for what changed and what was deleted.
    Each module's fields are asked for once.
    """
    found = {f"GET {API}/org": 1, f"GET {API}/settings/fields": len(listed)}
    for module, count in listed.items():
        path = f"GET {API}/{REMOTES[module]}"
        found[path] = found.get(path, 0) + (1 if kind != "full" else max(1, -(-count // PER_PAGE)))
        if kind != "full":
            found[f"{path}/deleted"] = 1
    return found
