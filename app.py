"""The front door: builds the app and knows every room."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from flask import Flask, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import blueprints
import models  # noqa: F401 - makes the tables known to the migrations
from blueprints.access import init_access, may
from blueprints.filters import init_filters, organisation
from cli import init_cli
from config import Config, from_environment
from extensions import babel, csrf, db, htmx, limiter, login, migrate

#: words of the groups of the side bar
GROUPS = ("daily", "money", "work", "settings")


def create_app(config: Config | None = None) -> Flask:
    """Build the app from settings (default: from the environment); starts no scheduler and opens no socket."""
    config = config or from_environment()
    app = Flask(__name__)
    app.config.update(_flask_settings(config))
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, count, count, count, count)  # type: ignore[method-assign]
    _init_extensions(app)
    init_access(app)
    init_filters(app)
    _init_headers(app, config)
    _init_menu(app)
    _init_errors(app)
    for area in blueprints.areas():
        app.register_blueprint(area.blueprint)
    init_cli(app)
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "CROSSBILL": config,
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "TESTING": config.is_testing,
        "RATELIMIT_ENABLED": not config.is_testing,
        "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "SESSION_COOKIE_NAME": "__Host-crossbill" if config.is_https else "crossbill",
        "SESSION_COOKIE_SECURE": config.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def _init_extensions(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(app.root_path) / "migrations"))
    login.init_app(app)
    csrf.init_app(app)
    htmx.init_app(app)
    babel.init_app(app)
    limiter.init_app(app)


def csp_nonce() -> str:
    """Return this request's nonce; made when first asked for, since an error may answer before any hook ran."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def _init_headers(app: Flask, config: Config) -> None:
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def add_headers(response: Any) -> Any:
        nonce = csp_nonce()
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
            "img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; "
            "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        if config.is_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def _init_menu(app: Flask) -> None:
    @app.context_processor
    def frame() -> dict[str, Any]:
        """What the layout shows around every page; read only when a page uses it."""
        return {"organisation": organisation(), "nav": _menu(), "new_menu": _new_menu()}


def _menu() -> list[tuple[str, list[tuple[str, str, str, bool]]]]:
    entries = [entry for area in blueprints.areas() for entry in getattr(area, "MENU", ()) if may(entry.permission)]
    here = (request.endpoint or "").partition(".")[0]
    return [
        (group, [(_(e.label), e.icon, url_for(e.endpoint), here == e.endpoint.partition(".")[0])
                 for e in entries if e.group == group])
        for group in GROUPS
    ]  # fmt: skip


def _new_menu() -> list[tuple[str, str, str]]:
    entries = [entry for area in blueprints.areas() for entry in getattr(area, "NEW", ()) if may(entry.permission)]
    return [(_(e.label), e.icon, url_for(e.endpoint)) for e in entries]


#: what a person reads when a page cannot be shown: title, then what to do
ERRORS = {
    400: ("That request could not be read", "Go back and try again."),
    403: ("This is not open to you", "Ask an owner or admin of your organisation for access."),
    404: ("There is nothing here", "The address may be old, or the record was removed."),
    405: ("That does not work this way", "Go back and use the button on the page."),
    413: ("That file is too large", "Files may have up to 8 MB."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: ("Something broke on our side", "Nothing was saved. Try again; the log has the details."),
    503: ("The database cannot be reached", "Try again in a moment."),
}


def _init_errors(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def show_error(error: HTTPException) -> Any:
        code = error.code or 500
        if error.response is not None:
            return error.response
        title, remedy = ERRORS.get(code, ERRORS[500])
        is_signed_in = code != 500 and bool(current_user.is_authenticated)
        return render_template("error.html", title=_(title), remedy=_(remedy), is_signed_in=is_signed_in), code
