"""Bulk read: a job that gathers many records, and its result as a zip with one CSV (zoho-crm-wire §6)."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg, CrmRecord
from standin.world.crm.records import Job
from standin.zoho_crm import criteria as conditions
from standin.zoho_crm.bodies import moment, person, value_of
from standin.zoho_crm.errors import RefusalError, answer, invalid, no_such_id
from standin.zoho_crm.gate import VERSIONS, allow, charge, module_of, route
from standin.zoho_crm.views import view_of

Json = dict[str, Any]
PREFIX = f"/bulk/{VERSIONS}"
PER_PAGE = 200_000
#: what a job says each time it is asked after; the last for ever
STATES = ("QUEUED", "IN PROGRESS", "COMPLETED")


@route("/read", "POST", "bulk.READ", prefix=PREFIX)
def start(org: CrmOrg) -> Response:
    """Begin a job."""
    if request.mimetype != "application/json":
        raise RefusalError("MEDIA_TYPE_NOT_SUPPORTED", "media type not supported", 415)
    body = request.get_json(silent=True) or {}
    query = body.get("query") or {}
    named = query.get("module")
    name = named.get("api_name") if isinstance(named, dict) else named
    module = module_of(org, str(name), json_path="$.query.module.api_name")
    allow(org, "View", module.api_name)
    if unknown := [one for one in query.get("fields") or [] if one != "id" and one not in org.fields(module.api_name)]:
        raise invalid(api_name=unknown[0], json_path="$.query.fields")
    charge(50)
    job = Job(org.next_id(), {**query, "module": module.api_name}, world().now(), org.me.id)
    org.jobs[job.id] = job
    done = {
        "status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully.",
        "details": _about(org, job) | {"state": "ADDED"},
    }  # fmt: skip
    return answer({"data": [done], "info": {}}, 201)


@route("/read/<int:key>", "GET", "bulk.READ", prefix=PREFIX)
def job(org: CrmOrg, key: int) -> Json:
    """How far a job is; it goes on a step each time it is asked after."""
    found = _find(org, key)
    state = STATES[min(found.asked, len(STATES) - 1)]
    found.asked += 1
    body = _about(org, found) | {"state": state, "query": _query(org, found), "file_type": "csv"}
    if state == "COMPLETED":
        count = len(_rows(org, found))
        body["result"] = {
            "page": 1, "count": min(count, PER_PAGE), "per_page": PER_PAGE, "more_records": count > PER_PAGE,
            "download_url": f"/crm/bulk/v8/read/{key}/result", "next_page_token": None,
        }  # fmt: skip
    return {"data": [body]}


@route("/read/<int:key>/result", "GET", "bulk.READ", prefix=PREFIX)
def result(org: CrmOrg, key: int) -> Response:
    """The zip."""
    found = _find(org, key)
    if found.asked < len(STATES):
        raise RefusalError("CANNOT_PROCESS", "the job is not completed yet", id=str(key))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{key}.csv", _table(org, found))
    response = Response(packed.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename={key}.zip"
    return response


def _find(org: CrmOrg, key: int) -> Job:
    if key not in org.jobs:
        raise no_such_id(id=str(key))
    return org.jobs[key]


def _about(org: CrmOrg, job: Job) -> Json:
    by = person(org, job.author)
    return {"id": str(job.id), "operation": "read", "created_by": by, "created_time": moment(org, job.created)}


def _query(org: CrmOrg, job: Job) -> Json:
    name = job.query["module"]
    return {**job.query, "module": {"api_name": name, "id": str(org.modules[name].id)}, "page": 1}


def _rows(org: CrmOrg, job: Job) -> list[CrmRecord]:
    rows = list(org.records[job.query["module"]].values())
    view = view_of(org, job.query["module"], str(job.query.get("cvid", "")))
    for criteria in (view.criteria if view else None, job.query.get("criteria")):
        rows = [row for row in rows if conditions.meets(org, row, criteria)]
    return rows


def _table(org: CrmOrg, job: Job) -> str:
    """First the id, then the fields; lookups and people as ids."""
    fields = org.fields(job.query["module"])
    names = [name for name in job.query.get("fields") or list(fields) if name in fields]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Id", *names])
    for row in _rows(org, job)[:PER_PAGE]:
        writer.writerow([row.id, *(_cell(value_of(org, row, fields[name])) for name in names)])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("id")
    if isinstance(value, list):
        return ";".join(str(one.get("name") if isinstance(one, dict) else one) for one in value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value
