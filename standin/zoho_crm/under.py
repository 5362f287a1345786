"""Notes and attachments under records: the cheap ways in which an app leaves word (zoho-crm-wire §8)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg
from standin.world.crm.records import Attachment, Note
from standin.zoho_crm.bodies import moment, person
from standin.zoho_crm.errors import RefusalError, answer, no_such_id, nothing
from standin.zoho_crm.gate import module_of, route
from standin.zoho_crm.paging import page_of

Json = dict[str, Any]


def _refuse_unknown(org: CrmOrg, module: str, key: int) -> None:
    module_of(org, module)
    if org.find(module, key) is None:
        raise no_such_id(resource_path_index=1)


@route("/<module>/<int:key>/Notes", "POST", "modules.notes.CREATE")
def add_notes(org: CrmOrg, module: str, key: int) -> Response:
    """Put notes under a record."""
    _refuse_unknown(org, module, key)
    rows = (request.get_json(force=True, silent=True) or {}).get("data") or []
    done = []
    for place, row in enumerate(rows):
        if not row.get("Note_Content"):
            path = f"$.data[{place}].Note_Content"
            missing = RefusalError(
                "MANDATORY_NOT_FOUND", "required field not found", api_name="Note_Content", json_path=path
            )
            done.append(missing.body())
            continue
        title, content = row.get("Note_Title") or "", row["Note_Content"]
        note: Note = world().edit("crm.note", module=module, id=str(key), title=title, content=content)
        done.append({
            "code": "SUCCESS", "message": "record added", "status": "success",
            "details": _stamps(org, note),
        })  # fmt: skip
    good = sum(row["status"] == "success" for row in done)
    return answer({"data": done}, 201 if done and good == len(done) else 207 if good else 400)


@route("/<module>/<int:key>/Notes", "GET", "modules.notes.READ")
def notes(org: CrmOrg, module: str, key: int) -> Json | Response:
    """The notes under a record, newest first."""
    _refuse_unknown(org, module, key)
    return _listed(list(org.under(module, key, reversed(org.notes))), partial(_note, org))


def _listed(rows: list[Any], body: Callable[[Any], Json]) -> Json | Response:
    """The page that is asked for; nothing when there are no rows."""
    if not rows:
        return nothing()
    shown, info = page_of(rows)
    return {"data": [body(row) for row in shown], "info": info}


def _stamps(org: CrmOrg, row: Note | Attachment) -> Json:
    at, author = moment(org, row.created), person(org, row.author)
    return {"id": str(row.id), "Created_Time": at, "Modified_Time": at, "Created_By": author, "Modified_By": author}


def _note(org: CrmOrg, note: Note) -> Json:
    at = moment(org, note.created)
    row = org.find(note.module, note.record_id)
    return {
        "id": str(note.id), "Note_Title": note.title or None, "Note_Content": note.content, "Created_Time": at,
        "Modified_Time": at, "Owner": person(org, note.author), "Created_By": person(org, note.author),
        "Modified_By": person(org, note.author),
        "Parent_Id": {"id": str(note.record_id), "name": org.name_of(row) if row else None,
                      "module": {"api_name": note.module, "id": str(org.modules[note.module].id)}},
    }  # fmt: skip


@route("/<module>/<int:key>/Attachments", "POST", "modules.attachments.CREATE")
def attach(org: CrmOrg, module: str, key: int) -> Response:
    """Attach a file (multipart) or a link."""
    _refuse_unknown(org, module, key)
    link = request.values.get("attachmentUrl", "")
    file = request.files.get("file")
    if not link and file is None:
        raise RefusalError("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name="file")
    name = request.values.get("title") or link or (file.filename or "file" if file else "")
    content = file.read() if file else b""
    made: Attachment = world().edit(
        "crm.attach", module=module, id=str(key), name=name, url=link, content=base64.b64encode(content).decode()
    )
    done = {
        "code": "SUCCESS",
        "details": _stamps(org, made),
        "message": "attachment uploaded successfully",
        "status": "success",
    }
    return answer({"data": [done]}, 200)


@route("/<module>/<int:key>/Attachments", "GET", "modules.attachments.READ")
def attachments(org: CrmOrg, module: str, key: int) -> Json | Response:
    """What is attached to a record."""
    _refuse_unknown(org, module, key)
    return _listed(list(org.under(module, key, reversed(org.attachments))), partial(_attachment, org))


@route("/<module>/<int:key>/Attachments/<int:attachment>", "DELETE", "modules.attachments.DELETE")
def detach(org: CrmOrg, module: str, key: int, attachment: int) -> Json:
    """Take an attachment away."""
    _refuse_unknown(org, module, key)
    found = next((one for one in org.under(module, key, org.attachments) if one.id == attachment), None)
    if found is None:
        raise no_such_id()
    world().edit("crm.detach", id=str(found.id))
    details = {"id": str(attachment)}
    return {"data": [{"code": "SUCCESS", "details": details, "message": "record deleted", "status": "success"}]}


def _attachment(org: CrmOrg, one: Attachment) -> Json:
    at = moment(org, one.created)
    return {
        "id": str(one.id), "File_Name": one.name, "Size": str(len(one.content)), "$link_url": one.url or None,
        "$type": "Link URL" if one.url else "Attachment", "Created_Time": at, "Modified_Time": at,
        "Owner": person(org, one.author), "Created_By": person(org, one.author), "$editable": True,
        "Parent_Id": {"id": str(one.record_id), "module": {"api_name": one.module}},
    }  # fmt: skip
