"""Records read: lists, single ones, deleted ones, searches, counts, related lists (zoho-crm-wire §5.1, §5.2, §6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.fields import CrmModule
from standin.world.crm.org import token_expiry
from standin.zoho_crm import criteria as conditions
from standin.zoho_crm.bodies import moment, person, record
from standin.zoho_crm.errors import ambiguous, invalid, missing_parameter, no_such_id, nothing, over_limit
from standin.zoho_crm.gate import allow, charge, module_of, route, version
from standin.zoho_crm.paging import modified_since, page_of, token_page
from standin.zoho_crm.views import view_of

Json = dict[str, Any]
FIELDS_AT_MOST = 50
SORTS: dict[str, Callable[[CrmRecord], Any]] = {
    "id": lambda row: row.id,
    "Created_Time": lambda row: (row.created, row.id),
    "Modified_Time": lambda row: (row.modified, row.id),
}
#: parameters of a search, of which exactly one is given
ASKED = ("criteria", "email", "phone", "word")


@route("/<module>", "GET", "modules.{module}.READ")
def listing(org: CrmOrg, module: str) -> Json | Response:
    """A page of a module's records."""
    found = module_of(org, module)
    allow(org, "View", module)
    names = asked_fields(org, found)
    rows = since_asked(_viewed(org, found))
    if isinstance(rows, Response):
        return rows
    return page_of_records(org, in_order(rows), names)


@route("/<module>/<int:key>", "GET", "modules.{module}.READ")
def single(org: CrmOrg, module: str, key: int) -> Json | Response:
    """One record, whole unless `fields` are named."""
    found = module_of(org, module)
    allow(org, "View", module)
    row = org.find(module, key)
    if row is None:
        raise no_such_id()
    since = modified_since()
    if since is not None and row.modified < since:
        return nothing(304)
    names = asked_fields(org, found, is_needed=False)
    return {"data": [record(org, row, names)]}


def asked_fields(org: CrmOrg, module: CrmModule, *, is_needed: bool = True) -> list[str] | None:
    """The names that `fields` asks for; unknown ones are left out. Older versions give all without it."""
    text = request.args.get("fields")
    if text is None:
        if is_needed and version() >= 3:
            raise missing_parameter("fields")
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) > FIELDS_AT_MOST:
        raise over_limit(FIELDS_AT_MOST, "fields")
    known = org.fields(module.api_name)
    return [name for name in names if name in known]


def _viewed(org: CrmOrg, module: CrmModule) -> Iterable[CrmRecord]:
    rows: Iterable[CrmRecord] = org.records[module.api_name].values()
    if text := request.args.get("ids"):
        wanted = {part.strip() for part in text.split(",")}
        rows = [row for row in rows if str(row.id) in wanted]
    key = request.args.get("cvid")
    if key is None:
        return rows
    charge(3)
    if "sort_by" in request.args:
        raise ambiguous("cvid", "sort_by")
    view = view_of(org, module.api_name, key)
    if view is None:
        raise invalid(param_name="cvid")
    if view.system_name == "MYVIEWS":
        return [row for row in rows if row.owner == org.me.id]
    return [row for row in rows if conditions.meets(org, row, view.criteria)]


def since_asked(rows: Iterable[CrmRecord]) -> list[CrmRecord] | Response:
    """What changed since the header's moment; 304 when nothing did."""
    since = modified_since()
    if since is None:
        return list(rows)
    changed = [row for row in rows if row.modified >= since]
    return changed or nothing(304)


def in_order(rows: Iterable[CrmRecord]) -> list[CrmRecord]:
    """Sorted as asked; by id, newest first, unless asked."""
    by, order = request.args.get("sort_by", "id"), request.args.get("sort_order", "desc")
    if by not in SORTS:
        raise invalid(param_name="sort_by", supported_values=list(SORTS))
    if order not in ("asc", "desc"):
        raise invalid(param_name="sort_order", supported_values=["asc", "desc"])
    return sorted(rows, key=SORTS[by], reverse=order == "desc")


def page_of_records(org: CrmOrg, rows: Sequence[CrmRecord], names: list[str] | None) -> Json | Response:
    """The asked page of these rows, with these fields; 204 when there is none."""
    now = world().now()
    shown, info = token_page(rows, now, moment(org, token_expiry(now)))
    if not shown:
        return nothing()
    if version() < 3:  # old versions knew neither tokens nor orders in `info`
        info = {name: info[name] for name in ("per_page", "count", "page", "more_records")}
        return {"data": [record(org, row, names) for row in shown], "info": info}
    sort = {"sort_by": request.args.get("sort_by", "id"), "sort_order": request.args.get("sort_order", "desc")}
    return {"data": [record(org, row, names) for row in shown], "info": info | sort | {"call": False, "email": False}}


@route("/<module>/deleted", "GET", "modules.{module}.READ")
def deleted(org: CrmOrg, module: str) -> Json | Response:
    """What lies in the recycle bin or is gone for good, newest first."""
    module_of(org, module)
    allow(org, "View", module)
    kind, since = request.args.get("type", "all"), modified_since()
    if kind not in ("all", "recycle", "permanent"):
        raise invalid(param_name="type", supported_values=["all", "recycle", "permanent"])
    rows = [gone for gone in org.deleted[module] if kind == "all" or gone.is_permanent == (kind == "permanent")]
    rows = [gone for gone in rows if since is None or gone.at >= since]
    if not rows:
        return nothing(204 if since is None else 304)
    shown, info = page_of(sorted(rows, key=lambda gone: gone.at, reverse=True))
    body = [
        {
            "id": str(gone.record.id), "type": "permanent" if gone.is_permanent else "recycle",
            "display_name": None if gone.is_permanent else org.name_of(gone.record),
            "deleted_time": moment(org, gone.at), "deleted_by": None if gone.is_permanent else person(org, gone.by),
            "created_by": None if gone.is_permanent else person(org, gone.record.created_by),
        }
        for gone in shown
    ]  # fmt: skip
    return {"data": body, "info": info}


@route("/<module>/search", "GET", "modules.{module}.READ", "securesearch.READ", is_heavy=True)
def search(org: CrmOrg, module: str) -> Json | Response:
    """Records that meet one of criteria, email, phone, word. Newest first, whole unless `fields` are named."""
    found = module_of(org, module)
    rows = _asked(org, found)
    if not rows:
        return nothing()
    shown, info = page_of(rows)
    names = asked_fields(org, found, is_needed=False)
    return {"data": [record(org, row, names) for row in shown], "info": info}


@route("/<module>/actions/count", "GET", "modules.{module}.READ", "securesearch.READ")
def count(org: CrmOrg, module: str) -> Json:
    """How many records there are, or meet what is asked."""
    found = module_of(org, module)
    allow(org, "View", module)
    if any(name in request.args for name in ASKED):
        return {"count": len(_asked(org, found))}
    return {"count": len(list(_viewed(org, found)))}


def _asked(org: CrmOrg, module: CrmModule) -> list[CrmRecord]:
    given = [name for name in ASKED if name in request.args]
    if not given:
        raise missing_parameter("criteria")
    if len(given) > 1:
        raise ambiguous(*given)
    allow(org, "View", module.api_name)
    text = request.args[given[0]]
    rows = org.records[module.api_name].values()
    found = [row for row in rows if _meets(org, module, row, given[0], text)]
    return sorted(found, key=SORTS["id"], reverse=True)


def _meets(org: CrmOrg, module: CrmModule, row: CrmRecord, asked: str, text: str) -> bool:
    if asked == "criteria":
        return conditions.meets(org, row, conditions.parse(text, module))
    if asked == "word":
        words = [str(value) for value in row.values.values() if isinstance(value, str)] + [org.name_of(row)]
        return any(text.casefold() in word.casefold() for word in words)
    named = [field.api_name for field in module.fields.values() if field.data_type == asked]
    return any(str(row.values.get(name) or "").casefold() == text.casefold() for name in named)
