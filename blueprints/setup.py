"""The first run: owner, organisation, mail, done. Open only until an owner exists, then closed for ever."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func

from blueprints import sessions
from blueprints.access import needs, public
from blueprints.auth.frame import has_owner, home_url, names_to_avoid
from blueprints.filters import organisation
from blueprints.settings.mail import mail_form, store_mail, test_answer
from blueprints.settings.organisation import has_transactions, store_identity
from extensions import db
from forms.auth import ProfileForm
from forms.places import guess
from forms.settings import IdentityForm
from forms.setup import OwnerForm
from models import User
from models.audit import Actor, record
from models.passwords import hash_password
from models.user import email_key

blueprint = Blueprint("setup", __name__, url_prefix="/setup")

#: endpoints that are open while there is no owner, beside the first step
_OPEN = {"static", "setup.owner", "setup.make_owner", "health.alive", "health.ready", "webhooks.receive"}
#: any number, the same in every process: two first owners cannot be made at once
_LOCK = 20_261_122
UNDER_WAY = "setting_up"


@blueprint.before_app_request
def lead_to_setup() -> Any:
    """Send everybody to set-up until there is an owner, and the owner until there is an organisation."""
    if request.endpoint is None or request.endpoint in _OPEN:
        return None
    if not current_user.is_authenticated:
        return None if has_owner() else sessions.to_page(url_for("setup.owner"))
    is_elsewhere = request.blueprint not in {"setup", "auth", "health"}
    if is_elsewhere and organisation() is None:
        return sessions.to_page(url_for("setup.organisation"))
    return None


def steps() -> list[tuple[str, str | None]]:
    """Return the steps with their addresses, for the stepper."""
    return [
        (_("You"), url_for("setup.owner")), (_("Organisation"), url_for("setup.organisation")),
        (_("Mail"), url_for("setup.mail")), (_("Done"), None),
    ]  # fmt: skip


def _is_over() -> bool:
    """Say whether this browser has nothing to set up: the organisation is there and it did not just make it."""
    return organisation() is not None and not session.get(UNDER_WAY)


@blueprint.get("")
@public
def owner() -> Any:
    """First step: who owns this installation; later only the new owner's own name, until set-up is over."""
    if not has_owner():
        return render_template("setup/owner.html", form=OwnerForm(formdata=None), steps=steps())
    if not current_user.is_authenticated or _is_over() or current_user.role != "owner":
        return redirect(url_for("auth.sign_in"), 303)
    return render_template("setup/profile.html", form=ProfileForm(formdata=None, obj=current_user), steps=steps())


@blueprint.post("")
@public
def make_owner() -> Any:
    """Make the owner, once: afterwards this never makes anybody again."""
    if has_owner():
        return redirect(url_for("setup.owner"), 303)
    form = OwnerForm()
    form.told_about(names_to_avoid(form.name.data or "", form.email.data or ""))
    if not form.validate_on_submit():
        return render_template("setup/owner.html", form=form, steps=steps()), 422
    db.session.rollback()
    hashed = hash_password(form.password.data)
    _take_turns()
    if has_owner():
        db.session.rollback()
        return redirect(url_for("auth.sign_in"), 303)
    person = User(name=form.name.data, email=form.email.data, email_key=email_key(form.email.data), role="owner",
                  password_hash=hashed)  # fmt: skip
    db.session.add(person)
    db.session.flush()
    who = Actor("person", person.name, person.id, request.remote_addr or "")
    record(who, "user.owner_made", ("user", person.id), "First owner, made in set-up")
    session.clear()
    session[UNDER_WAY] = True
    response = sessions.start(person, redirect(url_for("setup.organisation"), 303))
    db.session.commit()
    return response


def _take_turns() -> None:
    """Let only one make an owner at a time; SQLite has taken its write lock already."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(db.select(func.pg_advisory_xact_lock(_LOCK)))


@blueprint.post("/you")
@needs("settings.edit")
def save_owner() -> Any:
    """Correct the owner's name before going on; address and password stay."""
    name = request.form.get("name", "").strip()[:120]
    if name and not _is_over():
        db.session.get_one(User, current_user.id).name = name
        db.session.commit()
    return redirect(url_for("setup.organisation"), 303)


@blueprint.get("/organisation", endpoint="organisation")
@needs("settings.edit")
def organisation_page() -> Any:
    """Second step: the organisation, with what the browser's language lets us guess."""
    if _is_over():
        return redirect(home_url(), 303)
    return render_template("setup/organisation.html", form=_identity_form(), steps=steps())


def _identity_form() -> IdentityForm:
    if here := organisation():
        return IdentityForm(formdata=None, obj=here)
    best = guess([language for language, _quality in request.accept_languages])
    values = {"country": best.country, "base_currency": best.currency, "time_zone": best.time_zone,
              "edition": best.edition, "email": current_user.email}  # fmt: skip
    return IdentityForm(formdata=None, data=values)


@blueprint.post("/organisation")
@needs("settings.edit")
def save_organisation() -> Any:
    """Store the organisation and go on to mail."""
    if _is_over():
        return redirect(home_url(), 303)
    form = IdentityForm()
    if not form.validate_on_submit():
        return render_template("setup/organisation.html", form=form, steps=steps()), 422
    if not has_transactions():
        store_identity(form)
        db.session.commit()
        session[UNDER_WAY] = True
    return redirect(url_for("setup.mail"), 303)


@blueprint.get("/mail")
@needs("settings.edit")
def mail() -> Any:
    """Third step: the mail server; may be skipped."""
    if _is_over() or organisation() is None:
        return redirect(url_for("setup.organisation"), 303)
    return render_template("setup/mail.html", form=mail_form(), steps=steps(), answer=None)


@blueprint.post("/mail")
@needs("settings.edit")
def save_mail() -> Any:
    """Store how to reach the mail server; *Send me a test* also tries it and shows the server's answer."""
    here = organisation()
    if _is_over() or here is None:
        return redirect(url_for("setup.organisation"), 303)
    form = mail_form()
    if not form.validate_on_submit():
        return render_template("setup/mail.html", form=form, steps=steps(), answer=None), 422
    store_mail(form)
    db.session.commit()
    if request.form.get("verb") == "test":
        answer = test_answer(current_user.email)
        return render_template("setup/mail.html", form=mail_form(fresh=True), steps=steps(), answer=answer)
    flash(_("Mail is set up.") if here.mail_host else _("Mail can be set up later under Settings."), "success")
    return redirect(url_for("setup.done"), 303)


@blueprint.get("/done")
@needs("settings.edit")
def done() -> Any:
    """Last step: connect Zoho Projects, or try with sample data."""
    if organisation() is None:
        return redirect(url_for("setup.organisation"), 303)
    can_connect = "integrations.index" in current_app.view_functions
    session.pop(UNDER_WAY, None)
    return render_template("setup/done.html", steps=steps(), can_connect=can_connect)
