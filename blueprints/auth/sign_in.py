"""Sign in and out."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints import sessions
from blueprints.access import needs, public
from blueprints.auth import second_step
from blueprints.auth.frame import blueprint, home_url
from extensions import db, limiter
from forms.auth import SignInForm
from models import User
from models.audit import Actor, record
from models.passwords import hash_password, is_outdated, is_right

#: failed tries: from one address, for one account from one address, and for one account from anywhere.
#: The last is wide, so that a stranger cannot lock somebody out for long.
ADDRESS_LIMIT = "30 per 15 minutes"
ACCOUNT_LIMIT = "5 per minute; 20 per hour"
ANYWHERE_LIMIT = "100 per hour"


def _account() -> str:
    typed = request.form.get("email", "").strip().casefold()
    return "account-" + hashlib.sha256(typed.encode("utf-8", "replace")).hexdigest()


def _account_here() -> str:
    return f"{_account()}-{get_remote_address()}"


def _has_failed(response: Response) -> bool:
    return response.status_code == 422


@blueprint.get("/sign-in")
@public
def sign_in() -> Any:
    """Show the sign-in page; who is signed in already goes on."""
    target = sessions.safe_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target or home_url(), 303)
    return render_template("auth/sign_in.html", form=SignInForm(formdata=None, data={"next": target or ""}))


@blueprint.post("/sign-in")
@public
@limiter.limit(ADDRESS_LIMIT, deduct_when=_has_failed)
@limiter.limit(ACCOUNT_LIMIT, key_func=_account_here, deduct_when=_has_failed)
@limiter.limit(ANYWHERE_LIMIT, key_func=_account, deduct_when=_has_failed)
def prove_sign_in() -> Any:
    """Check the password, then go on; unknown people and wrong passwords are told the same."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("auth/sign_in.html", form=form), 422
    person = _person_by(form.email.data, form.password.data)
    if person is None:
        db.session.commit()
        form.password.errors = [_("This e-mail address and password do not go together.")]
        return render_template("auth/sign_in.html", form=form), 422
    response = second_step.go_on(person, sessions.safe_path(form.next.data) or first_page(person))
    db.session.commit()
    return response


def first_page(person: User) -> str:
    """Return what a person sees first after signing in."""
    return url_for("own_hours.index") if person.role == "timesheet" else url_for("dashboard.index")


def _person_by(email: str, password: str) -> User | None:
    """Return the active person with this password; a failure is recorded. No lock is held while it is hashed."""
    found = db.session.scalar(db.select(User).where(User.email_key == email.casefold()))
    person_id, stored = (found.id, found.password_hash if found.is_active else None) if found else (None, None)
    db.session.rollback()
    if not is_right(password, stored):
        visitor = Actor("person", "visitor", None, request.remote_addr or "")
        record(visitor, "user.sign_in_refused", ("user", person_id), "Wrong password, unknown or not active")
        return None
    person = db.session.get(User, person_id)
    if person and stored and is_outdated(stored):
        person.password_hash = hash_password(password)
    return person


@blueprint.post("/sign-out")
@needs("account.own")
def sign_out() -> Any:
    """End this session; its cookie opens nothing from now on."""
    record(sessions.actor(), "user.signed_out", ("user", current_user.id))
    sessions.end_current()
    db.session.commit()
    session.clear()
    flash(_("You are signed out."), "success")
    return sessions.forget(redirect(url_for("auth.sign_in"), 303))
