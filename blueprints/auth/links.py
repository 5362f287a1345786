"""What a one-time link opens: a new password for those who forgot it, an account for those who were invited."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from billing.mail.letters import can_mail, queue_letter
from blueprints import sessions
from blueprints.access import public
from blueprints.auth import second_step
from blueprints.auth.frame import blueprint, names_to_avoid
from blueprints.filters import organisation
from extensions import db, limiter
from forms.auth import AcceptForm, ForgotForm, NewPasswordForm
from models import OneTimeLink, User
from models.audit import Actor, record
from models.one_time_links import end_all, find, issue, use
from models.passwords import hash_password

LINK_LIMIT = "20 per 15 minutes"
LETTER_LIMIT = "5 per 15 minutes"


@blueprint.get("/forgot")
@public
def forgot() -> Any:
    """Ask who wants a reset link."""
    return render_template("auth/forgot.html", form=ForgotForm(formdata=None), can_mail=can_mail(organisation()))


@blueprint.post("/forgot")
@public
@limiter.limit(LETTER_LIMIT)
def send_reset() -> Any:
    """Mail a reset link if the address belongs to somebody; the answer is the same if it does not."""
    form = ForgotForm()
    if not form.validate_on_submit():
        return render_template("auth/forgot.html", form=form, can_mail=can_mail(organisation())), 422
    person = db.session.scalar(db.select(User).where(User.email_key == form.email.data.casefold()))
    if person and person.is_active and can_mail(organisation()):
        link = url_for("auth.reset", token=issue(person.id, "reset"))
        queue_letter(person.email, _("Choose a new password"), link, [
            _("Somebody, probably you, asked for a new password for Crossbill."),
            _("The link works once and for one hour. If it was not you, do nothing: your password stays as it is."),
        ])  # fmt: skip
        record(sessions.actor(), "user.reset_asked", ("user", person.id))
        db.session.commit()
    flash(_("If this address belongs to somebody here, a link is on its way. It works for one hour."), "success")
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.get("/reset/<token>")
@public
@limiter.limit(LINK_LIMIT)
def reset(token: str) -> Any:
    """Show the form for a new password; looking at it does not use the link up."""
    if find(token, "reset") is None:
        return _spent()
    return render_template("auth/reset.html", form=NewPasswordForm(formdata=None), token=token)


@blueprint.post("/reset/<token>")
@public
@limiter.limit(LINK_LIMIT)
def use_reset(token: str) -> Any:
    """Set the new password, end all sessions and sign in here; a second step is asked for as ever."""
    link = find(token, "reset")
    if link is None:
        return _spent()
    person = _person_of(link)
    form = NewPasswordForm().told_about(names_to_avoid(person.name, person.email))
    if not form.validate_on_submit():
        return render_template("auth/reset.html", form=form, token=token), 422
    return _take("reset", token, form.password.data)


@blueprint.get("/invitation/<token>")
@public
@limiter.limit(LINK_LIMIT)
def invitation(token: str) -> Any:
    """Welcome somebody who was invited."""
    link = find(token, "invitation")
    if link is None:
        return _spent()
    person = _person_of(link)
    form = AcceptForm(formdata=None, data={"name": person.name})
    return render_template("auth/invitation.html", form=form, token=token, person=person)


@blueprint.post("/invitation/<token>")
@public
@limiter.limit(LINK_LIMIT)
def accept_invitation(token: str) -> Any:
    """Give the invited person a password and sign in."""
    link = find(token, "invitation")
    if link is None:
        return _spent()
    person = _person_of(link)
    form = AcceptForm()
    form.told_about(names_to_avoid(form.name.data or "", person.email))
    if not form.validate_on_submit():
        return render_template("auth/invitation.html", form=form, token=token, person=person), 422
    return _take("invitation", token, form.password.data, form.name.data)


def _person_of(link: OneTimeLink) -> User:
    return db.session.get_one(User, link.user_id)


def _take(purpose: str, token: str, password: str, name: str | None = None) -> Any:
    """Use the link up and set the password; of two who press at once, one wins."""
    db.session.rollback()
    hashed = hash_password(password)
    person_id = use(token, purpose)
    person = db.session.get(User, person_id) if person_id else None
    if person is None or person.status == "inactive":
        db.session.rollback()
        return _spent()
    person.password_hash, person.status, person.name = hashed, "active", name or person.name
    end_all(person.id)
    sessions.end_all(person.id)
    record(Actor("person", person.name, person.id), f"user.{purpose}_used", ("user", person.id))
    response = second_step.go_on(person, url_for("auth.sign_in"))
    flash(_("Your password is set."), "success")
    db.session.commit()
    return response


def _spent() -> Any:
    return Response(render_template("auth/spent.html"), 410, mimetype="text/html")
