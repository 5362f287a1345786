"""Troubles that answer instead of the application: error statuses, throttles, dead credentials, silence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from standin.troubles.reply import Call, Reply, Strike, break_connection

LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to access Zoho Projects</h1>"
    b"<form><input name='LOGIN_ID'></form></body></html>"
)


def _json(status: int, body: Any) -> Reply:
    return Reply.of(status, json.dumps(body).encode())


def status(strike: Strike, _call: Call) -> Reply:
    """`status` (500), `body`: "json" in Zoho's words (with `title`), "html", "empty" or any JSON value."""
    code, style = int(strike.number("status", 500)), strike.options.get("body", "json")
    if style == "html":
        return Reply.of(code, b"<html><body><h1>%d</h1></body></html>" % code, "text/html;charset=utf-8")
    if style == "empty":
        return Reply.of(code, b"")
    if style != "json":
        return _json(code, style)
    title = strike.options.get("title", "INTERNAL_SERVER_ERROR" if code >= 500 else "OPERATION_FAILED")
    detail = {"message": strike.options.get("message", "Something went wrong."), "message_key": "zp.general.error"}
    error = {
        "status_code": str(code),
        "instance": strike.environ.get("PATH_INFO", ""),
        "method": strike.environ["REQUEST_METHOD"],
        "title": title,
        "error_type": "OPERATIONAL_VALIDATION_ERROR",
        "details": [detail],
    }
    return _json(code, {"error": error})


def throttle_429(strike: Strike, _call: Call) -> Reply:
    """429; `retry_after`: "seconds" (with `seconds`), "date", "none", "huge" or "junk"."""
    seconds = strike.number("seconds", 2)
    date = format_datetime(strike.world.now() + timedelta(seconds=seconds), usegmt=True)
    headers = {"seconds": f"{seconds:g}", "date": date, "none": None, "huge": "86400", "junk": "soon, please"}
    return _throttled(429, seconds).header("Retry-After", headers[strike.options.get("retry_after", "seconds")])


def throttle_400(strike: Strike, _call: Call) -> Reply:
    """400 with the sentence that was measured; `seconds` (1320) until calls are welcome again."""
    return _throttled(400, strike.number("seconds", 1320))


def _throttled(code: int, seconds: float) -> Reply:
    wait = f"{seconds / 60:.0f} minutes" if seconds >= 60 else f"{seconds:.0f} seconds"
    message = f"Cannot execute more than 100 requests per API in 2 minutes. Try again after {wait}."
    error = {
        "status_code": code,
        "title": "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED",
        "error_type": "OPERATIONAL_VALIDATION_ERROR",
        "details": {"message": message},
    }
    return _json(code, {"error": error})


def access_denied_200(_strike: Strike, _call: Call) -> Reply:
    """The accounts server's throttle with HTTP 200, for /oauth/v2/token."""
    words = "You have made too many requests continuously. Please try again after some time."
    return _json(200, {"error_description": words, "error": "Access Denied", "status": "failure"})


def revoked_token(strike: Strike, call: Call) -> Reply:
    """All tokens end just before this request is answered; `only` = "access" spares the refresh tokens."""
    strike.world.accounts.expire_access_tokens()
    if strike.options.get("only") != "access":
        strike.world.edit("grant.revoke")
    return call()


def delay(strike: Strike, call: Call) -> Reply:
    """Wait `seconds` (1), then answer."""
    time.sleep(strike.number("seconds", 1))
    return call()


def hang(strike: Strike, _call: Call) -> Reply:
    """Say nothing for `seconds` (60), then close the connection."""
    time.sleep(strike.number("seconds", 60))
    raise break_connection(strike.environ)


def reset_before(strike: Strike, _call: Call) -> Reply:
    """Break the connection before anything is done."""
    raise break_connection(strike.environ)


def lost_reply(strike: Strike, call: Call) -> Reply:
    """Do the work, then break the connection instead of answering."""
    call()
    raise break_connection(strike.environ)


def html_200(_strike: Strike, _call: Call) -> Reply:
    """A login page with status 200."""
    return Reply.of(200, LOGIN_PAGE, "text/html;charset=utf-8")


def html_as_json(_strike: Strike, _call: Call) -> Reply:
    """A login page that claims to be JSON."""
    return Reply.of(200, LOGIN_PAGE)


def dead_list(strike: Strike, call: Call) -> Reply:
    """200 and no rows, as if the portal were empty (a dead key on some servers)."""
    found = call().json()
    if isinstance(found, list):
        return _json(200, [])
    empty: dict[str, Any] = {key: [] for key, value in found.items() if isinstance(value, list) and key != "page_info"}
    return _json(200, empty | {"page_info": {"page": strike.page, "page_count": 0, "has_next_page": False}})


def redirect(strike: Strike, _call: Call) -> Reply:
    """302 to `location`."""
    return Reply.of(302, b"").header("Location", strike.options.get("location", "http://elsewhere.example/"))


KINDS: dict[str, Callable[[Strike, Call], Reply]] = {
    effect.__name__: effect
    for effect in (
        status, throttle_429, throttle_400, access_denied_200, revoked_token, delay, hang, reset_before, lost_reply,
        html_200, html_as_json, dead_list, redirect,
    )
}  # fmt: skip
