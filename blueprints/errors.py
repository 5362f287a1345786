"""What a person reads when a page cannot be shown."""

from __future__ import annotations

from typing import Any

from flask import Flask, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from extensions import db

#: status → title, what to do
ERRORS = {
    400: (_l("That request could not be read"), _l("Go back and try again.")),
    403: (_l("This is not open to you"), _l("Ask an owner or admin of your organisation for access.")),
    404: (_l("There is nothing here"), _l("The address may be old, or the record was removed.")),
    405: (_l("That does not work this way"), _l("Go back and use the button on the page.")),
    413: (_l("That file is too large"), _l("Files may have up to 10 MB.")),
    429: (_l("Too many tries"), _l("Wait a minute, then try again.")),
    500: (_l("Something broke on our side"), _l("Nothing was saved. Try again; the log has the details.")),
}


def init_errors(app: Flask) -> None:
    """Show our own pages; a database that is away gets a page that needs none."""

    @app.errorhandler(HTTPException)
    def show_error(error: HTTPException) -> Any:
        if error.response is not None:
            return error.response
        code = error.code or 500
        title, remedy = ERRORS.get(code, ERRORS[500])
        if code >= 500:
            return _bare_page(str(title), str(remedy)), code
        is_signed_in = bool(current_user.is_authenticated)
        return render_template("error.html", title=title, remedy=remedy, is_signed_in=is_signed_in), code

    @app.errorhandler(OperationalError)
    def say_database_is_away(error: OperationalError) -> Any:
        app.logger.error("the database refused: %s", error.orig)
        db.session.rollback()
        page = _bare_page(_("The database cannot be reached"), _("Nothing was saved. Try again in a moment."))
        return page, 503


def _bare_page(title: str, remedy: str) -> str:
    """Render a page that asks nothing of the database, which may be the cause."""
    return render_template("broken.html", title=title, remedy=remedy)
