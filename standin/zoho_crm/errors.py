"""What Zoho CRM answers when it refuses (zoho-crm-wire §5.4), and JSON in its manner."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

Json = dict[str, Any]
CONTENT_TYPE = "application/json;charset=UTF-8"


class RefusalError(Exception):
    """A whole request that is refused; `code` is Zoho's word."""

    def __init__(self, code: str, message: str, status: int = 400, **details: Any) -> None:
        """`details` are the keys of the answer's `details`."""
        super().__init__(code)
        self.code, self.message, self.status, self.details = code, message, status, details

    def body(self) -> Json:
        """The error as JSON, whole request or one record."""
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}

    def response(self) -> Response:
        """The bare envelope."""
        return answer(self.body(), self.status)


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "surrogatepass"), status, content_type=CONTENT_TYPE)


def nothing(status: int = 204) -> Response:
    """No body and no content type: nothing found (204), nothing changed (304)."""
    response = Response(status=status)
    response.headers.pop("Content-Type", None)
    return response


def invalid(message: str = "invalid data", **details: Any) -> RefusalError:
    """A value or parameter that is no good."""
    return RefusalError("INVALID_DATA", message, **details)


def no_such_id(**details: Any) -> RefusalError:
    """The id names nothing."""
    return invalid("the id given seems to be invalid", **details)


def bad_module(**details: Any) -> RefusalError:
    """No such module."""
    return RefusalError("INVALID_MODULE", "the module name given seems to be invalid", **details)


def wrong_url() -> RefusalError:
    """No such path."""
    return RefusalError("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", 404)


def wrong_method() -> RefusalError:
    """The path is there, the verb is not."""
    return RefusalError("INVALID_REQUEST_METHOD", "The http request method type is not a valid one")


def missing_parameter(name: str) -> RefusalError:
    """A parameter that must be there."""
    return RefusalError("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name=name)


def over_limit(limit: int, name: str) -> RefusalError:
    """More than may be asked for at once."""
    return RefusalError("LIMIT_EXCEEDED", "limit exceeded", limit=limit, param_name=name)


def ambiguous(*names: str) -> RefusalError:
    """Parameters that cannot stand together."""
    return RefusalError(
        "AMBIGUITY_DURING_PROCESSING", "ambiguity while processing the request", param_names=list(names)
    )
