"""Custom links: ways from a record's page in Zoho CRM to a page of ours (wire page §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.base import Change, PageLink, WriteOutcome, Written
from connectors.http import Transient
from connectors.zoho_crm.places import API, PLACES, unreadable_module
from connectors.zoho_crm.refusals import read_answer
from connectors.zoho_session import SILENCE, Question, ZohoSession

PATH = f"{API}/settings/custom_links"
SCOPE = "ZohoCRM.settings.custom_links.ALL"
#: our module → the remote one on whose pages the link stands, and how the record's id is written in its address
MODULES = {
    "customers": ("Accounts", "{Account.ID}"),
    "contact_persons": ("Contacts", "{Contact.ID}"),
    "items": ("Products", "{Product.ID}"),
    "deals": ("Deals", "{Deal.ID}"),
}
#: in `PageLink.url`, where the record's id goes
ID = "{id}"


def install(session: ZohoSession, links: Sequence[PageLink]) -> list[Written]:
    """Make each link, or change the one of that name."""
    return [_install(session, link) for link in links if link.module in MODULES]


def remove(session: ZohoSession, names: Iterable[str]) -> int:
    """Take the links of these names away, wherever they stand."""
    wanted, count = set(names), 0
    for remote, _ in MODULES.values():
        for row in _links(session, remote):
            if row.get("name") in wanted:
                question = _question(remote, "DELETE", f"/{row['id']}")
                session.ask(question, lambda body, _: _take(body))
                count += 1
    return count


def _install(session: ZohoSession, link: PageLink) -> Written:
    remote, field = MODULES[link.module]
    row = {"name": link.name, "url": link.url.replace(ID, field), "url_encoding": "UTF-8 (Unicode)"}
    there = next((str(one["id"]) for one in _links(session, remote) if one.get("name") == link.name), None)
    question = _question(remote, "PUT" if there else "POST", f"/{there}" if there else "", {"custom_links": [row]})
    answered = session.tell(question, lambda body, _: _take(body))
    written = read_answer(Change(link.module, there, row), answered, {})
    return written if written.outcome is not WriteOutcome.DUPLICATE else Written(link.module, WriteOutcome.DONE, there)


def _links(session: ZohoSession, remote: str) -> list[Mapping[str, Any]]:
    question = Question(
        PATH, {"module": remote}, "custom links", SCOPE, silences=frozenset({204}), forbidden=unreadable_module(remote)
    )
    return session.ask(question, lambda body, _: _rows(body))


def _question(remote: str, method: str, under: str, body: Mapping[str, Any] | None = None) -> Question:
    return Question(
        PATH + under,
        {"module": remote},
        f"the links on pages of {PLACES[remote].subject}",
        SCOPE,
        method=method,
        body=body,
        is_answer=lambda answer: isinstance(answer, dict) and isinstance(answer.get("custom_links"), list),
        forbidden=unreadable_module(remote),
    )


def _rows(body: Any) -> list[Mapping[str, Any]]:
    rows = [] if body is SILENCE else body.get("custom_links") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Transient("Zoho CRM answered with something that is no list of links. Try again later.")
    return [row for row in rows if isinstance(row, dict) and row.get("id")]


def _take(body: Any) -> Any:
    rows = body.get("custom_links") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Transient("Zoho CRM did not say what became of the link. Try again later.")
    return rows[0]
