"""The one place that knows htmx: page or piece, and what to answer after a write."""

from __future__ import annotations

from typing import Any

from flask import Response, get_flashed_messages, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse


def wants_fragment() -> bool:
    """Say whether htmx asks for a piece; history restores and boosted links get the whole page."""
    names = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")
    said = {name for name in names if request.headers.get(name) == "true"}
    return said == {"HX-Request"}


def page_or_fragment(page: str, /, fragment: str | None = None, *, status: int = 200, **context: Any) -> Response:
    """Render `fragment` alone for htmx, else the whole `page` (which includes the same fragment)."""
    template = fragment if fragment and wants_fragment() else page
    response = make_response(render_template(template, **context), status)
    response.vary.add("HX-Request")
    return response


def after_write(url: str, fragment: str | None = None, **context: Any) -> AnyResponse:
    """Answer a successful POST: plain → 303 to `url`; htmx → the changed fragment with flashes, or a redirect."""
    if not wants_fragment():
        return redirect(url, 303)
    if fragment is None:
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
        return response
    body = render_template(fragment, **context) + flashes_out_of_band()
    response = make_response(body, 200)
    response.vary.add("HX-Request")
    return response


def flashes_out_of_band() -> str:
    """Render waiting flashes as an out-of-band swap; empty when there is nothing to say."""
    if not get_flashed_messages():
        return ""
    return render_template("_flashes.html", oob=True)
