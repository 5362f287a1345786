"""Settings → Mail: the server that sends invoices and letters; its password is stored encrypted and never shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from billing.errors import MoveRefused
from billing.mail import send_test
from blueprints.access import needs
from blueprints.render import page_or_fragment, wants_fragment
from blueprints.sessions import actor, needs_recent_password
from blueprints.settings.frame import blueprint
from blueprints.settings.organisation import store, the_organisation
from extensions import db, encrypt, limiter
from forms.settings import MailForm
from models.audit import record

NAMES = ("mail_host", "mail_port", "mail_security", "mail_user", "mail_from")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the mail server said to a test, and whether it took it."""

    text: str
    is_good: bool
    to: str


def mail_form(*, fresh: bool = False) -> MailForm:
    """Return the form, filled from the request when it was posted, else from what is stored; never the password."""
    here = the_organisation()
    if request.method == "POST" and not fresh:
        return MailForm()
    form = MailForm(formdata=None, data={name: getattr(here, name) for name in NAMES})
    form.mail_from.data = here.mail_from or here.email
    return form


def has_password() -> bool:
    """Say whether a mail password is stored; that is all anybody learns of it."""
    return bool(the_organisation().mail_password)


def store_mail(form: MailForm) -> None:
    """Write the settings; an empty password keeps the stored one. Does not commit."""
    here = the_organisation()
    if here.mail_host != form.mail_host.data or not form.mail_user.data:
        here.mail_password = ""  # a password belongs to one server; it is not sent to another
    store(here, {name: form[name].data for name in NAMES})
    if form.mail_password.data:
        here.mail_password = encrypt(form.mail_password.data)
        record(actor(), "organisation.mail_password_set", ("organisation", 1))


def test_answer(to: str) -> Answer:
    """Send a test with the stored settings and return the server's answer; holds no lock meanwhile."""
    here = the_organisation()
    db.session.refresh(here)
    db.session.expunge(here)
    db.session.rollback()
    try:
        return Answer(send_test(here, to), True, to)
    except MoveRefused as refusal:
        return Answer(str(refusal), False, to)


def _page(form: MailForm, answer: Answer | None = None, status: int = 200) -> Any:
    return render_template("settings/mail.html", form=form, answer=answer, has_password=has_password()), status


@blueprint.get("/mail")
@needs("settings.view")
def mail() -> Any:
    """Show how mail is sent."""
    return _page(mail_form())


@blueprint.post("/mail")
@needs("settings.edit")
@needs_recent_password
def save_mail() -> Any:
    """Store how to reach the mail server."""
    form = mail_form()
    if not form.validate_on_submit():
        return _page(form, status=422)
    store_mail(form)
    db.session.commit()
    flash(_("The mail settings are saved. Send yourself a test."), "success")
    return redirect(url_for("settings.mail"), 303)


@blueprint.post("/mail/test")
@needs("settings.edit")
@limiter.limit("10 per 15 minutes")
def test_mail() -> Any:
    """Send the person a test with the stored settings and show the server's answer."""
    answer = test_answer(current_user.email)
    if wants_fragment():
        return page_or_fragment("settings/mail.html", "settings/_mail_answer.html", answer=answer)
    return _page(mail_form(fresh=True), answer)
