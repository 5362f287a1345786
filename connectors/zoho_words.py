"""How Zoho products word a refusal, and which of our errors each wording is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any

from connectors.errors import ConnectorError, PortalUnreachable, RemoteUnavailable, ScopeMissing
from connectors.http import Answer, Transient


class Kind(Enum):
    """What a refusal means, whatever its status."""

    THROTTLED = auto()
    EXPIRED = auto()
    SCOPE = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    GONE = auto()
    BROKEN = auto()
    MISUNDERSTOOD = auto()


class Forbidden(ScopeMissing):
    """The account may not see this (403)."""


class NotFound(PortalUnreachable):
    """There is nothing at this place (404)."""


class Gone(RemoteUnavailable):
    """There was something at this place (410)."""


class Misunderstood(RemoteUnavailable):
    """The remote does not know what was asked (any other 4xx): `title` is its word, `about` the parameter it names."""

    def __init__(self, message: str, title: str = "", about: str = "") -> None:
        super().__init__(message)
        self.title, self.about = title, about


#: Zoho's words decide before the status does: throttles come as 400, expired tokens as 400 or 401
WORDS = {
    "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED": Kind.THROTTLED,
    "TOO_MANY_REQUESTS": Kind.THROTTLED,
    "INVALID_OAUTHTOKEN": Kind.EXPIRED,
    "INVALID_TICKET": Kind.EXPIRED,
    "INVALID_TOKEN": Kind.EXPIRED,
    "AUTHENTICATION_FAILURE": Kind.EXPIRED,
    "INVALID_OAUTHSCOPE": Kind.SCOPE,
    "OAUTH_SCOPE_MISMATCH": Kind.SCOPE,
    "URL_RULE_NOT_CONFIGURED": Kind.SCOPE,
    "FORBIDDEN": Kind.FORBIDDEN,
    "NO_PERMISSION": Kind.FORBIDDEN,
    "AUTHORIZATION_FAILED": Kind.FORBIDDEN,
    "INVALID_MODULE": Kind.FORBIDDEN,
    "FEATURE_NOT_SUPPORTED": Kind.FORBIDDEN,
    "LICENSE_NOT_SUPPORTED": Kind.FORBIDDEN,
    "CURRENCIES_NOT_ENABLED": Kind.FORBIDDEN,
    "RESOURCE_NOT_FOUND": Kind.NOT_FOUND,
    "INTERNAL_SERVER_ERROR": Kind.BROKEN,
    "INTERNAL_ERROR": Kind.BROKEN,
}
STATUSES = {
    401: Kind.EXPIRED,
    402: Kind.FORBIDDEN,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    410: Kind.GONE,
    408: Kind.BROKEN,
    429: Kind.THROTTLED,
}

_TOLD = re.compile(r"try again after (\d{1,6})\s*(second|minute|hour)", re.IGNORECASE)
_SECRET = re.compile(r"\b\d{4}\.[\w.-]{6,}")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, read: its kind, Zoho's word for it, Zoho's sentence, and the parameter or field it names."""

    kind: Kind
    title: str
    message: str
    about: str = ""


def read_problem(status: int, body: Any) -> Problem | None:
    """The refusal in an answer; None when it is none (an error may come with status 200)."""
    title, message = _words(body)
    if 200 <= status < 300 and not title:
        return None
    kind = WORDS.get(title)
    if kind is None:
        kind = STATUSES.get(status, Kind.BROKEN if status >= 500 or status < 400 else Kind.MISUNDERSTOOD)
    return Problem(kind, title or str(status), message, _about(body))


def as_error(problem: Problem, product: str, subject: str, scope: str) -> ConnectorError:
    """The error for people: what happened with `subject` (such as "time entries"), then what to do."""
    said = f" {product} says: {problem.message}" if problem.message else ""
    if problem.kind is Kind.SCOPE:
        return ScopeMissing(
            f"{product} does not let this connection read {subject}: the permission {scope} is missing, or the "
            f"module is switched off there. Switch it on, or authorise again and accept all permissions."
        )
    if problem.kind is Kind.FORBIDDEN:
        return Forbidden(
            f"The connected account may not read {subject} in {product}. "
            f"Ask an administrator there for access, then try again.{said}"
        )
    if problem.kind is Kind.NOT_FOUND:
        return NotFound(
            f"{product} knows no such place for {subject}: the portal is gone, or the account has left it. "
            f"Check the portal, then authorise again."
        )
    if problem.kind is Kind.GONE:
        return Gone(
            f"{product} no longer offers {subject} at this place (410): it is in the recycle bin there, or this "
            f"version of the interface has been retired. Check for a newer Crossbill."
        )
    if problem.kind is Kind.BROKEN:
        return Transient(f"{product} failed while reading {subject}. Try again later.")
    return Misunderstood(
        f"{product} did not understand our question about {subject} ({problem.title}).{said}",
        problem.title,
        problem.about,
    )


def told_wait(answer: Answer, message: str, now: datetime) -> float | None:
    """Seconds the remote asks us to wait: `Retry-After` as seconds or date, else its sentence, else None."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isdecimal() and len(told) < 10:
        return max(1.0, float(told))
    until = _http_date(told)
    if until is not None:
        return max(1.0, (until - (_http_date(answer.headers.get("date", "")) or now)).total_seconds())
    found = _TOLD.search(message)
    return float(found[1]) * _SECONDS[found[2].lower()] if found else None


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _words(body: Any) -> tuple[str, str]:
    """Title and sentence of an error body: Projects' `{"error": {…}}`, accounts' text, CRM's `code` and `message`."""
    if not isinstance(body, dict):
        return "", ""
    error = body.get("error")
    if isinstance(error, str):
        return _text(error), _text(body.get("error_description"))
    if isinstance(error, dict):
        return _text(error.get("title") or error.get("code")) or "error", _message(error)
    if body.get("status") in ("error", "failure") or (isinstance(body.get("code"), str) and "message" in body):
        return _text(body.get("code")) or "error", _text(body.get("message"))
    return "", ""


def _about(body: Any) -> str:
    """The parameter or field that CRM's `details` name."""
    details = body.get("details") if isinstance(body, dict) else None
    if not isinstance(details, dict):
        return ""
    return _text(details.get("param_name") or details.get("api_name"))


def _message(error: dict[Any, Any]) -> str:
    details = error.get("details")
    first = details[0] if isinstance(details, list) and details else details
    if isinstance(first, dict) and first.get("message"):
        return _text(first["message"])
    return _text(error.get("message"))


def _text(value: Any) -> str:
    """Zoho's words as far as they may be repeated: short, and without anything that looks like a token."""
    return _SECRET.sub("…", str(value)[:300]) if isinstance(value, (str, int)) else ""
