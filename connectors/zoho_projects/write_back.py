"""A project's feed: posting to it, and finding there what an earlier try may have posted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from connectors.errors import RecordRefused, RemoteUnavailable, ScopeMissing
from connectors.http import Answer, Transient
from connectors.zoho_session import Question, ZohoSession
from connectors.zoho_words import Forbidden, Gone, Misunderstood, NotFound

T = TypeVar("T")

SUBJECT = "the feed of a project"
POST_SCOPE = "ZohoProjects.status.CREATE"
READ_SCOPE = "ZohoProjects.status.READ"
PER_PAGE = 100
#: a feed is looked through so far; the newest lines come first
MOST_PAGES = 20
#: code of what Zoho will not take for this one project
REFUSED = "WRITE-REFUSED"


class Feed:
    """The feed of one project. What is posted carries a reference, which is found again."""

    def __init__(self, session: ZohoSession, portal: str, project_id: str, verify: Callable[[], None]) -> None:
        """`portal` is the path of the portal; `verify` raises when the connection is dead."""
        self._session = session
        self._verify = verify
        self._path = f"{portal}/projects/{quote(project_id, safe='')}/status"

    def post(self, text: str, reference: str) -> str:
        """Post once and return the line's id; `text` has the reference in it.

        Raises ReplyLost when it is not known whether the line is there, RecordRefused when this project takes none.
        """
        question = Question(self._path, {}, SUBJECT, POST_SCOPE, False, "POST", {"content": text})
        return self._asked(lambda: self._session.tell(question, lambda body, _: _posted(body, reference)))

    def find(self, reference: str) -> str | None:
        """Return the id of the line with this reference; None when the feed has none.

        A feed that goes on for too long gives no answer: RemoteUnavailable.
        """
        for number in range(1, MOST_PAGES + 1):
            params = {"page": str(number), "per_page": str(PER_PAGE)}
            question = Question(self._path, params, SUBJECT, READ_SCOPE, False)
            lines, is_last = self._page(question)
            for line in lines:
                if reference in json.dumps(line, ensure_ascii=False):
                    return _id_of(line, reference)
            if number == 1 and not lines:
                self._verify()  # a dead key answers with an empty list as well
            if is_last:
                return None
        raise RemoteUnavailable(
            f"The feed of this project in Zoho Projects is too long to be looked through. Search it for {reference}."
        )

    def _page(self, question: Question) -> tuple[list[Mapping[str, Any]], bool]:
        return self._asked(lambda: self._session.ask(question, _lines))

    def _asked(self, ask: Callable[[], T]) -> T:
        """Call, and say what a refusal means for writing."""
        try:
            return ask()
        except Forbidden as error:
            raise RecordRefused(
                REFUSED,
                "The connected account may not post to the feed of this project in Zoho Projects. "
                "Add it to the project there, then try again.",
            ) from error
        except (NotFound, Gone) as error:
            raise RecordRefused(
                REFUSED, "This project is no longer there in Zoho Projects, so there is no feed to post to."
            ) from error
        except Misunderstood as error:
            raise RecordRefused(REFUSED, f"Zoho Projects did not take the post. {error}") from error
        except ScopeMissing as error:
            raise ScopeMissing(
                f"Zoho Projects does not let this connection write to feeds: the permissions {POST_SCOPE} and "
                f"{READ_SCOPE} are missing. Update the credentials and accept all permissions."
            ) from error


def _lines(body: Any, _: Answer) -> tuple[list[Mapping[str, Any]], bool]:
    """One page of a feed and whether it is the last. The list's key is not documented: it is the only list."""
    rows = body if isinstance(body, list) else _only_list(body)
    if rows is None or not all(isinstance(row, Mapping) for row in rows):
        raise Transient("Zoho Projects answered with something that is no feed. Try again later.")
    info = body.get("page_info") if isinstance(body, Mapping) else None
    info = info[0] if isinstance(info, list) and info else info
    says_more = str(info.get("has_next_page")).lower() == "true" if isinstance(info, Mapping) else bool(rows)
    return rows, not rows or not says_more


def _only_list(body: Any) -> list[Any] | None:
    if not isinstance(body, Mapping):
        return None
    lists = [value for key, value in body.items() if key != "page_info" and isinstance(value, list)]
    return lists[0] if len(lists) == 1 else None


def _posted(body: Any, reference: str) -> str:
    """The id of the line that was posted; an answer without one is no proof, so it is looked for."""
    row = body
    if isinstance(row, Mapping) and "id" not in row:
        row = _only_list(row) or next((value for value in row.values() if isinstance(value, Mapping)), None)
    if isinstance(row, list):
        row = row[0] if row else None
    if not isinstance(row, Mapping) or not row.get("id"):
        raise Transient(f"Zoho Projects answered the post {reference} without saying what it became.")
    return _id_of(row, reference)


def _id_of(line: Mapping[str, Any], reference: str) -> str:
    """The line's id as text; the reference where a line has none."""
    found = line.get("id")
    return str(found) if isinstance(found, (str, int)) and str(found) else reference
