"""The keys that Zoho itself puts into a body; any other key at its top is a custom field."""

from __future__ import annotations

_LINKS = {"id", "project", "created_by", "created_time", "updated_by", "added_by", "addedby", "tags", "teams"}
_WORK = _LINKS | {"prefix", "name", "description", "status", "flag", "created_via", "added_via", "added_time"}

KNOWN: dict[str, frozenset[str]] = {
    "customers": frozenset(
        {"id", "name", "client_name", "company_name", "description", "email", "email_id", "phone"}
        | {"phone_number", "website", "url", "address", "street", "city", "state", "country", "zip_code", "zip"}
        | {"zipcode", "postal_code", "currency_code", "currency", "created_time", "updated_time"}
        | {"last_updated_time", "modified_time", "projects_count", "contacts_count", "is_primary", "primary"}
        | {"is_primary_client"}
    ),
    "users": frozenset(
        {"id", "zuid", "zpuid", "email", "first_name", "last_name", "full_name", "display_name", "name", "active"}
        | {"is_active", "is_confirmed", "status", "user_type", "profile", "role", "business_hours", "budget"}
        | {"associated_services", "added_time", "updated_time", "last_accessed_on", "client_company_id"}
        | {"client_company_name", "is_client_user", "business_hours_id", "rate", "currency"}
    ),
    "projects": frozenset(
        _WORK
        | {"key", "project_type", "owner", "is_public_project", "start_date", "end_date", "is_strict_project"}
        | {"modified_time", "layout", "business_hours_id", "is_rollup_project", "budget_info", "project_group"}
        | {"percent_complete", "tasks", "issues", "milestones", "is_completed", "completed_time", "sequence"}
    ),
    "milestones": frozenset(
        _WORK
        | {"sequence", "status_type", "owner", "start_date", "end_date", "last_modified_time", "updated_time"}
        | {"completion_percent", "budget_details", "isTrashed", "is_editable", "percent_type", "color_code"}
        | {"tab_info", "completed_time"}
    ),
    "tasks": frozenset(
        _WORK
        | {"tasklist", "milestone", "parental_info", "depth", "sequence", "last_modified_time", "start_date"}
        | {"end_date", "duration", "is_completed", "completion_percentage", "priority", "billing_type"}
        | {"owners_and_work", "log_hours", "budget_info", "association_info", "completed_on", "completed_time"}
    ),
    "bugs": frozenset(
        _WORK
        | {"last_updated_time", "assignee", "severity", "classification", "module", "is_it_reproducible"}
        | {"due_date", "release_milestone", "affected_milestone", "rate_per_hour", "cost_rate_per_hour"}
        | {"followers", "log_hours", "closed_time", "completed_time", "milestone"}
    ),
    "time_entries": frozenset(
        {"id", "date", "log_hour", "start_time", "end_time", "notes", "billing_status", "bill_status", "project"}
        | {"module_detail", "owner", "added_by", "approval", "created_time", "last_modified_time", "log_name"}
        | {"type", "approver", "invoice_id", "cost_rate_per_hour", "timer", "billable_hours", "total_hours"}
        | {"non_billable_hours"}
    ),
}
