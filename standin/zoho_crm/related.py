"""What hangs on a record: the related lists and their records, linking and unlinking (zoho-crm-wire §2, §3.8)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.fields import CrmModule
from standin.zoho_crm.bodies import record
from standin.zoho_crm.errors import invalid, no_such_id, nothing
from standin.zoho_crm.gate import allow, asked_module, module_of, route
from standin.zoho_crm.paging import page_of
from standin.zoho_crm.reading import asked_fields, in_order, page_of_records, since_asked

Json = dict[str, Any]
#: module → its related lists: API name, the module whose records it shows
RELATED: dict[str, tuple[tuple[str, str | None], ...]] = {
    "Accounts": (
        ("Contacts", "Contacts"), ("Deals", "Deals"), ("Products", "Products"), ("Child_Accounts", "Accounts"),
        ("Notes", None), ("Attachments", None),
    ),
    "Contacts": (("Deals", "Deals"), ("Products", "Products"), ("Notes", None), ("Attachments", None)),
    "Deals": (("Contact_Roles", "Contacts"), ("Products", "Products"), ("Notes", None), ("Attachments", None)),
    "Products": (
        ("Accounts", "Accounts"), ("Contacts", "Contacts"), ("Deals", "Deals"), ("Notes", None), ("Attachments", None),
    ),
}  # fmt: skip
#: (module, list) → the lookup by which the listed records point at the record
LOOKUPS = {
    ("Accounts", "Contacts"): "Account_Name", ("Accounts", "Deals"): "Account_Name",
    ("Accounts", "Child_Accounts"): "Parent_Account", ("Contacts", "Deals"): "Contact_Name",
}  # fmt: skip


@route("/settings/related_lists", "GET", "settings.related_lists.READ")
def related_lists(org: CrmOrg) -> Json:
    """What hangs on the records of a module."""
    module = asked_module(org)
    rows = enumerate(RELATED[module.api_name], 1)
    return {"related_lists": [_related_list(org, module, name, target, place) for place, (name, target) in rows]}


def _related_list(org: CrmOrg, module: CrmModule, name: str, target: str | None, place: int) -> Json:
    about = {"api_name": target, "id": str(org.modules[target].id)} if target else None
    label = name.replace("_", " ")
    return {
        "id": str(module.id + 500 + place), "api_name": name, "name": label, "display_label": label, "module": about,
        "href": f"{module.api_name}/{{ENTITYID}}/{name}", "type": "default", "sequence_number": str(place),
        "action": None, "status": "visible", "customize_fields": True, "customize_sort": True,
        "customize_display_label": True, "connectedmodule": None, "linkingmodule": None, "parent_related_lists": None,
    }  # fmt: skip


LISTS = "<any(Accounts, Contacts, Deals, Products, Child_Accounts):related>"


@route(f"/<module>/<int:key>/{LISTS}", "GET", "modules.{module}.READ")
def related(org: CrmOrg, module: str, key: int, related: str) -> Json | Response:
    """The records of a related list."""
    target = _target(org, module, key, related)
    names = asked_fields(org, module_of(org, target))
    rows = since_asked(_rows(org, module, key, related, target))
    return rows if isinstance(rows, Response) else page_of_records(org, in_order(rows), names)


def _target(org: CrmOrg, module: str, key: int, related: str) -> str:
    """The module that the list shows; refuses unknown records and lists, and what the person may not see."""
    module_of(org, module)
    if org.find(module, key) is None:
        raise no_such_id(resource_path_index=1)
    target = dict(RELATED[module]).get(related)
    if target is None:
        raise invalid("the relation name given seems to be invalid", resource_path_index=2)
    allow(org, "View", target)
    return target


def _rows(org: CrmOrg, module: str, key: int, related: str, target: str) -> list[CrmRecord]:
    if column := LOOKUPS.get((module, related)):
        return [row for row in org.records[target].values() if row.values.get(column) == key]
    if module == "Products":
        keys = [row for kind, row, product in org.product_links if kind == target and product == key]
    else:
        keys = [product for kind, row, product in org.product_links if kind == module and row == key]
    return [row for one in keys if (row := org.find(target, one))]


@route("/<module>/<int:key>/Contact_Roles", "GET", "modules.{module}.READ")
def contact_roles(org: CrmOrg, module: str, key: int) -> Json | Response:
    """The contact of a deal, with no role."""
    _target(org, module, key, "Contact_Roles")
    deal = org.find(module, key)
    contact = org.find("Contacts", int(deal.values.get("Contact_Name") or 0)) if deal else None
    if contact is None:
        return nothing()
    shown, info = page_of([record(org, contact, asked_fields(org, org.modules["Contacts"])) | {"Contact_Role": None}])
    return {"data": list(shown), "info": info}


@route(f"/<module>/<int:key>/{LISTS}", "PUT", "modules.{module}.UPDATE")
def link(org: CrmOrg, module: str, key: int, related: str) -> Json:
    """Hang records on this one, each with its id."""
    target = _target(org, module, key, related)
    allow(org, "Edit", module)
    rows = (request.get_json(force=True, silent=True) or {}).get("data") or []
    return {"data": [_link(org, module, key, related, target, str(row.get("id") or "")) for row in rows]}


@route(f"/<module>/<int:key>/{LISTS}/<int:other>", "PUT", "modules.{module}.UPDATE")
def link_one(org: CrmOrg, module: str, key: int, related: str, other: int) -> Json:
    """Hang one record on this one."""
    target = _target(org, module, key, related)
    allow(org, "Edit", module)
    return {"data": [_link(org, module, key, related, target, str(other))]}


@route(f"/<module>/<int:key>/{LISTS}/<int:other>", "DELETE", "modules.{module}.DELETE")
def unlink_one(org: CrmOrg, module: str, key: int, related: str, other: int) -> Json:
    """Take one record off this one."""
    target = _target(org, module, key, related)
    allow(org, "Edit", module)
    return {"data": [_link(org, module, key, related, target, str(other), is_gone=True)]}


@route(f"/<module>/<int:key>/{LISTS}", "DELETE", "modules.{module}.DELETE")
def unlink(org: CrmOrg, module: str, key: int, related: str) -> Json:
    """Take records off this one: `ids`."""
    target = _target(org, module, key, related)
    allow(org, "Edit", module)
    keys = [one for one in request.args.get("ids", "").split(",") if one]
    return {"data": [_link(org, module, key, related, target, one, is_gone=True) for one in keys]}


def _link(org: CrmOrg, module: str, key: int, related: str, target: str, other: str, *, is_gone: bool = False) -> Json:
    if not other.isdigit() or org.find(target, int(other)) is None:
        return no_such_id(api_name="id").body()
    if column := LOOKUPS.get((module, related)):
        world().edit("crm.set", module=target, id=other, values={column: None if is_gone else key}, by=org.me.id)
    else:
        kind, row, product = (target, int(other), key) if module == "Products" else (module, key, int(other))
        world().edit("crm.product", module=kind, id=str(row), product=str(product), gone=is_gone)
    word = "removed" if is_gone else "updated"
    return {"code": "SUCCESS", "details": {"id": other}, "message": f"relation {word}", "status": "success"}
