"""The password again, before something dangerous."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints import sessions
from blueprints.access import needs
from blueprints.auth.frame import blueprint, home_url
from extensions import db, limiter
from forms.auth import ConfirmForm


def _person() -> str:
    return f"confirm-{current_user.id}"


def _has_failed(response: Response) -> bool:
    return response.status_code == 422


@blueprint.get("/confirm")
@needs("account.own")
def confirm() -> Any:
    """Ask for the password, then go back to where the person came from."""
    target = sessions.safe_path(request.args.get("next")) or ""
    return render_template("auth/confirm.html", form=ConfirmForm(formdata=None, data={"next": target}))


@blueprint.post("/confirm")
@needs("account.own")
@limiter.limit(sessions.CONFIRM_LIMIT, key_func=_person, deduct_when=_has_failed)
def prove_again() -> Any:
    """Note that the password was proven just now."""
    form = ConfirmForm()
    if form.validate_on_submit() and sessions.prove(form.password.data):
        db.session.commit()
        return redirect(sessions.safe_path(form.next.data) or home_url(), 303)
    if not form.password.errors:
        form.password.errors = [_("This is not your password.")]
    return render_template("auth/confirm.html", form=form), 422
