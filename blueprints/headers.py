"""What every answer says to the browser about how it may be used (spec quality.md §3)."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, g, request

from config import Config


def csp_nonce() -> str:
    """Return this request's nonce; made when first asked for, since an error may answer before any hook ran."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def content_policy(nonce: str, form_targets: str = "'self'", ancestors: str = "'none'") -> str:
    """Return the Content-Security-Policy: nothing but our own files, nothing inline, no frame around us.

    `ancestors` are the places that may show a page of the Finance tab.
    """
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; "
        f"frame-ancestors {ancestors}; base-uri 'none'; form-action {form_targets}"
    )


def _policy_here() -> str:
    """Return the policy of this answer; only a page that stands in a frame has places around it."""
    around: tuple[str, ...] = g.get("frame_ancestors", ())
    return content_policy(csp_nonce(), ancestors=" ".join(("'self'", *around)) if around else "'none'")


FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_headers(app: Flask, config: Config) -> None:
    """Add the headers to every answer; a view that needs another policy has set it already."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def add_headers(response: Any) -> Any:
        response.headers.setdefault("Content-Security-Policy", _policy_here())
        for name, value in FIXED.items():
            response.headers[name] = value
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        if config.is_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response
