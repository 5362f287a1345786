"""Insert, update, upsert and delete, answered record by record (zoho-crm-wire §5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.fields import CrmModule
from standin.zoho_crm.bodies import person, stamps
from standin.zoho_crm.checking import SYSTEM_DUPLICATES, Checker, duplicate_of, unique_names
from standin.zoho_crm.errors import RefusalError, answer, invalid, no_such_id, over_limit
from standin.zoho_crm.gate import allow, charge, module_of, route, version
from standin.zoho_crm.paging import modified_since

Json = dict[str, Any]
AT_MOST = 100


@route("/<module>", "POST", "modules.{module}.CREATE")
def insert(org: CrmOrg, module: str) -> Response:
    """Insert up to a hundred records."""
    found = module_of(org, module)
    allow(org, "Create", module)
    return _each(found, 201, lambda row, place: _insert(org, found, row, place))


@route("/<module>", "PUT", "modules.{module}.UPDATE")
def update_many(org: CrmOrg, module: str) -> Response:
    """Update up to a hundred records, each with its id."""
    found = module_of(org, module)
    allow(org, "Edit", module)
    return _each(found, 200, lambda row, place: _update(org, found, row, place))


@route("/<module>/<int:key>", "PUT", "modules.{module}.UPDATE")
def update_one(org: CrmOrg, module: str, key: int) -> Response:
    """Update the record that the path names."""
    found = module_of(org, module)
    allow(org, "Edit", module)
    return _each(found, 200, lambda row, place: _update(org, found, {**row, "id": key}, place))


@route("/<module>/upsert", "POST", "modules.{module}.CREATE", "modules.{module}.UPDATE")
def upsert(org: CrmOrg, module: str) -> Response:
    """Update what is a duplicate, insert the rest."""
    found = module_of(org, module)
    allow(org, "Create", module)
    names = _body().get("duplicate_check_fields") or [SYSTEM_DUPLICATES[module]]
    allowed = {SYSTEM_DUPLICATES[module], *unique_names(found)}
    if unknown := [name for name in names if name not in allowed]:
        raise invalid(api_name=unknown[0], json_path="$.duplicate_check_fields", supported_values=sorted(allowed))
    return _each(found, 200, lambda row, place: _upsert(org, found, row, place, names))


@route("/<module>", "DELETE", "modules.{module}.DELETE")
def delete_many(org: CrmOrg, module: str) -> Response:
    """Put up to a hundred records into the recycle bin."""
    module_of(org, module)
    allow(org, "Delete", module)
    keys = [key.strip() for key in request.args.get("ids", "").split(",") if key.strip()]
    if not keys:
        raise RefusalError("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name="ids")
    if len(keys) > AT_MOST:
        raise over_limit(AT_MOST, "ids")
    return _answered([_delete(org, module, key) for key in keys], 200)


@route("/<module>/<int:key>", "DELETE", "modules.{module}.DELETE")
def delete_one(org: CrmOrg, module: str, key: int) -> Response:
    """Put one record into the recycle bin."""
    module_of(org, module)
    allow(org, "Delete", module)
    return _answered([_delete(org, module, str(key))], 200)


def _body() -> Json:
    """The JSON of the request, whatever its content type says (§9)."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise invalid("body is not a JSON object", expected_data_type="jsonobject")
    return body


def _each(module: CrmModule, done: int, perform: Callable[[Json, int], Json]) -> Response:
    rows = _body().get("data")
    if not isinstance(rows, list):
        raise RefusalError("MANDATORY_NOT_FOUND", "required field not found", api_name="data", json_path="$.data")
    if not rows:
        raise invalid(expected_data_type="jsonarray", json_path="$.data", minimum_length=1)
    if len(rows) > AT_MOST:
        raise over_limit(AT_MOST, "data")
    charge(max(1, -(-len(rows) // 10)))
    answers = []
    for place, row in enumerate(rows):
        try:
            answers.append(perform(row, place))
        except RefusalError as refusal:
            answers.append(refusal.body() | ({"_412": True} if refusal.status == 412 else {}))
    return _answered(answers, done)


def _answered(answers: list[Json], done: int) -> Response:
    """200 or 201 when all are done, 207 when some are, 400 (412) when none is; old versions said 200 always."""
    outdated = [row.pop("_412", False) for row in answers]
    good = sum(row["status"] == "success" for row in answers)
    status = done if good == len(answers) else 207 if good else 412 if all(outdated) else 400
    if status == 400 and version() < 8:
        status = 202
    return answer({"data": answers}, status)


def _insert(org: CrmOrg, module: CrmModule, row: Json, place: int) -> Json:
    values = Checker(org, module, place).checked(row, is_new=True)
    _refuse_duplicate(org, module, values, unique_names(module), place)
    return _done("record added", stamps(org, _add(org, module, values)))


def _update(org: CrmOrg, module: CrmModule, row: Json, place: int) -> Json:
    found = _record_of(org, module, row, place)
    _refuse_changed(org, found)
    if found.is_locked:
        raise RefusalError("RECORD_LOCKED", "the record is locked", id=str(found.id))
    values = Checker(org, module, place).checked(row, is_new=False)
    _refuse_duplicate(org, module, values, unique_names(module), place, found.id)
    return _done("record updated", stamps(org, _set(org, found, values)))


def _upsert(org: CrmOrg, module: CrmModule, row: Json, place: int, names: list[str]) -> Json:
    checker = Checker(org, module, place)
    if isinstance(row, dict) and row.get("id"):
        return _update(org, module, row, place) | {"duplicate_field": None, "action": "update"}
    same = duplicate_of(org, module, row if isinstance(row, dict) else {}, names)
    if same is None:
        made = _add(org, module, checker.checked(row, is_new=True))
        return _done("record added", stamps(org, made)) | {"duplicate_field": None, "action": "insert"}
    found, name = same
    _refuse_changed(org, found)
    _set(org, found, checker.checked(row, is_new=False))
    return _done("record updated", stamps(org, found)) | {"duplicate_field": name, "action": "update"}


def _delete(org: CrmOrg, module: str, key: str) -> Json:
    found = org.find(module, int(key)) if key.isdigit() else None
    if found is None:
        return invalid("record not deleted", id=key).body()
    world().edit("crm.delete", module=module, id=str(found.id), by=org.me.id)
    return _done("record deleted", {"id": key})


def _record_of(org: CrmOrg, module: CrmModule, row: Json, place: int) -> CrmRecord:
    key = str(row.get("id") or "") if isinstance(row, dict) else ""
    if not key:
        raise RefusalError(
            "MANDATORY_NOT_FOUND", "required field not found", api_name="id", json_path=f"$.data[{place}].id"
        )  # fmt: skip
    found = org.find(module.api_name, int(key)) if key.isdigit() else None
    if found is None:
        raise no_such_id(api_name="id", json_path=f"$.data[{place}].id")
    return found


def _refuse_changed(org: CrmOrg, row: CrmRecord) -> None:
    """Optimistic locking: the header says when the caller last saw it."""
    seen = modified_since("If-Unmodified-Since")
    if seen is not None and row.modified > seen:
        raise RefusalError(
            "ALREADY_MODIFIED", "record updated time has already passed if-unmodified-since time", 412,
            **stamps(org, row),
        )  # fmt: skip


def _refuse_duplicate(org: CrmOrg, module: CrmModule, values: Json, names: list[str], place: int, but: int = 0) -> None:
    same = duplicate_of(org, module, values, names, but)
    if same is None:
        return
    row, name = same
    about = {"api_name": module.api_name, "id": str(module.id)}
    raise RefusalError(
        "DUPLICATE_DATA", "duplicate data", api_name=name, id=str(row.id), more_records=False,
        json_path=f"$.data[{place}].{name}",
        duplicate_record={"id": str(row.id), "Owner": person(org, row.owner), "module": about},
    )  # fmt: skip


def _add(org: CrmOrg, module: CrmModule, values: Json) -> CrmRecord:
    made: CrmRecord = world().edit("crm.add", module=module.api_name, values=values, by=org.me.id)
    return made


def _set(org: CrmOrg, row: CrmRecord, values: Json) -> CrmRecord:
    changed: CrmRecord = world().edit("crm.set", module=row.module, id=str(row.id), values=values, by=org.me.id)
    return changed


def _done(message: str, details: Json) -> Json:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}
