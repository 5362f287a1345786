"""Everybody's own account: name, password, and where they are signed in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from blueprints import sessions
from blueprints.access import needs
from blueprints.auth.frame import blueprint, names_to_avoid
from extensions import db, limiter
from forms.auth import ChangePasswordForm, ProfileForm
from models import User, second_step
from models.audit import record
from models.passwords import hash_password, is_right
from models.user import email_key


def _page(profile: ProfileForm | None = None, password: ChangePasswordForm | None = None) -> Any:
    mine = sessions.current()
    return render_template(
        "auth/account.html",
        profile=profile or ProfileForm(formdata=None, obj=current_user),
        password=password or ChangePasswordForm(formdata=None),
        sessions=sessions.live_sessions(current_user.id),
        mine=mine.id if mine else None,
        has_second_step=second_step.is_on(current_user.id),
    ), (422 if profile or password else 200)


@blueprint.get("/account")
@needs("account.own")
def account() -> Any:
    """Show the person's own account."""
    return _page()


@blueprint.post("/account/profile")
@needs("account.own")
@sessions.needs_recent_password
def save_profile() -> Any:
    """Change name and e-mail address; the address is what one signs in with."""
    form = ProfileForm()
    if not form.validate_on_submit():
        return _page(profile=form)
    me = db.session.get_one(User, current_user.id)
    before = {"name": me.name, "email": me.email}
    me.name, me.email, me.email_key = form.name.data, form.email.data, email_key(form.email.data)
    after = {"name": me.name, "email": me.email}
    record(sessions.actor(), "user.profile_changed", ("user", me.id), change=(before, after))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        form.email.errors = [_("Somebody else here has this e-mail address.")]
        return _page(profile=form)
    flash(_("Your name and e-mail address are saved."), "success")
    return redirect(url_for("auth.account"), 303)


def _person() -> str:
    return f"password-{current_user.id}"


def _has_failed(response: Response) -> bool:
    return response.status_code == 422


@blueprint.post("/account/password")
@needs("account.own")
@limiter.limit(sessions.CONFIRM_LIMIT, key_func=_person, deduct_when=_has_failed)
def change_password() -> Any:
    """Change the password; every other browser is signed out, this one gets a new session."""
    form = ChangePasswordForm().told_about(names_to_avoid(current_user.name, current_user.email))
    me, stored = current_user.id, current_user.password_hash
    if not form.validate_on_submit():
        return _page(password=form)
    db.session.rollback()
    if not is_right(form.old_password.data, stored):
        form.old_password.errors = [_("This is not your present password.")]
        return _page(password=form)
    hashed = hash_password(form.password.data)
    person = db.session.get_one(User, me)
    person.password_hash = hashed
    sessions.end_all(me)
    record(sessions.actor(), "user.password_changed", ("user", me))
    flash(_("Your password is changed. You were signed out everywhere else."), "success")
    response = sessions.start(person, redirect(url_for("auth.account"), 303))
    db.session.commit()
    return response


@blueprint.post("/account/sessions/<int:id>/end")
@needs("account.own")
def end_session(id: int) -> Any:
    """Sign out one of the person's own browsers."""
    sessions.end_one(current_user.id, id)
    record(sessions.actor(), "user.session_ended", ("user", current_user.id))
    db.session.commit()
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("auth.account"), 303)


@blueprint.post("/account/sign-out-everywhere")
@needs("account.own")
def sign_out_everywhere() -> Any:
    """Sign out in all browsers, this one included."""
    sessions.end_all(current_user.id)
    record(sessions.actor(), "user.signed_out_everywhere", ("user", current_user.id))
    db.session.commit()
    session.clear()
    flash(_("You are signed out everywhere."), "success")
    return sessions.forget(redirect(url_for("auth.sign_in"), 303))
