"""Custom views (zoho-crm-wire §3.7)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg
from standin.world.crm.records import View
from standin.zoho_crm.bodies import moment, person
from standin.zoho_crm.errors import RefusalError, answer, no_such_id
from standin.zoho_crm.gate import asked_module, route
from standin.zoho_crm.paging import page_of

Json = dict[str, Any]


def view_of(org: CrmOrg, module: str, key: str) -> View | None:
    """A view of a module by its id."""
    return next((view for view in org.views if view.module == module and str(view.id) == key), None)


@route("/settings/custom_views", "GET", "settings.custom_views.READ")
def custom_views(org: CrmOrg) -> Json:
    """The views of a module, without their criteria."""
    module = asked_module(org)
    mine = [view for view in org.views if view.module == module.api_name]
    shown, info = page_of(mine)
    default = next((str(view.id) for view in mine if view.is_default), None)
    words = {
        "public_views": "Public Views", "other_users_views": "Other Users Views", "shared_with_me": "Shared With Me",
        "created_by_me": "Created By Me",
    }  # fmt: skip
    return {
        "custom_views": [_view(org, view) for view in shown],
        "info": info | {"default": default, "translation": words},
    }


@route("/settings/custom_views/<key>", "GET", "settings.custom_views.READ")
def custom_view(org: CrmOrg, key: str) -> Json:
    """One view, with its criteria and columns."""
    module = asked_module(org)
    view = view_of(org, module.api_name, key)
    if view is None:
        raise no_such_id()
    known = org.fields(module.api_name)
    columns = [
        {"api_name": name, "id": str(known[name].id), "_pin": False}
        for name in view.fields if name in known
    ]  # fmt: skip
    more = {
        "criteria": _with_ids(org, module.api_name, view.criteria), "cross_filters": None, "fields": columns,
        "sort_by": None, "sort_order": None, "shared_to": None,
    }  # fmt: skip
    return {"custom_views": [_view(org, view) | more]}


def _with_ids(org: CrmOrg, module: str, criteria: Json | None) -> Json | None:
    if criteria is None:
        return None
    if "group" in criteria:
        return criteria | {"group": [_with_ids(org, module, part) for part in criteria["group"]]}
    field = org.modules[module].fields.get(criteria["field"]["api_name"])
    named = {"api_name": criteria["field"]["api_name"], "id": str(field.id) if field else None}
    return criteria | {"field": named, "type": criteria.get("type", "value")}


def _view(org: CrmOrg, view: View) -> Json:
    at = moment(org, org.founded)
    return {
        "id": str(view.id), "name": view.name, "display_value": view.name, "system_name": view.system_name,
        "system_defined": view.system_name is not None, "default": view.is_default,
        "category": "created_by_me" if view.is_mine else "public_views", "access_type": "public",
        "created_by": person(org, view.created_by), "modified_by": person(org, view.created_by), "created_time": at,
        "modified_time": at, "last_accessed_time": at, "locked": False, "favorite": None,
    }  # fmt: skip


@route("/settings/custom_views", "POST", "settings.custom_views.CREATE")
def make_views(org: CrmOrg) -> Response:
    """Make views of a module."""
    module = asked_module(org)
    rows = (request.get_json(force=True, silent=True) or {}).get("custom_views")
    if not isinstance(rows, list) or not rows:
        raise RefusalError(
            "MANDATORY_NOT_FOUND", "required field not found", api_name="custom_views", json_path="$.custom_views"
        )  # fmt: skip
    done = [_make_view(org, module.api_name, row, place) for place, row in enumerate(rows)]
    return answer({"custom_views": done}, 201 if all(row["status"] == "success" for row in done) else 400)


def _make_view(org: CrmOrg, module: str, row: Json, place: int) -> Json:
    if not row.get("name"):
        path = f"$.custom_views[{place}].name"
        return RefusalError("MANDATORY_NOT_FOUND", "required field not found", api_name="name", json_path=path).body()
    shown = [str(one.get("api_name")) for one in row.get("fields") or []]
    made: View = world().edit(
        "crm.view", module=module, name=row["name"], criteria=row.get("criteria"), fields=shown, by=org.me.id
    )
    return {"code": "SUCCESS", "details": {"id": str(made.id)}, "message": "custom view created", "status": "success"}


@route("/settings/custom_views/<key>", "DELETE", "settings.custom_views.DELETE")
def drop_view(org: CrmOrg, key: str) -> Json:
    """Take a view away; Zoho's own stay."""
    view = view_of(org, asked_module(org).api_name, key)
    if view is None or view.system_name:
        raise no_such_id()
    world().edit("crm.view_set", id=key, gone=True)
    done = {"code": "SUCCESS", "details": {"id": key}, "message": "custom view deleted", "status": "success"}
    return {"custom_views": [done]}
