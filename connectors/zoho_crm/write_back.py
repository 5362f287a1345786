"""Leaves word under a record: notes, attached links and fields, each findable again (requirements D-13)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from connectors.base import Change, RemoteField, Target, WriteOutcome
from connectors.errors import RecordRefused, RemoteUnavailable, ScopeMissing
from connectors.http import Transient
from connectors.zoho_crm.asking import Asker
from connectors.zoho_crm.places import API, PLACES, WRITE_SCOPES
from connectors.zoho_crm.refusals import is_answer, read_answer
from connectors.zoho_session import Question
from connectors.zoho_words import Forbidden, Gone, Misunderstood, NotFound

T = TypeVar("T")

#: code of what Zoho CRM will not take for this one record
REFUSED = "WRITE-REFUSED"
TITLE = "Crossbill"
#: a record's notes are looked through so far; the newest come first
MOST_PAGES = 10
#: our module → where such a record may live, in the order of looking
HOMES = {
    "customers": ("Accounts", "Contacts"),
    "contact_persons": ("Contacts",),
    "items": ("Products",),
    "deals": ("Deals",),
}
#: kind of place → its related list, and what is asked for of its entries
LISTS = {"note": ("Notes", "Note_Title,Note_Content"), "attachment": ("Attachments", "File_Name,$link_url")}
PLAIN = frozenset({"text", "reference", "url", "title"})


class Desk:
    """Writes under the record that a target names; the target's module may be ours or Zoho CRM's own."""

    def __init__(self, asker: Asker, target: Target) -> None:
        self._asker = asker
        self._target = target
        self._homes = (target.module,) if target.module in PLACES else HOMES[target.module]

    def write(self, payload: Mapping[str, str] | None, expected: str | None) -> str | None:
        """See `Connector.write_back`; setting fields twice sets them once, so these are not looked for."""
        if self._target.kind == "fields":
            return None if payload is None else self._in_its_home(lambda remote: self._set(remote, payload))
        if self._target.kind not in LISTS:
            raise RecordRefused(REFUSED, f"Zoho CRM has no place of the kind {self._target.kind}.")
        found = self._in_its_home(lambda remote: self._find(remote, expected)) if expected else None
        if found or payload is None:
            return found
        return self._in_its_home(lambda remote: self._add(remote, payload))

    def _in_its_home(self, do: Callable[[str], T]) -> T:
        """Where the record is: an account's id may turn out to be a contact's."""
        for remote in self._homes[:-1]:
            if self._is_there(remote):
                return _asked(lambda remote=remote: do(remote))  # type: ignore[misc]
        return _asked(lambda: do(self._homes[-1]))

    def _is_there(self, remote: str) -> bool:
        rows = self._asker.by_ids(remote, [self._target.record_id], {"fields": "id"})
        return any(isinstance(row, dict) and str(row.get("id")) == self._target.record_id for row in rows)

    def _path(self, remote: str, under: str = "") -> str:
        return f"{API}/{remote}/{quote(self._target.record_id, safe='')}{under}"

    def _find(self, remote: str, reference: str) -> str | None:
        related, fields = LISTS[self._target.kind]
        under = f"/{quote(self._target.record_id, safe='')}/{related}"
        for number in range(1, MOST_PAGES + 1):
            params = {"fields": fields, "page": str(number), "per_page": "200"}
            leaf = self._asker.leaf(remote, params, under=under)
            for row in leaf.rows:
                if isinstance(row, dict) and reference in json.dumps(row, ensure_ascii=False, default=str):
                    return str(row.get("id") or reference)
            if not leaf.promises_more or not leaf.rows:
                return None
        raise RemoteUnavailable(
            f"This record in Zoho CRM has too many {related.lower()} to look through. Search them for {reference}."
        )

    def _add(self, remote: str, payload: Mapping[str, str]) -> str:
        if self._target.kind == "note":
            note = {"Note_Title": payload.get("title") or TITLE, "Note_Content": payload["text"]}
            question = self._question(self._path(remote, "/Notes"), "POST", WRITE_SCOPES[0], {"data": [note]})
        else:
            title = f"{payload.get('title') or payload['text']}"
            form = {"attachmentUrl": payload["url"], "title": title[:240]}
            path = self._path(remote, "/Attachments")
            question = self._question(path, "POST", WRITE_SCOPES[1], None, form)
        return self._tell(question, None, {})

    def _set(self, remote: str, payload: Mapping[str, str]) -> str:
        values = {key: value for key, value in payload.items() if key not in PLAIN}
        scope = f"ZohoCRM.modules.{PLACES[remote].area}.UPDATE"
        question = self._question(self._path(remote), "PUT", scope, {"data": [values], "trigger": []})
        return self._tell(question, self._target.record_id, {})

    def _question(
        self, path: str, method: str, scope: str, body: Mapping[str, Any] | None, form: Mapping[str, str] | None = None
    ) -> Question:
        subject = "this record in Zoho CRM"
        return Question(path, {}, subject, scope, method=method, body=body, form=form, is_answer=is_answer)

    def _tell(self, question: Question, record_id: str | None, known: Mapping[str, RemoteField]) -> str:
        row = self._asker.session.tell(question, lambda body, _: _first(body))
        written = read_answer(Change("", record_id, {}), row, known)
        if written.outcome is not WriteOutcome.DONE or written.record_id is None:
            raise RecordRefused(REFUSED, written.problem)
        return written.record_id


def _first(body: Any) -> Any:
    rows = body.get("data") if isinstance(body, dict) else None
    if isinstance(rows, list) and rows:
        return rows[0]
    if isinstance(body, dict) and "code" in body:
        return body
    raise Transient("Zoho CRM did not say what became of it. Try again later.")


def _asked(do: Callable[[], T]) -> T:
    """Call, and say what a refusal means for writing."""
    try:
        return do()
    except Forbidden as error:
        raise RecordRefused(
            REFUSED,
            "The connected person may not write under this record in Zoho CRM. Give them access there, then try again.",
        ) from error
    except (NotFound, Gone) as error:
        raise RecordRefused(REFUSED, "The record is no longer there in Zoho CRM, so nothing can be written.") from error
    except Misunderstood as error:
        if error.title == "INVALID_DATA" and not error.about:
            sentence = "The record is no longer there in Zoho CRM, so nothing can be written."
            raise RecordRefused(REFUSED, sentence) from error
        raise RecordRefused(REFUSED, f"Zoho CRM did not take it. {error}") from error
    except ScopeMissing as error:
        raise ScopeMissing(
            f"Zoho CRM does not let this connection write under records: the permissions {' and '.join(WRITE_SCOPES)} "
            "are missing. Update the credentials and accept all permissions."
        ) from error
