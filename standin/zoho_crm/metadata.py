"""Modules, fields, layouts, pipeline (zoho-crm-wire §3.5 to §3.9)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from standin.current import world
from standin.world.crm import CrmOrg
from standin.world.crm.fields import CREATABLE, PIPELINE, TYPES, WIRE_TYPES, CrmField, CrmModule, Option
from standin.zoho_crm.errors import (
    RefusalError,
    answer,
    bad_module,
    invalid,
    missing_parameter,
    no_such_id,
    nothing,
    over_limit,
)
from standin.zoho_crm.gate import asked_module, route

Json = dict[str, Any]
FIELDS_A_CALL = 5
CATEGORIES = {"Open": "Pipeline", "Closed Won": "Closed", "Closed Lost": "Omitted"}


@route("/settings/modules", "GET", "settings.modules.READ")
def modules(org: CrmOrg) -> Json | Response:
    """All modules, or those of the asked statuses."""
    wanted = [one.strip() for one in request.args.get("status", "").split(",") if one.strip()]
    rows = enumerate(org.modules.values(), 1)
    shown = [_module(org, one, place) for place, one in rows if not wanted or org.status_of(one.api_name) in wanted]
    return {"modules": shown} if shown else nothing()


@route("/settings/modules/<name>", "GET", "settings.modules.READ")
def one_module(org: CrmOrg, name: str) -> Json:
    """One module by its API name, hidden ones too."""
    if name not in org.modules:
        raise bad_module(resource_path_index=0)
    return {"modules": [_module(org, org.modules[name], 1)]}


def _module(org: CrmOrg, module: CrmModule, place: int) -> Json:
    status, seeing = org.status_of(module.api_name), [one for one in org.profiles if one.id not in module.hidden_for]
    is_seen = org.me.profile_id not in module.hidden_for
    return {
        "api_name": module.api_name, "module_name": module.internal_name, "singular_label": module.singular,
        "plural_label": module.plural, "actual_singular_label": module.singular, "actual_plural_label": module.plural,
        "id": str(module.id), "generated_type": "default", "api_supported": True, "creatable": is_seen,
        "editable": is_seen, "deletable": is_seen, "viewable": is_seen, "convertable": False, "quick_create": True,
        "show_as_tab": status == "visible", "visibility": 1, "status": status, "sequence_number": place,
        "profiles": [{"name": profile.name, "id": str(profile.id)} for profile in seeing],
        "profile_count": len(seeing), "has_more_profiles": False, "parent_module": {}, "modified_by": None,
        "modified_time": None, "web_link": None, "arguments": [], "access_type": "org_based", "private_profile": None,
        "description": None, "global_search_supported": True, "lookupable": True, "recycle_bin_on_delete": True,
        "isBlueprintSupported": True, "sub_menu_available": True, "presence_sub_menu": True, "feeds_required": False,
        "public_fields_configured": False, "business_card_field_limit": 5,
    }  # fmt: skip


@route("/settings/fields", "GET", "settings.fields.READ")
def fields(org: CrmOrg) -> Json:
    """The fields of a module."""
    module = asked_module(org)
    return {"fields": [_field(org, module, field) for field in org.fields(module.api_name).values()]}


@route("/settings/fields/<key>", "GET", "settings.fields.READ")
def one_field(org: CrmOrg, key: str) -> Json:
    """One field."""
    module = asked_module(org)
    found = next((field for field in org.fields(module.api_name).values() if str(field.id) == key), None)
    if found is None:
        raise no_such_id()
    return {"fields": [_field(org, module, found)]}


@route("/settings/fields", "POST", "settings.fields.CREATE")
def make_fields(org: CrmOrg) -> Response:
    """Create custom fields, up to five a call."""
    module = asked_module(org)
    asked = (request.get_json(force=True, silent=True) or {}).get("fields")
    if not isinstance(asked, list) or not asked:
        raise RefusalError("MANDATORY_NOT_FOUND", "required field not found", api_name="fields", json_path="$.fields")
    if len(asked) > FIELDS_A_CALL:
        raise over_limit(FIELDS_A_CALL, "fields")
    done = [_make_field(org, module, row, place) for place, row in enumerate(asked)]
    good = sum(row["status"] == "success" for row in done)
    return answer({"fields": done}, 201 if good == len(done) else 207 if good else 400)


def _make_field(org: CrmOrg, module: CrmModule, row: Json, place: int) -> Json:
    label, data_type = row.get("field_label"), row.get("data_type")
    path = f"$.fields[{place}]"
    if not isinstance(label, str) or not label.strip():
        return RefusalError(
            "MANDATORY_NOT_FOUND", "required field not found", api_name="field_label", json_path=f"{path}.field_label"
        ).body()  # fmt: skip
    if data_type not in CREATABLE:
        return invalid(api_name="data_type", json_path=f"{path}.data_type", supported_values=list(CREATABLE)).body()
    length = row.get("length") or 0
    if length > CREATABLE[data_type]:
        return invalid(api_name="length", json_path=f"{path}.length", maximum_length=CREATABLE[data_type]).body()
    if any(field.label.casefold() == label.strip().casefold() for field in module.fields.values()):
        return RefusalError(
            "DUPLICATE_DATA", "duplicate data", api_name="field_label", json_path=f"{path}.field_label"
        ).body()  # fmt: skip
    options = [str(one.get("display_value")) for one in row.get("pick_list_values") or []]
    about = {"module": module.api_name, "label": label.strip(), "type": data_type, "length": length}
    made: CrmField = world().edit("crm.field", options=options, **about)
    return {"code": "SUCCESS", "details": {"id": str(made.id)}, "message": "field created", "status": "success"}


def _field(org: CrmOrg, module: CrmModule, field: CrmField) -> Json:
    can_write = not field.is_read_only
    body: Json = {
        "id": str(field.id), "api_name": field.api_name, "field_label": field.label, "display_label": field.label,
        "data_type": WIRE_TYPES.get(field.data_type, field.data_type), "json_type": field.json_type,
        "length": field.longest, "decimal_place": 2 if field.json_type == "double" else None,
        "system_mandatory": field.is_mandatory, "custom_field": field.is_custom, "read_only": field.is_read_only,
        "field_read_only": field.is_read_only, "visible": True, "ui_type": _ui_type(field),
        "pick_list_values": [_option(field, one, place) for place, one in enumerate(_options(org, field), 1)],
        "lookup": _lookup(org, module, field), "multiselectlookup": {}, "multi_module_lookup": {}, "formula": {},
        "rollup_summary": {},
        "currency": {"rounding_option": "normal", "precision": 2} if field.data_type == "currency" else {},
        "auto_number": {}, "unique": {"casesensitive": "false"} if field.is_unique else {}, "external": None,
        "default_value": None, "tooltip": None, "crypt": None, "private": None, "subform": None,
        "associated_module": None, "webhook": True, "searchable": True, "filterable": True, "sortable": True,
        "mass_update": can_write, "businesscard_supported": True, "virtual_field": False,
        "operation_type": {"web_create": can_write, "web_update": can_write, "api_create": can_write,
                           "api_update": can_write},
        "view_type": {"view": True, "edit": can_write, "create": can_write, "quick_create": field.is_mandatory},
        "profiles": [
            {"id": str(one.id), "name": one.name,
             "permission_type": "hidden" if one.id in field.hidden_for else "read_write"}
            for one in org.profiles
        ],
        "layout_associations": [{"api_name": "Standard__s", "name": "Standard", "id": str(module.layout_id)}],
        "column_name": field.api_name.upper().replace("_", ""), "type": "used",
        "created_source": "user" if field.is_custom else "default", "created_time": None, "modified_time": None,
        "display_field": field.api_name == module.name_field, "display_type": -1,
        "pick_list_values_sorted_lexically": False, "history_tracking_enabled": False, "history_tracking": None,
        "global_picklist": None, "enable_colour_code": False, "customizable_properties": [], "convert_mapping": None,
        "email_parser": {"fields_update_supported": False, "record_operations_supported": False},
        "hipaa_compliance": None, "hipaa_compliance_enabled": False, "additional_column": None, "separator": False,
        "public": False, "address": None,
    }  # fmt: skip
    if field.data_type == "textarea":
        body["textarea"] = {"type": "large"}
    return body


def _options(org: CrmOrg, field: CrmField) -> tuple[Option, ...]:
    """The values of a picklist; those of a record's currency are the organisation's."""
    if field.api_name != "Currency":
        return field.options
    return tuple(Option(field.id + 1 + place, code) for place, code in enumerate(org.currencies))


def _ui_type(field: CrmField) -> int:
    special = {"First_Name": 27, "Last_Name": 127, "Created_By": 20, "Modified_By": 20, "Created_Time": 200}
    return special.get(field.api_name, TYPES[field.data_type][1])


def _option(field: CrmField, option: Option, place: int) -> Json:
    body = {
        "id": str(option.id), "display_value": option.value, "actual_value": option.value,
        "reference_value": option.value, "sequence_number": place, "colour_code": None, "type": "used",
    }  # fmt: skip
    if option.probability is None:
        return body
    category = {"name": CATEGORIES[option.forecast], "id": str(field.id)}
    deal = "Closed" if option.forecast != "Open" else "Open"
    return body | {
        "probability": option.probability, "forecast_type": option.forecast, "forecast_category": category,
        "deal_category": deal,
    }  # fmt: skip


def _lookup(org: CrmOrg, module: CrmModule, field: CrmField) -> Json:
    if field.data_type != "lookup":
        return {}
    return {
        "api_name": f"{module.api_name}__r", "display_label": module.plural, "id": str(field.id),
        "module": {"api_name": field.target, "id": str(org.modules[field.target].id)}, "query_details": {},
        "revalidate_filter_during_edit": False, "show_fields": [],
    }  # fmt: skip


@route("/settings/fields/<key>", "DELETE", "settings.fields.DELETE")
def drop_field(org: CrmOrg, key: str) -> Json:
    """Take a custom field away."""
    module = asked_module(org)
    found = next((field for field in module.fields.values() if str(field.id) == key), None)
    if found is None or not found.is_custom:
        raise no_such_id()
    world().edit("crm.field_set", module=module.api_name, field=found.api_name, gone=True)
    done = {"code": "SUCCESS", "details": {"id": key}, "message": "field deleted", "status": "success"}
    return {"fields": [done]}


@route("/settings/layouts", "GET", "settings.layouts.READ")
def layouts(org: CrmOrg) -> Json:
    """The one layout of a module."""
    module = asked_module(org)
    return {"layouts": [_layout(org, module)]}


@route("/settings/layouts/<key>", "GET", "settings.layouts.READ")
def one_layout(org: CrmOrg, key: str) -> Json:
    """One layout."""
    module = asked_module(org)
    if str(module.layout_id) != key:
        raise no_such_id()
    return {"layouts": [_layout(org, module)]}


def _layout(org: CrmOrg, module: CrmModule) -> Json:
    shown = [_field(org, module, field) for field in org.fields(module.api_name).values()]
    section = {
        "display_label": f"{module.singular} Information", "sequence_number": 1, "api_name": "Information",
        "isSubformSection": False, "tab_traversal": 2, "column_count": 2, "fields": shown,
    }  # fmt: skip
    return {
        "id": str(module.layout_id), "name": "Standard", "api_name": "Standard__s", "display_label": "Standard",
        "status": "active", "visible": True, "generated_type": "default", "has_more_profiles": False,
        "created_time": None, "modified_time": None, "created_by": None, "modified_by": None, "source": "crm",
        "profiles": [{"id": str(one.id), "name": one.name, "default": True} for one in org.profiles],
        "sections": [section],
    }  # fmt: skip


@route("/settings/pipeline", "GET", "settings.pipeline.READ")
def pipeline(org: CrmOrg) -> Json | Response:
    """The stages of deals; there is no probability here, it stands in the field Stage."""
    key = request.args.get("layout_id")
    if not key:
        raise missing_parameter("layout_id")
    deals = org.modules["Deals"]
    if key != str(deals.layout_id):
        return nothing()
    maps = [
        {
            "id": str(option.id), "display_value": option.value, "actual_value": option.value, "sequence_number": place,
            "forecast_type": option.forecast,
            "forecast_category": {"name": CATEGORIES[option.forecast], "id": str(org.pipeline_id + 1)},
        }
        for place, option in enumerate(deals.fields["Stage"].options, 1)
    ]  # fmt: skip
    return {"pipeline": [{
        "id": str(org.pipeline_id), "display_value": PIPELINE, "actual_value": PIPELINE, "default": True, "maps": maps
    }]}  # fmt: skip
