"""Verbs for how the CRM is set up: organisation, people, profiles, modules, fields, stages, views, channels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from standin.world.crm.fields import CrmField, CrmModule, Option
from standin.world.crm.records import CrmUser, Profile
from standin.world.edits.verbs import Edit, EditError, verb


@verb("crm.org")
def set_org(edit: Edit) -> None:
    """Change the organisation: {name, currency, edition, currencies: {"USD": 1.0, …}, credits_used}."""
    org = edit.world.crm
    for name in ("name", "currency", "edition", "currencies"):
        if name in edit.args:
            setattr(org, name, edit.args[name])
    if "credits_used" in edit.args:
        org.spent.set(int(edit.args["credits_used"]), edit.at)


@verb("crm.profile")
def set_profile(edit: Edit) -> Profile:
    """What a profile lacks: {name, denied: ["Crm_Implied_View_Deals", …]}; an unknown name is a new profile."""
    org, name = edit.world.crm, edit.args["name"]
    denied = frozenset(edit.args.get("denied", ()))
    for place, profile in enumerate(org.profiles):
        if profile.name == name:
            org.profiles[place] = replace(profile, denied=denied, modified=edit.at)
            return org.profiles[place]
    org.profiles.append(Profile(org.next_id(), name, is_custom=True, denied=denied, modified=edit.at))
    return org.profiles[-1]


@verb("crm.user_add")
def add_user(edit: Edit) -> CrmUser:
    """Let somebody in: {first, last, email, profile}."""
    args = edit.args
    return edit.world.crm.add_user(
        args["first"], args["last"], args["email"], edit.at, profile=args.get("profile", "Standard")
    )


@verb("crm.user")
def set_user(edit: Edit) -> CrmUser:
    """Change a user: {id or email, profile: name, status: active|inactive|deleted, new_email, confirmed, …names}."""
    org, args = edit.world.crm, edit.args
    key, email = str(args.get("id", "")), str(args.get("email", "")).casefold()
    user = next((one for one in org.users.values() if str(one.id) == key or one.email.casefold() == email), None)
    if user is None:
        raise EditError(f"no CRM user {key or email}")
    if "profile" in args:
        user.profile_id = _profile_id(edit, args["profile"])
    user.status = args.get("status", user.status)
    user.email = args.get("new_email", user.email)
    user.is_confirmed = args.get("confirmed", user.is_confirmed)
    user.first_name, user.last_name = args.get("first_name", user.first_name), args.get("last_name", user.last_name)
    user.modified = edit.at
    return user


def _profile_id(edit: Edit, name: str) -> int:
    for profile in edit.world.crm.profiles:
        if profile.name == name:
            return profile.id
    raise EditError(f"no profile {name}")


def _profile_ids(edit: Edit, names: list[str]) -> frozenset[int]:
    return frozenset(_profile_id(edit, name) for name in names)


@verb("crm.module")
def set_module(edit: Edit) -> None:
    """Hide a module or show it: {module, status: visible|user_hidden|system_hidden, hidden_for: [profile names]}."""
    module = edit.world.crm.modules[edit.args["module"]]
    module.status = edit.args.get("status", module.status)
    if "hidden_for" in edit.args:
        module.hidden_for = _profile_ids(edit, edit.args["hidden_for"])


@verb("crm.field")
def add_field(edit: Edit) -> CrmField:
    """A custom field: {module, label, type, length, options}."""
    facts = {key: edit.args[key] for key in ("length", "options") if key in edit.args}
    return edit.world.crm.add_field(edit.args["module"], edit.args["label"], edit.args["type"], **facts)


@verb("crm.field_set")
def set_field(edit: Edit) -> None:
    """Change a field: {module, field: api name, gone, label, length, unique, mandatory, hidden_for: [profile names]}.

    `gone` true takes it away (its values wait), false brings it back.
    """
    module, name = edit.world.crm.modules[edit.args["module"]], edit.args["field"]
    if edit.args.get("gone") is False and name in module.gone:
        module.fields[name] = module.gone.pop(name)
    found = module.fields[name]
    names = {"label": "label", "length": "length", "unique": "is_unique", "mandatory": "is_mandatory"}
    changes: dict[str, Any] = {own: edit.args[word] for word, own in names.items() if word in edit.args}
    if "hidden_for" in edit.args:
        changes["hidden_for"] = _profile_ids(edit, edit.args["hidden_for"])
    module.fields[name] = replace(found, **changes)
    if edit.args.get("gone"):
        module.gone[name] = module.fields.pop(name)


@verb("crm.stage")
def set_stage(edit: Edit) -> None:
    """A stage of deals, new or changed: {name, probability, forecast: Open|Closed Won|Closed Lost, new_name}."""
    org, args = edit.world.crm, edit.args
    module: CrmModule = org.modules["Deals"]
    field = module.fields["Stage"]
    options = list(field.options)
    place = next((at for at, option in enumerate(options) if option.value == args["name"]), len(options))
    old = options[place] if place < len(options) else Option(org.next_id(), args["name"], 0, "Open")
    options[place:] = [
        replace(
            old, value=args.get("new_name", old.value), probability=args.get("probability", old.probability),
            forecast=args.get("forecast", old.forecast),
        ),
        *options[place + 1 :],
    ]  # fmt: skip
    module.fields["Stage"] = replace(field, options=tuple(options))


@verb("crm.view_set")
def set_view(edit: Edit) -> None:
    """Change a view: {id, name, criteria}; with gone it goes."""
    org = edit.world.crm
    view = next((one for one in org.views if one.id == int(edit.args["id"])), None)
    if view is None:
        raise EditError(f"no view {edit.args['id']}")
    view.name, view.criteria = edit.args.get("name", view.name), edit.args.get("criteria", view.criteria)
    if edit.args.get("gone"):
        org.views.remove(view)


@verb("crm.channels_drop")
def drop_channels(edit: Edit) -> None:
    """Zoho forgets channels: {ids}; without ids all of them."""
    channels = edit.world.crm.channels
    for key in [str(key) for key in edit.args.get("ids", list(channels))]:
        channels.pop(key, None)


@verb("crm.merge")
def merge(edit: Edit) -> None:
    """Two records become one: {module, id: who stays, other: who goes}; what pointed at the other points at the one."""
    org, module = edit.world.crm, edit.args["module"]
    stays, goes = org.find(module, int(edit.args["id"])), org.find(module, int(edit.args["other"]))
    if stays is None or goes is None:
        raise EditError("both records must be there")
    for name, rows in org.records.items():
        columns = [field.api_name for field in org.modules[name].fields.values() if field.target == module]
        for row in rows.values():
            changed = {column: stays.id for column in columns if row.values.get(column) == goes.id}
            if changed:
                org.update(row, changed, edit.at)
    gaps = {name: value for name, value in goes.values.items() if stays.values.get(name) in (None, "")}
    org.update(stays, gaps, edit.at)
    org.delete(goes, edit.at)


@verb("crm.product")
def link_product(edit: Edit) -> None:
    """Hang a product on an account, contact or deal: {module, id, product, gone}."""
    links, row = edit.world.crm.product_links, (edit.args["module"], int(edit.args["id"]), int(edit.args["product"]))
    (links.discard if edit.args.get("gone") else links.add)(row)
