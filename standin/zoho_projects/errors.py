"""What Zoho Projects answers when it refuses (zoho-projects-wire §2.5, §2.6)."""

from __future__ import annotations

import json
import math
from typing import Any

from flask import Response, request

CONTENT_TYPE = "application/json;charset=utf-8"
VALIDATION = "FIELDS_VALIDATION_ERROR"
OPERATIONAL = "OPERATIONAL_VALIDATION_ERROR"


class RefusalError(Exception):
    """An error answer on its way out."""

    def __init__(
        self, title: str, message: str, *, status: int = 400, field: str | None = None, kind: str = VALIDATION
    ) -> None:
        """`title` is Zoho's word, `field` the offending key or parameter."""
        super().__init__(title)
        self.title, self.message, self.status, self.field, self.kind = title, message, status, field, kind

    def response(self) -> Response:
        """The answer; `status_code` is text here, as Zoho sends it."""
        detail = {"message": self.message} | ({"field_name": self.field} if self.field else {})
        body = {
            "status_code": str(self.status),
            "instance": request.path,
            "method": request.method,
            "title": self.title,
            "error_type": self.kind,
            "details": [detail],
        }
        return answer({"error": body}, self.status)


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer in Zoho's manner."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "surrogatepass"), status, content_type=CONTENT_TYPE)


def no_content() -> Response:
    """Done, and nothing to say (DELETE and trash)."""
    return Response(status=204)


def wrong_url() -> RefusalError:
    """No such path — or no scope for it, Zoho does not always say which."""
    return RefusalError("URL_RULE_NOT_CONFIGURED", "Given URL is wrong", kind=OPERATIONAL)


def wrong_method() -> RefusalError:
    """The path exists, the verb does not."""
    return RefusalError("INVALID_METHOD", "Invalid request method", field=request.method)


def missing_input(field: str) -> RefusalError:
    """A required parameter or key is not there."""
    return RefusalError("LESS_THAN_MIN_OCCURANCE", "Input Parameter Missing", field=field)


def bad_value(field: str, message: str | None = None) -> RefusalError:
    """The field exists, its value is no good."""
    return RefusalError("INVALID_PARAMETER_VALUE", message or f"Invalid {field}", field=field)


def bad_type(field: str) -> RefusalError:
    """A key holds the wrong type of JSON."""
    return RefusalError("JSON_PARSE_ERROR", "Wrong type of JSON value", field=field)


def not_found(what: str = "resource") -> RefusalError:
    """No such record."""
    return RefusalError("RESOURCE_NOT_FOUND", f"The {what} does not exist.", status=404, kind=OPERATIONAL)


def in_the_bin() -> RefusalError:
    """The project is trashed."""
    return RefusalError("RESOURCE_GONE", "The project has been moved to the bin.", status=410, kind=OPERATIONAL)


def throttled(style: str, calls: int, seconds: float) -> Response:
    """A throttle answer in the documented style (429, Retry-After) or the measured one (400, a sentence)."""
    minutes = math.ceil(seconds / 60)
    message = f"Cannot execute more than {calls} requests per API in 2 minutes. Try again after {minutes} minutes."
    status = 429 if style == "documented" else 400
    body = {
        "status_code": status,
        "title": "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED",
        "error_type": OPERATIONAL,
        "details": {"message": message},
    }
    response = answer({"error": body}, status)
    if status == 429:
        response.headers["Retry-After"] = str(math.ceil(seconds))
    return response
