"""An e-mail shown inside a page: in a frame of ours, where it can load nothing, run nothing and lead nowhere."""

from __future__ import annotations

from flask import Response, g, make_response

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors {}"


def shown_mail(html: str, status: int = 200) -> Response:
    """Answer with an e-mail as its reader sees it."""
    response = make_response(html, status)
    around = " ".join(("'self'", *g.get("frame_ancestors", ())))
    response.headers["Content-Security-Policy"] = _POLICY.format(around)
    return response
