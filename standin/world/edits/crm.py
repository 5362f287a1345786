"""Verbs for the CRM: what people do there by hand, without the checks of the API."""

from __future__ import annotations

import base64
from dataclasses import replace
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


@verb("crm.add")
def add(edit: Edit) -> CrmRecord:
    """A new record: {module, Account_Name, …, raw}; lookups by id."""
    made = edit.world.crm.insert(edit.args["module"], _values(edit), edit.at)
    made.raw = edit.args.get("raw")
    return made


@verb("crm.set")
def set_record(edit: Edit) -> CrmRecord:
    """Change a record: {module, id, Phone, …, raw, tags, locked}."""
    row = _record(edit)
    edit.world.crm.update(row, _values(edit), edit.at)
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


@verb("crm.field")
def add_field(edit: Edit) -> Any:
    """A custom field: {module, label, type, length, options}."""
    facts = {key: edit.args[key] for key in ("length", "options") if key in edit.args}
    return edit.world.crm.add_field(edit.args["module"], edit.args["label"], edit.args["type"], **facts)


@verb("crm.view")
def add_view(edit: Edit) -> View:
    """A custom view: {module, name, criteria, fields}."""
    org = edit.world.crm
    made = View(
        org.next_id(), edit.args["module"], edit.args["name"], None, edit.args.get("criteria"),
        tuple(edit.args.get("fields", ())), is_mine=True, created_by=org.me.id,
    )  # fmt: skip
    org.views.append(made)
    return made


@verb("crm.note")
def add_note(edit: Edit) -> Note:
    """A note under a record: {module, id, title, content}."""
    org, args = edit.world.crm, edit.args
    note = Note(
        org.next_id(), args["module"], int(args["id"]), args.get("title", ""), args["content"], edit.at, org.me.id
    )
    org.notes.append(note)
    return note


@verb("crm.attach")
def attach(edit: Edit) -> Attachment:
    """A link, or a file as base64 text, under a record: {module, id, name, url, content}."""
    org, args = edit.world.crm, edit.args
    content = base64.b64decode(args.get("content", ""))
    made = Attachment(
        org.next_id(), args["module"], int(args["id"]), args["name"], args.get("url", ""), content, edit.at, org.me.id
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


@verb("crm.profile")
def deny(edit: Edit) -> None:
    """Take permissions from a profile: {name, denied: ["Crm_Implied_View_Deals", …]}."""
    org = edit.world.crm
    places = {profile.name: place for place, profile in enumerate(org.profiles)}
    place = places[edit.args["name"]]
    org.profiles[place] = replace(org.profiles[place], denied=frozenset(edit.args.get("denied", ())))


@verb("crm.org")
def set_org(edit: Edit) -> None:
    """Change the organisation: {currency, edition, currencies: {"USD": 1.0, …}, credits_used}."""
    org = edit.world.crm
    for name in ("currency", "edition", "currencies", "credits_used"):
        if name in edit.args:
            setattr(org, name, edit.args[name])
