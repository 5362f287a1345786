"""Another company's server: Zoho accounts and Zoho Projects V3 at one address, for trying out and for tests."""

from __future__ import annotations

import copy
from functools import cache, partial

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from standin.control import control
from standin.front import Front
from standin.pages import pages
from standin.webhooks import webhooks
from standin.world import World
from standin.zoho_accounts import accounts
from standin.zoho_crm import Bell
from standin.zoho_crm import api as crm_api
from standin.zoho_crm.errors import wrong_method as wrong_crm_method
from standin.zoho_crm.errors import wrong_url as wrong_crm_url
from standin.zoho_projects import api
from standin.zoho_projects.errors import wrong_method, wrong_url

__all__ = ["World", "create_standin"]


def create_standin(world: World | None = None) -> Flask:
    """The whole server as a WSGI application; without a world it serves the demo agency."""
    app = copy.copy(_routed())
    here = world or World.demo()
    app.extensions = {"standin": here}
    _ring_for(here)
    app.wsgi_app = Front(partial(Flask.wsgi_app, app), here)  # type: ignore[method-assign]
    return app


def _ring_for(here: World) -> None:
    """Let the world's CRM tell its channels; once, whatever number of applications serve it."""
    if not here.crm_listeners:
        here.bell = Bell(here)
        here.crm_listeners.append(here.bell.ring)
        here.crm.listeners.append(here.bell.ring)


@cache
def _routed() -> Flask:
    """The application without a world; compiling its 150 routes takes long, so it is done once."""
    app = Flask(__name__)
    app.secret_key = "no secrets here: this signs one-line notices only"  # noqa: S105
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for blueprint in (api, crm_api, accounts, control, webhooks, pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _refuse)
    return app


def _refuse(error: HTTPException) -> Response | HTTPException:
    """Under /api and /crm, unknown paths and wrong verbs are refused in Zoho's words; elsewhere in HTTP's."""
    if request.path.startswith("/crm/"):
        return (wrong_crm_method() if error.code == 405 else wrong_crm_url()).response()
    if not request.path.startswith("/api/"):
        return error
    if error.code == 405:
        return wrong_method().response()
    return wrong_url().response()
