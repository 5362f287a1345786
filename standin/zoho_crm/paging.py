"""Pages, page tokens and If-Modified-Since (zoho-crm-wire §5.1)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import request

from standin.zoho_crm.errors import RefusalError, ambiguous, invalid, over_limit

Row = TypeVar("Row")
Json = dict[str, Any]
PER_PAGE = 200
#: records that `page` reaches, and that page tokens reach
DISCRETE, FARTHEST = 2_000, 100_000


def whole(name: str, usual: int, most: int | None = None) -> int:
    """A parameter that is a whole number above zero."""
    text = request.args.get(name)
    if text is None:
        return usual
    if not text.isdigit() or int(text) < 1:
        raise invalid(param_name=name, expected_data_type="integer")
    if most is not None and int(text) > most:
        raise over_limit(most, name)
    return int(text)


def page_of(rows: Sequence[Row]) -> tuple[Sequence[Row], Json]:
    """The page that `page` and `per_page` ask for."""
    page, per_page = whole("page", 1), whole("per_page", PER_PAGE, PER_PAGE)
    start = (page - 1) * per_page
    shown = rows[start : start + per_page]
    return shown, {
        "per_page": per_page, "count": len(shown), "page": page, "more_records": start + per_page < len(rows)
    }  # fmt: skip


def token_page(rows: Sequence[Row], now: datetime, expiry: str) -> tuple[Sequence[Row], Json]:
    """The page that `page` or `page_token` asks for; tokens are bound to all other parameters and live a day."""
    per_page, token = whole("per_page", PER_PAGE, PER_PAGE), request.args.get("page_token")
    if token and "page" in request.args:
        raise ambiguous("page", "page_token")
    start = _start_of(token, now) if token else (whole("page", 1) - 1) * per_page
    if not token and start + per_page > DISCRETE:
        raise RefusalError(
            "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "discrete pagination limit exceeded", limit=DISCRETE
        )  # fmt: skip
    if start >= FARTHEST:
        raise RefusalError("PAGINATION_LIMIT_EXCEEDED", "pagination limit exceeded", limit=FARTHEST)
    shown, end = rows[start : start + per_page], start + per_page
    has_more = end < len(rows)
    return shown, {
        "per_page": per_page, "count": len(shown), "page": start // per_page + 1, "more_records": has_more,
        "next_page_token": _token(end, now) if has_more else None,
        "previous_page_token": _token(start - per_page, now) if start else None,
        "page_token_expiry": expiry if has_more or start else None,
    }  # fmt: skip


def _token(start: int, now: datetime) -> str:
    text = json.dumps([start, _others(), now.timestamp()])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _start_of(token: str, now: datetime) -> int:
    try:
        start, others, made = json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError as error:
        raise invalid(param_name="page_token") from error
    if others != _others():
        raise RefusalError("TOKEN_BOUND_DATA_MISMATCH", "token bound data mismatch", param_name="page_token")
    if now.timestamp() - made > 24 * 3600:
        raise RefusalError("EXPIRED_VALUE", "the page token has expired", param_name="page_token")
    return int(start)


def _others() -> str:
    """What a token is bound to: who asks, and every other parameter."""
    rest = sorted((name, value) for name, value in request.args.items() if name not in ("page", "page_token"))
    return hashlib.sha256(json.dumps([request.path, rest]).encode()).hexdigest()[:16]


def modified_since(name: str = "If-Modified-Since") -> datetime | None:
    """The instant of that header; None when it is not there."""
    text = request.headers.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(header_name=name, expected_data_type="datetime") from error
    if found.tzinfo is None:
        raise invalid(header_name=name, expected_data_type="datetime")
    return found
