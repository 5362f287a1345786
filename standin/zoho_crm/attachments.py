"""Files and links under records (zoho-crm-wire §8)."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg
from standin.world.crm.records import Attachment
from standin.zoho_crm.bodies import moment, person
from standin.zoho_crm.errors import RefusalError, answer, no_such_id
from standin.zoho_crm.gate import route
from standin.zoho_crm.under import listed, refuse_unknown, row_stamps

Json = dict[str, Any]


@route("/<module>/<int:key>/Attachments", "POST", "modules.attachments.CREATE")
def attach(org: CrmOrg, module: str, key: int) -> Response:
    """Attach a file (multipart) or a link."""
    refuse_unknown(org, module, key)
    link = request.values.get("attachmentUrl", "")
    file = request.files.get("file")
    if not link and file is None:
        raise RefusalError("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name="file")
    name = request.values.get("title") or link or (file.filename or "file" if file else "")
    content = file.read() if file else b""
    made: Attachment = world().edit(
        "crm.attach",
        module=module,
        id=str(key),
        name=name,
        url=link,
        content=base64.b64encode(content).decode(),
        by=org.me.id,
    )
    done = {
        "code": "SUCCESS",
        "details": row_stamps(org, made),
        "message": "attachment uploaded successfully",
        "status": "success",
    }
    return answer({"data": [done]}, 200)


@route("/<module>/<int:key>/Attachments", "GET", "modules.attachments.READ")
def attachments(org: CrmOrg, module: str, key: int) -> Json | Response:
    """What is attached to a record."""
    refuse_unknown(org, module, key)
    return listed(list(org.under(module, key, reversed(org.attachments))), partial(_attachment, org))


@route("/<module>/<int:key>/Attachments/<int:attachment>", "GET", "modules.attachments.READ")
def download(org: CrmOrg, module: str, key: int, attachment: int) -> Response:
    """The file itself; a link has none."""
    refuse_unknown(org, module, key)
    found = next((one for one in org.under(module, key, org.attachments) if one.id == attachment), None)
    if found is None or found.url:
        raise no_such_id()
    response = Response(found.content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment;filename={quote(found.name)}"
    return response


@route("/<module>/<int:key>/Attachments/<int:attachment>", "DELETE", "modules.attachments.DELETE")
def detach(org: CrmOrg, module: str, key: int, attachment: int) -> Json:
    """Take an attachment away."""
    refuse_unknown(org, module, key)
    if attachment not in _keys(org, module, key):
        raise no_such_id()
    return {"data": [_detach(str(attachment))]}


@route("/<module>/<int:key>/Attachments", "DELETE", "modules.attachments.DELETE")
def detach_many(org: CrmOrg, module: str, key: int) -> Json:
    """Take attachments away: `ids`."""
    refuse_unknown(org, module, key)
    there = _keys(org, module, key)
    asked = [one.strip() for one in request.args.get("ids", "").split(",") if one.strip().isdigit()]
    return {"data": [_detach(one) if int(one) in there else no_such_id(id=one).body() for one in asked]}


def _keys(org: CrmOrg, module: str, key: int) -> set[int]:
    return {one.id for one in org.under(module, key, org.attachments)}


def _detach(key: str) -> Json:
    world().edit("crm.detach", id=key)
    return {"code": "SUCCESS", "details": {"id": key}, "message": "record deleted", "status": "success"}


def _attachment(org: CrmOrg, one: Attachment) -> Json:
    at = moment(org, one.created)
    return {
        "id": str(one.id), "File_Name": one.name, "Size": str(len(one.content)), "$link_url": one.url or None,
        "$attachment_type": 3 if one.url else 1, "$type": "Link URL" if one.url else "Attachment",
        "$file_id": None if one.url else f"file{one.id}", "Created_Time": at, "Modified_Time": at,
        "Owner": person(org, one.author), "Created_By": person(org, one.author), "$editable": True,
        "Parent_Id": {"id": str(one.record_id), "module": {"api_name": one.module}},
    }  # fmt: skip
