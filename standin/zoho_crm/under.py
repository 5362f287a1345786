"""Notes under records: the cheap way in which an app leaves word (zoho-crm-wire §8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg
from standin.world.crm.records import Attachment, Note
from standin.zoho_crm.bodies import moment, person
from standin.zoho_crm.errors import RefusalError, answer, missing_parameter, no_such_id, nothing
from standin.zoho_crm.gate import allow, module_of, route, version
from standin.zoho_crm.paging import page_of

Json = dict[str, Any]


def refuse_unknown(org: CrmOrg, module: str, key: int) -> None:
    """Refuse records that are not there, and those that the person may not see."""
    module_of(org, module)
    allow(org, "View", module)
    if org.find(module, key) is None:
        raise no_such_id(resource_path_index=1)


@route("/<module>/<int:key>/Notes", "POST", "modules.notes.CREATE")
def add_notes(org: CrmOrg, module: str, key: int) -> Response:
    """Put notes under a record."""
    refuse_unknown(org, module, key)
    return _added([_add(org, module, key, row, place) for place, row in enumerate(_asked())])


@route("/Notes", "POST", "modules.notes.CREATE")
def add_loose_notes(org: CrmOrg) -> Response:
    """Put notes under the records that they name as their parents."""
    done = []
    for place, row in enumerate(_asked()):
        parent = row.get("Parent_Id") or {}
        about = parent.get("module") or row.get("$se_module") or {}
        module = about.get("api_name") if isinstance(about, dict) else about
        key = str(parent.get("id") if isinstance(parent, dict) else parent)
        if module not in org.modules or not key.isdigit() or org.find(str(module), int(key)) is None:
            done.append(no_such_id(api_name="Parent_Id", json_path=f"$.data[{place}].Parent_Id").body())
        else:
            done.append(_add(org, str(module), int(key), row, place))
    return _added(done)


def _asked() -> list[Json]:
    rows: list[Json] = (request.get_json(force=True, silent=True) or {}).get("data") or []
    return rows


def _added(done: list[Json]) -> Response:
    good = sum(row["status"] == "success" for row in done)
    return answer({"data": done}, 201 if done and good == len(done) else 207 if good else 400)


def _add(org: CrmOrg, module: str, key: int, row: Json, place: int) -> Json:
    if not row.get("Note_Content"):
        path = f"$.data[{place}].Note_Content"
        return RefusalError(
            "MANDATORY_NOT_FOUND", "required field not found", api_name="Note_Content", json_path=path
        ).body()  # fmt: skip
    title, content = row.get("Note_Title") or "", row["Note_Content"]
    note: Note = world().edit("crm.note", module=module, id=str(key), title=title, content=content, by=org.me.id)
    return _done("record added", row_stamps(org, note))


@route("/<module>/<int:key>/Notes/<int:note>", "DELETE", "modules.notes.DELETE")
def drop_note(org: CrmOrg, module: str, key: int, note: int) -> Json:
    """Take a note away."""
    refuse_unknown(org, module, key)
    if not any(one.id == note for one in org.under(module, key, org.notes)):
        raise no_such_id()
    world().edit("crm.note_drop", id=str(note))
    return {
        "data": [{"code": "SUCCESS", "details": {"id": str(note)}, "message": "record deleted", "status": "success"}]
    }


@route("/<module>/<int:key>/Notes", "GET", "modules.notes.READ")
def notes(org: CrmOrg, module: str, key: int) -> Json | Response:
    """The notes under a record, newest first."""
    refuse_unknown(org, module, key)
    return listed(list(org.under(module, key, reversed(org.notes))), partial(_note, org))


@route("/Notes", "GET", "modules.notes.READ")
def all_notes(org: CrmOrg) -> Json | Response:
    """All notes, newest first."""
    return listed(list(reversed(org.notes)), partial(_note, org))


@route("/Notes/<int:note>", "GET", "modules.notes.READ")
def one_note(org: CrmOrg, note: int) -> Json:
    """One note."""
    return {"data": [_note(org, _find(org, note))]}


@route("/Notes/<int:note>", "PUT", "modules.notes.UPDATE")
def change_note(org: CrmOrg, note: int) -> Json:
    """Other words."""
    found = _find(org, note)
    row = (_asked() or [{}])[0]
    words = {"title": row.get("Note_Title", found.title), "content": row.get("Note_Content", found.content)}
    world().edit("crm.note_set", id=str(note), **words)
    return {"data": [_done("record updated", row_stamps(org, found))]}


@route("/Notes/<int:note>", "DELETE", "modules.notes.DELETE")
def drop_loose_note(org: CrmOrg, note: int) -> Json:
    """Take a note away."""
    world().edit("crm.note_drop", id=str(_find(org, note).id))
    return {"data": [_done("record deleted", {"id": str(note)})]}


def _find(org: CrmOrg, key: int) -> Note:
    found = next((one for one in org.notes if one.id == key), None)
    if found is None:
        raise no_such_id()
    return found


def _done(message: str, details: Json) -> Json:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def listed(rows: list[Any], body: Callable[[Any], Json]) -> Json | Response:
    """The page that is asked for, with the asked fields; nothing when there are no rows."""
    names = request.args.get("fields")
    if names is None and version() >= 3:
        raise missing_parameter("fields")
    if not rows:
        return nothing()
    shown, info = page_of(rows)
    wanted = {"id", *(name.strip() for name in (names or "").split(","))}
    bodies = [body(row) for row in shown]
    return {"data": [{k: v for k, v in row.items() if not names or k in wanted} for row in bodies], "info": info}


def row_stamps(org: CrmOrg, row: Note | Attachment) -> Json:
    """What a write answers of what it made."""
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
