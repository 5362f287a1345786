"""What surrounds the sign-in pages: where strangers are sent, stale forms, and the links around every page."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from blueprints.access import may
from blueprints.filters import organisation
from blueprints.render import wants_fragment
from blueprints.sessions import page_of_request, to_page, touch
from extensions import db, login
from models import User
from models.passwords import TooManyLogins

blueprint = Blueprint("auth", __name__)
blueprint.after_app_request(touch)
log = logging.getLogger("crossbill.access")

#: words of roles
ROLE_NAMES = {"owner": "Owner", "admin": "Admin", "staff": "Staff", "timesheet": "Timesheet staff"}

#: marks in the order that tells them apart: most browsers also claim to be others
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS X": "macOS",
            "Linux": "Linux"}  # fmt: skip


def home_url() -> str:
    """Return the page a person sees first."""
    return url_for("dashboard.index") if may("dashboard.view") else url_for("own_hours.index")


def has_owner() -> bool:
    """Say whether somebody owns this installation; until then only set-up is open."""
    return db.session.scalar(db.select(User.id).where(User.role == "owner").limit(1)) is not None


def names_to_avoid(*people: str) -> tuple[str, ...]:
    """Return what must not be a password here: names of people and of the organisation."""
    found = organisation()
    return (*people, found.name if found else "")


@blueprint.app_template_filter()
def browser(agent: str) -> str:
    """Write `Firefox on Windows` for a browser's long name of itself."""
    kind = next((word for mark, word in _BROWSERS.items() if mark in agent), "")
    system = next((word for mark, word in _SYSTEMS.items() if mark in agent), "")
    if kind and system:
        return str(_("%(browser)s on %(system)s", browser=kind, system=system))
    return kind or system or str(_("Unknown browser"))


@login.unauthorized_handler  # type: ignore[untyped-decorator]
def send_to_sign_in() -> Any:
    """Send a stranger to the sign-in page and remember where they wanted to go; before set-up, to set-up."""
    if not has_owner():
        return to_page(url_for("setup.owner"))
    return to_page(url_for("auth.sign_in", next=page_of_request()))


@blueprint.app_context_processor
def frame() -> dict[str, Any]:
    """Give the layout its links."""
    if not current_user.is_authenticated:
        return {"home_url": "/"}
    return {
        "home_url": home_url(),
        "profile_url": url_for("auth.account"),
        "sign_out_url": url_for("auth.sign_out"),
        "search_url": url_for("search.index") if may("search.use") else None,
        "role_name": _(ROLE_NAMES[current_user.role]),
    }


@blueprint.app_errorhandler(CSRFError)
def say_form_is_stale(error: CSRFError) -> Any:
    """A form without a valid token: htmx loads the page again, a browser is told what to do."""
    log.warning("form token refused: %s %s from %s", request.method, request.path, request.remote_addr)
    if wants_fragment():
        return Response("", 400, {"HX-Refresh": "true"})
    title = _("This page was open for too long")
    remedy = _("Go back, load the page again and send it once more. Nothing was changed.")
    signed_in = bool(current_user.is_authenticated)
    return render_template("error.html", title=title, remedy=remedy, is_signed_in=signed_in), 400


@blueprint.app_errorhandler(TooManyLogins)
def say_wait(_error: TooManyLogins) -> Any:
    """Too many people prove their password at once."""
    title, remedy = _("Many people are signing in just now"), _("Wait a few seconds, then try again.")
    return render_template("error.html", title=title, remedy=remedy, is_signed_in=False), 429


@blueprint.after_app_request
def note_refusals(response: Response) -> Response:
    """Write refused access and throttled visitors to the log (ASVS 16.3.2)."""
    if response.status_code in {403, 429}:
        who = current_user.id if response.status_code == 403 and current_user.is_authenticated else "visitor"
        log.warning("%s %s %s by %s from %s", response.status_code, request.method, request.path, who,
                    request.remote_addr)  # fmt: skip
    return response
