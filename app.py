"""The front door: builds the app and knows every room."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

import blueprints
import models  # noqa: F401 - makes the tables known to the migrations
from blueprints import styleguide
from blueprints.access import init_access
from blueprints.errors import init_errors
from blueprints.filters import init_filters, init_words, locale_name
from blueprints.finance_tab.entrance import init_entrance
from blueprints.framing import init_framing
from blueprints.headers import init_headers
from blueprints.menu import init_menu
from cli import init_cli
from config import Config, from_environment
from extensions import babel, compress, csrf, db, htmx, limiter, login, migrate

#: files of ours that are compressed; pages are not, since they hold secrets beside typed text
COMPRESSIBLE = ("text/css", "text/javascript", "application/javascript", "image/svg+xml")


def create_app(config: Config | None = None) -> Flask:
    """Build the app from settings (default: from the environment); starts no scheduler and opens no socket."""
    config = config or from_environment()
    app = Flask(__name__)
    app.config.update(_flask_settings(config))
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, count, count, count, count)  # type: ignore[method-assign]
    _init_extensions(app)
    init_framing(app)
    init_entrance(app)
    init_access(app)
    init_filters(app)
    init_words(app)
    init_headers(app, config)
    init_errors(app)
    areas = [*blueprints.areas(), *([styleguide] if config.is_development else [])]
    for area in areas:
        app.register_blueprint(area.blueprint)
    init_menu(app, areas)
    _version_static_files(app)
    init_cli(app)
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "CROSSBILL": config,
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "TESTING": config.is_testing,
        "RATELIMIT_ENABLED": not config.is_testing,
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "SESSION_COOKIE_NAME": "__Host-crossbill" if config.is_https else "crossbill",
        "SESSION_COOKIE_SECURE": config.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SEND_FILE_MAX_AGE_DEFAULT": 365 * 24 * 3600,
        "COMPRESS_STREAMS": False,
        "COMPRESS_MIMETYPES": list(COMPRESSIBLE),
    }


def _init_extensions(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(app.root_path) / "migrations"))
    login.init_app(app)
    csrf.init_app(app)
    htmx.init_app(app)
    babel.init_app(app, locale_selector=locale_name)
    limiter.init_app(app)
    compress.init_app(app)


def _version_static_files(app: Flask) -> None:
    """Put a file's hash into its address, so that browsers may keep it for a year and still see a new one at once."""
    folder = Path(app.static_folder or "")
    known: dict[str, str] = {}

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        name = values.get("filename")
        if endpoint != "static" or not name or "v" in values:
            return
        if name not in known or app.debug:
            path = folder / name
            known[name] = blake2b(path.read_bytes(), digest_size=6).hexdigest() if path.is_file() else ""
        values["v"] = known[name]

    @app.after_request
    def read_whole(response: Response) -> Response:
        """Take small files into memory, so that they are compressed as one piece and closed at once."""
        if request.endpoint == "static" and response.status_code == 200 and response.mimetype in COMPRESSIBLE:
            response.direct_passthrough = False
            body = response.get_data()
            response.close()
            response.set_data(body)
        return response
