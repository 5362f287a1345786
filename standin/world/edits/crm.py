"""Verbs for the CRM: what people do there by hand, without the checks of the API."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from standin.world.crm import CrmRecord
from standin.world.crm.records import Attachment, CustomLink, Note, View
from standin.world.edits.verbs import Edit, EditError, verb


def _values(edit: Edit) -> dict[str, Any]:
    """Fields stand flat in the arguments, or under `values`."""
    flat = {key: value for key, value in edit.args.items() if key[0].isupper()}
    given: dict[str, Any] = edit.args.get("values", {})
    return flat | given


def _record(edit: Edit) -> CrmRecord:
    found = edit.world.crm.find(edit.args["module"], int(edit.args["id"]))
    if found is None:
        raise EditError(f"no record {edit.args['id']} in {edit.args['module']}")
    return found


def _moment(edit: Edit, name: str) -> datetime:
    """When it happened: an ISO time with zone in the arguments, else now."""
    return datetime.fromisoformat(edit.args[name]) if name in edit.args else edit.at


@verb("crm.add")
def add(edit: Edit) -> CrmRecord:
    """A new record: {module, Account_Name, …, raw, created, by}; lookups by id."""
    made = edit.world.crm.insert(edit.args["module"], _values(edit), _moment(edit, "created"), edit.args.get("by"))
    made.raw = edit.args.get("raw")
    return made


@verb("crm.set")
def set_record(edit: Edit) -> CrmRecord:
    """Change a record: {module, id, Phone, …, raw, tags, locked, modified, by}."""
    row = _record(edit)
    edit.world.crm.update(row, _values(edit), _moment(edit, "modified"), edit.args.get("by"))
    row.raw = edit.args.get("raw", row.raw)
    row.tags = tuple(edit.args.get("tags", row.tags))
    row.is_locked = edit.args.get("locked", row.is_locked)
    return row


@verb("crm.delete")
def delete(edit: Edit) -> None:
    """A record goes into the recycle bin, or for good: {module, id, permanent}."""
    edit.world.crm.delete(_record(edit), edit.at, is_permanent=bool(edit.args.get("permanent")))


@verb("crm.restore")
def restore(edit: Edit) -> CrmRecord:
    """A record comes out of the recycle bin: {module, id}."""
    return edit.world.crm.restore(edit.args["module"], int(edit.args["id"]))


@verb("crm.view")
def add_view(edit: Edit) -> View:
    """A custom view: {module, name, criteria, fields}."""
    org = edit.world.crm
    made = View(
        org.next_id(), edit.args["module"], edit.args["name"], None, edit.args.get("criteria"),
        tuple(edit.args.get("fields", ())), is_mine=True, created_by=edit.args.get("by") or org.me.id,
    )  # fmt: skip
    org.views.append(made)
    return made


@verb("crm.note")
def add_note(edit: Edit) -> Note:
    """A note under a record: {module, id, title, content}."""
    org, args = edit.world.crm, edit.args
    note = Note(
        org.next_id(), args["module"], int(args["id"]), args.get("title", ""), args["content"], edit.at,
        args.get("by") or org.me.id,
    )  # fmt: skip
    org.notes.append(note)
    return note


@verb("crm.note_set")
def set_note(edit: Edit) -> Note:
    """Other words for a note: {id, title, content}."""
    note = next((one for one in edit.world.crm.notes if one.id == int(edit.args["id"])), None)
    if note is None:
        raise EditError(f"no note {edit.args['id']}")
    note.title, note.content = edit.args.get("title", note.title), edit.args.get("content", note.content)
    return note


@verb("crm.note_drop")
def drop_note(edit: Edit) -> None:
    """Take a note away: {id}."""
    org = edit.world.crm
    org.notes = [one for one in org.notes if one.id != int(edit.args["id"])]


@verb("crm.attach")
def attach(edit: Edit) -> Attachment:
    """A link, or a file as base64 text, under a record: {module, id, name, url, content}."""
    org, args = edit.world.crm, edit.args
    content = base64.b64decode(args.get("content", ""))
    made = Attachment(
        org.next_id(),
        args["module"],
        int(args["id"]),
        args["name"],
        args.get("url", ""),
        content,
        edit.at,
        args.get("by") or org.me.id,
    )
    org.attachments.append(made)
    return made


@verb("crm.detach")
def detach(edit: Edit) -> None:
    """Take an attachment away: {id}."""
    org = edit.world.crm
    org.attachments = [one for one in org.attachments if one.id != int(edit.args["id"])]


@verb("crm.link")
def add_link(edit: Edit) -> CustomLink:
    """A custom link on the record pages of a module: {module, name, url, description, encoding, profiles}."""
    org, args = edit.world.crm, edit.args
    chosen = tuple(int(key) for key in args.get("profiles", ())) or tuple(one.id for one in org.profiles)
    made = CustomLink(
        org.next_id(), args["module"], args["name"], args["url"], args.get("description", ""),
        args.get("encoding") or "UTF-8 (Unicode)", chosen,
    )  # fmt: skip
    org.custom_links.append(made)
    return made


@verb("crm.link_set")
def set_link(edit: Edit) -> None:
    """Change a custom link: {id, name, url, description}; with gone it goes."""
    org = edit.world.crm
    link = next(one for one in org.custom_links if one.id == int(edit.args["id"]))
    for name in ("name", "url", "description"):
        setattr(link, name, edit.args.get(name, getattr(link, name)))
    if edit.args.get("gone"):
        org.custom_links.remove(link)
