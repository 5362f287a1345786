"""Custom links on record pages (zoho-crm-wire §8)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg
from standin.world.crm.records import CustomLink
from standin.zoho_crm.errors import RefusalError, answer, no_such_id
from standin.zoho_crm.gate import asked_module, route

Json = dict[str, Any]
LINK_KEYS = {"name": 100, "url": 3000}


@route("/settings/custom_links", "GET", "settings.custom_links.READ")
def custom_links(org: CrmOrg) -> Json:
    """The custom links of a module."""
    module = asked_module(org)
    return {"custom_links": [_link(org, link) for link in org.custom_links if link.module == module.api_name]}


@route("/settings/custom_links", "POST", "settings.custom_links.CREATE")
def make_links(org: CrmOrg) -> Response:
    """Put links on the record pages of a module."""
    module = asked_module(org)
    rows = (request.get_json(force=True, silent=True) or {}).get("custom_links")
    if not isinstance(rows, list) or not rows:
        raise RefusalError(
            "MANDATORY_NOT_FOUND", "required field not found", api_name="custom_links", json_path="$.custom_links"
        )  # fmt: skip
    done = [_make_link(org, module.api_name, row, place) for place, row in enumerate(rows)]
    return answer({"custom_links": done}, 201 if all(row["status"] == "success" for row in done) else 400)


def _make_link(org: CrmOrg, module: str, row: Json, place: int) -> Json:
    for key, longest in LINK_KEYS.items():
        value, path = row.get(key), f"$.custom_links[{place}].{key}"
        if not isinstance(value, str) or not value:
            return RefusalError("MANDATORY_NOT_FOUND", "required field not found", api_name=key, json_path=path).body()
        if len(value) > longest:
            return RefusalError(
                "INVALID_DATA", "invalid data", api_name=key, json_path=path, maximum_length=longest
            ).body()
    made: CustomLink = world().edit(
        "crm.link", module=module, name=row["name"], url=row["url"], description=row.get("description") or "",
        encoding=row.get("url_encoding"), profiles=[str(one["id"]) for one in row.get("profiles") or []],
    )  # fmt: skip
    return {"code": "SUCCESS", "details": {"id": str(made.id)}, "message": "Custom link created", "status": "success"}


@route("/settings/custom_links/<key>", "PUT", "settings.custom_links.UPDATE")
def change_link(org: CrmOrg, key: str) -> Json:
    """Change a link."""
    link = _find_link(org, key)
    row = ((request.get_json(force=True, silent=True) or {}).get("custom_links") or [{}])[0]
    changes = {name: row[name] for name in ("name", "url", "description") if name in row}
    world().edit("crm.link_set", id=str(link.id), **changes)
    done = {"code": "SUCCESS", "details": {"id": key}, "message": "Custom link updated", "status": "success"}
    return {"custom_links": [done]}


@route("/settings/custom_links/<key>", "DELETE", "settings.custom_links.DELETE")
def drop_link(org: CrmOrg, key: str) -> Json:
    """Take a link away."""
    world().edit("crm.link_set", id=str(_find_link(org, key).id), gone=True)
    done = {"code": "SUCCESS", "details": {"id": key}, "message": "Custom link deleted", "status": "success"}
    return {"custom_links": [done]}


def _find_link(org: CrmOrg, key: str) -> CustomLink:
    module = asked_module(org)
    for link in org.custom_links:
        if str(link.id) == key and link.module == module.api_name:
            return link
    raise no_such_id()


def _link(org: CrmOrg, link: CustomLink) -> Json:
    return {
        "id": str(link.id), "name": link.name, "url": link.url, "description": link.description,
        "url_encoding": link.encoding, "user_types": [],
        "profiles": [{"id": str(key), "name": org.profile(key).name} for key in link.profiles],
    }  # fmt: skip
