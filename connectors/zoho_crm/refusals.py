"""What Zoho CRM answers about one record that was written, as an outcome and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Change, RemoteField, WriteOutcome, Written
from connectors.zoho_crm.values import Unreadable, instant, text_id

O = WriteOutcome  # noqa: E741

#: Zoho's word about one record → what is the case and what to do; {field} is the field it names
SENTENCES = {
    "MANDATORY_NOT_FOUND": "Zoho CRM needs {field}, which is empty here. Fill it in, then send it again.",
    "RECORD_LOCKED": "The record is locked in Zoho CRM. Unlock it there, then send it again.",
    "NOT_APPROVED": "The record waits for an approval in Zoho CRM. Have it approved there, then send it again.",
    "NOT_REVIEWED": "The record waits for a review in Zoho CRM. Have it reviewed there, then send it again.",
    "RECORD_IN_BLUEPRINT": "A blueprint in Zoho CRM holds the record. Finish its step there, then send it again.",
    "CONVERTED_RECORD": "The record was converted in Zoho CRM and cannot be changed any more.",
    "NO_PERMISSION": "The connected person may not write this record in Zoho CRM. Ask an administrator there for "
    "access, then send it again.",
    "DEPENDENT_FIELD_MISSING": "In Zoho CRM {field} depends on another field, which is empty. Fill both, then send it "
    "again.",
    "DEPENDENT_MISMATCH": "In Zoho CRM {field} does not go with the field that it depends on. Change one of them.",
}
SENTENCES["AUTHORIZATION_FAILED"] = SENTENCES["NO_PERMISSION"]
NOT_THERE = ("the id given seems to be invalid", "record not deleted", "record not found")


def is_answer(body: Any) -> bool:
    """Whether a body speaks about records one by one: in `data`, or, about a single one, at its top."""
    if not isinstance(body, dict):
        return False
    return isinstance(body.get("data"), list) or body.get("code") in RECORD_WORDS


#: words that are about a record even when they stand at the top of an answer
RECORD_WORDS = frozenset(SENTENCES) - {"NO_PERMISSION", "AUTHORIZATION_FAILED"} | {
    "DUPLICATE_DATA", "ALREADY_MODIFIED", "MULTIPLE_OR_MULTI_ERRORS",
}  # fmt: skip


def read_answer(change: Change, row: Any, known: Mapping[str, RemoteField]) -> Written:
    """The answer about one change; a row of no known shape is a refusal, never a yes."""
    if not isinstance(row, dict):
        return Written(change.key, O.REFUSED, change.record_id, "Zoho CRM gave no usable answer about this record.")
    told = row.get("details")
    details: Mapping[str, Any] = told if isinstance(told, dict) else {}
    code = str(row.get("code"))
    if row.get("status") == "success" or code == "SUCCESS":
        return _done(change, details)
    if code == "DUPLICATE_DATA" and (found := _duplicate(details)):
        return Written(change.key, O.DUPLICATE, found, _duplicate_sentence(details, known), _field(details))
    if code == "ALREADY_MODIFIED":
        sentence = "Somebody changed the record in Zoho CRM meanwhile. It is read again first."
        return Written(change.key, O.CHANGED_SINCE, change.record_id, sentence, modified_at=_modified(details))
    if change.record_id and _is_gone(code, row, details):
        return Written(change.key, O.GONE, change.record_id, "The record is no longer there in Zoho CRM.")
    if code == "MULTIPLE_OR_MULTI_ERRORS" and isinstance(details.get("errors"), list) and details["errors"]:
        return read_answer(change, details["errors"][0], known)
    return Written(change.key, O.REFUSED, change.record_id, _sentence(code, row, details, known), _field(details))


def _done(change: Change, details: Mapping[str, Any]) -> Written:
    try:
        key = text_id(details.get("id")) if details.get("id") else change.record_id
    except Unreadable:
        key = change.record_id
    if key is None:
        sentence = "Zoho CRM took the record without saying which one it became."
        return Written(change.key, O.REFUSED, None, sentence)
    return Written(change.key, O.DONE, key, modified_at=_modified(details))


def _modified(details: Mapping[str, Any]) -> Any:
    try:
        return instant(details.get("Modified_Time"), "time of modification")
    except Unreadable:
        return None


def _duplicate(details: Mapping[str, Any]) -> str | None:
    other = details.get("duplicate_record")
    found = other.get("id") if isinstance(other, dict) else details.get("id")
    return str(found) if isinstance(found, (str, int)) and str(found) else None


def _is_gone(code: str, row: Mapping[str, Any], details: Mapping[str, Any]) -> bool:
    message = str(row.get("message")).lower()
    # the same words about another field mean that a record named there is gone
    return code == "INVALID_DATA" and details.get("api_name") in (None, "", "id") and message in NOT_THERE


def _field(details: Mapping[str, Any]) -> str:
    found = details.get("api_name")
    return found if isinstance(found, str) else ""


def _label(details: Mapping[str, Any], known: Mapping[str, RemoteField]) -> str:
    name = _field(details)
    return f"“{known[name].label}”" if name in known else f"“{name.replace('_', ' ')}”" if name else "a field"


def _duplicate_sentence(details: Mapping[str, Any], known: Mapping[str, RemoteField]) -> str:
    return f"Zoho CRM has a record with the same {_label(details, known)} already."


def _sentence(code: str, row: Mapping[str, Any], details: Mapping[str, Any], known: Mapping[str, RemoteField]) -> str:
    label = _label(details, known)
    if code in SENTENCES:
        return SENTENCES[code].format(field=label)
    if code == "DUPLICATE_DATA":
        return f"Zoho CRM has a record with the same {label} already. Change it here or there, then send it again."
    if code == "INVALID_DATA":
        return _invalid(label, details)
    said = str(row.get("message") or "")[:200]
    return f"Zoho CRM did not take the record{f': {said}' if said else ''}. Correct it, then send it again."


def _invalid(label: str, details: Mapping[str, Any]) -> str:
    longest, offered = details.get("maximum_length"), details.get("supported_values")
    if isinstance(longest, int):
        return f"{label} is longer than the {longest} characters that Zoho CRM takes. Shorten it, then send it again."
    if isinstance(offered, list) and offered:
        values = ", ".join(str(value) for value in offered[:8])
        return f"Zoho CRM takes only these values for {label}: {values}. Choose one of them, then send it again."
    return f"Zoho CRM does not accept the value of {label}. Correct it, then send it again."
