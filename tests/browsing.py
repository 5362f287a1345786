"""Forms as a browser sends them: the page is fetched first, and its token goes along."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def token_of(client: FlaskClient, page: str) -> str:
    """Fetch a page and return the token of its first form."""
    found = _TOKEN.search(client.get(page).text)
    assert found, f"no form on {page}"
    return found[1]


def send(client: FlaskClient, page: str, fields: dict[str, Any], to: str | None = None, **how: Any) -> Any:
    """Fill in the form on `page` and send it (to the same address unless `to` says otherwise)."""
    return client.post(to or page, data={"csrf_token": token_of(client, page), **fields}, **how)


def words_of(answer: Any) -> str:
    """Return what a person reads: the page without its tags, white space collapsed."""
    body = re.sub(r"<(script|style|template|head)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", body)
    return " ".join(text.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&").split())
