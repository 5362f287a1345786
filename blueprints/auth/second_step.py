"""The second step of signing in: its page, setting a device up, recovery codes, and switching it off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import segno
from cryptography.fernet import InvalidToken
from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints import sessions
from blueprints.access import needs, public
from blueprints.auth.frame import blueprint
from blueprints.filters import organisation
from extensions import db, decrypt, encrypt, limiter, utcnow
from forms.auth import CodeForm, DeviceForm
from models import User, second_step
from models.audit import Actor, record

AnyForm = TypeVar("AnyForm", bound=CodeForm)

#: where it is kept that a password was right and a code is awaited, and for how long that holds
HALF, HALF_LIFE = "half_signed_in", timedelta(minutes=5)
#: wrong codes: for one person from anywhere
CODE_LIMIT = "5 per minute; 20 per hour"


@dataclass(frozen=True, slots=True)
class Half:
    """Whose password was right, and where they want to go."""

    person: User
    target: str


def wanted_of(person: User) -> str | None:
    """Return the endpoint that must be passed before this person is signed in; None: the password is enough."""
    if second_step.is_on(person.id):
        return "auth.ask_code"
    found = organisation()
    return "auth.ask_device" if found is not None and found.asks_second_step else None


def go_on(person: User, target: str) -> Response:
    """Sign a person in whose password was right, or ask for their second step first. Does not commit."""
    session.clear()
    if (wanted := wanted_of(person)) is None:
        return finish(person, target)
    session[HALF] = {"person": person.id, "until": (utcnow() + HALF_LIFE).isoformat(), "target": target}
    return redirect(url_for(wanted), 303)


def finish(person: User, target: str) -> Response:
    """Start the session and note it. Does not commit."""
    response = sessions.start(person, redirect(target, 303))
    record(_as(person), "user.signed_in", ("user", person.id))
    return response


@blueprint.get("/sign-in/code")
@public
def ask_code() -> Any:
    """Ask for a code of the device, or one of those on paper."""
    return render_template("auth/code.html", form=CodeForm(formdata=None)) if _half() else _from_the_start()


@blueprint.post("/sign-in/code")
@public
@limiter.limit(CODE_LIMIT, key_func=lambda: _key(), deduct_when=lambda response: response.status_code == 422)
def prove_code() -> Any:
    """Take a code; it works once."""
    half, form = _half(), CodeForm()
    if half is None:
        return _from_the_start()
    how = second_step.passes(half.person.id, form.code.data) if form.validate_on_submit() else ""
    if not how:
        return _refuse(form, half, "auth/code.html")
    session.clear()
    if how == "recovery":
        left = second_step.codes_left(half.person.id)
        record(_as(half.person), "user.recovery_code_used", ("user", half.person.id))
        flash(_("That recovery code is used up. %(left)s are left.", left=left), "warning")
    response = finish(half.person, half.target)
    db.session.commit()
    return response


@blueprint.get("/sign-in/device")
@public
def ask_device() -> Any:
    """Have a device set up before the first sign-in with it: the organisation asks everybody for it."""
    half = _half()
    return _device_page(half.person, DeviceForm(formdata=None), bare=True) if half else _from_the_start()


@blueprint.post("/sign-in/device")
@public
@limiter.limit(CODE_LIMIT, key_func=lambda: _key(), deduct_when=lambda response: response.status_code == 422)
def prove_device() -> Any:
    """Take the device's first code, show the recovery codes, and sign the person in."""
    half, form = _half(), DeviceForm()
    if half is None or second_step.is_on(half.person.id):
        return _from_the_start()
    if not _confirms(half.person.id, form):
        return _device_page(half.person, _with_error(form), bare=True, status=422)
    session.clear()
    page = _codes_page(half.person, half.target)
    response = sessions.start(half.person, Response(page, mimetype="text/html"))
    record(_as(half.person), "user.second_step_on", ("user", half.person.id))
    record(_as(half.person), "user.signed_in", ("user", half.person.id))
    db.session.commit()
    return response


@blueprint.get("/account/two-step")
@needs("account.own")
@sessions.needs_recent_password
def two_step() -> Any:
    """Set a device up, or say that one is."""
    return _own_page(DeviceForm(formdata=None))


@blueprint.post("/account/two-step")
@needs("account.own")
@sessions.needs_recent_password
def switch_on() -> Any:
    """Count the device from now on; every other browser is signed out."""
    me, form = _me(), DeviceForm()
    if second_step.is_on(me.id):
        return redirect(url_for("auth.two_step"), 303)
    if not _confirms(me.id, form):
        return _own_page(_with_error(form), 422)
    return _with_new_codes(me, "user.second_step_on")


@blueprint.post("/account/two-step/codes")
@needs("account.own")
@sessions.needs_recent_password
def renew_codes() -> Any:
    """Make new recovery codes; the earlier ones end."""
    me = _me()
    if not second_step.is_on(me.id):
        return redirect(url_for("auth.two_step"), 303)
    return _with_new_codes(me, "user.recovery_codes_made")


@blueprint.post("/account/two-step/off")
@needs("account.own")
@sessions.needs_recent_password
def switch_off() -> Any:
    """Forget the device, unless the organisation asks everybody for one."""
    found = organisation()
    if found is not None and found.asks_second_step:
        flash(_("Your organisation asks everybody for a second step, so it stays on."), "error")
        return redirect(url_for("auth.two_step"), 303)
    second_step.switch_off(current_user.id)
    record(sessions.actor(), "user.second_step_off", ("user", current_user.id))
    db.session.commit()
    flash(_("Two-step sign-in is off. Your password alone signs you in."), "success")
    return redirect(url_for("auth.account"), 303)


def _half() -> Half | None:
    kept = session.get(HALF)
    if not kept or datetime.fromisoformat(kept["until"]) < utcnow():
        return None
    person = db.session.get(User, kept["person"])
    return Half(person, kept["target"]) if person is not None and person.is_active else None


def _key() -> str:
    return f"code-{(session.get(HALF) or {}).get('person', 'nobody')}"


def _as(person: User) -> Actor:
    return Actor("person", person.name, person.id, request.remote_addr or "")


def _me() -> User:
    return db.session.get_one(User, current_user.id)


def _from_the_start() -> Response:
    flash(_("That took longer than five minutes. Sign in again."), "info")
    return redirect(url_for("auth.sign_in"), 303)


def _refuse(form: CodeForm, half: Half, template: str) -> Any:
    record(_as(half.person), "user.code_refused", ("user", half.person.id))
    db.session.commit()
    return render_template(template, form=_with_error(form)), 422


def _with_error(form: AnyForm) -> AnyForm:
    if not form.code.errors:
        form.code.errors = [_("This code is not right, or was used already. Wait for the next one and enter that.")]
    return form


def _own_page(form: DeviceForm, status: int = 200) -> Any:
    me = _me()
    if second_step.is_on(me.id):
        return render_template("auth/two_step.html", left=second_step.codes_left(me.id)), status
    return _device_page(me, form, bare=False, status=status)


def _device_page(person: User, form: DeviceForm, *, bare: bool, status: int = 200) -> Any:
    """Show the secret as a picture and as text; it travels encrypted in the form until its first code is right."""
    secret = _secret_of(form) or second_step.new_device()
    form.device.data = encrypt(secret)
    house = organisation()
    address = second_step.address_of(secret, person.email or person.name, house.name if house else "Crossbill")
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2)
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    template = "auth/device.html" if bare else "auth/two_step_device.html"
    return render_template(template, form=form, picture=picture, secret=groups), status


def _secret_of(form: DeviceForm) -> str:
    """Return the secret that this house put into the form; nothing for what it did not."""
    try:
        return decrypt(form.device.data or "")
    except InvalidToken:
        return ""


def _confirms(user_id: int, form: DeviceForm) -> bool:
    secret = _secret_of(form)
    return bool(form.validate_on_submit() and secret and second_step.confirm(user_id, secret, form.code.data))


def _codes_page(person: User, target: str) -> str:
    codes = second_step.new_recovery_codes(person.id)
    return render_template("auth/recovery_codes.html", codes=codes, target=target)


def _with_new_codes(me: User, verb: str) -> Any:
    mine = sessions.current()
    sessions.end_all(me.id, except_id=mine.id if mine else None)
    page = _codes_page(me, url_for("auth.account"))
    record(sessions.actor(), verb, ("user", me.id))
    db.session.commit()
    return page
