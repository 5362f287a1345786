"""Settings → E-mail templates: the words of each kind of e-mail in each language, seen as they would be sent."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from billing import mail
from billing.mail.builtin import BUILTIN, Words
from billing.mail.kinds import KINDS, PLACEHOLDERS
from billing.mail.letters import can_mail
from billing.mail.trial import Trial, check_words, trial
from billing.mail.words import LANGUAGES, built_in, house_language, language_name, language_of, own_words
from blueprints.access import needs
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from blueprints.settings.organisation import the_organisation
from blueprints.shown_mail import shown_mail
from extensions import db, limiter, utcnow
from forms.mail_templates import MailTemplateForm
from models import Customer, MailTemplate
from models.audit import record

_AT = "<any({}):kind>/<any({}):language>".format(", ".join(KINDS), ", ".join(LANGUAGES))


@blueprint.get("/mail-templates")
@blueprint.get(f"/mail-templates/<any({', '.join(LANGUAGES)}):language>")
@needs("settings.view")
def mail_templates(language: str = "") -> Any:
    """Show every kind with its subject in one language; the languages in use come first."""
    language = language or house_language(the_organisation())
    language = language if language in LANGUAGES else "en"
    own = {
        template.kind: template
        for template in db.session.scalars(db.select(MailTemplate).where(MailTemplate.language == language))
    }
    rows = [(kind, own.get(key) or built_in(key, language), key in own) for key, kind in KINDS.items()]
    return render_template(
        "settings/mail_templates.html", rows=rows, chosen=language, languages=_languages(language),
        language_name=language_name(language), has_own_words=language in BUILTIN,
    )  # fmt: skip


def _languages(chosen: str) -> list[tuple[str, str]]:
    """Return the languages that somebody uses, with names: the house's, ours, the customers', those written in."""
    used = {language_of(tag) for tag in db.session.scalars(db.select(Customer.language).distinct()) if tag}
    used |= set(db.session.scalars(db.select(MailTemplate.language).distinct()))
    first = [house_language(the_organisation()), *BUILTIN, *sorted(used), chosen]
    return [(code, language_name(code)) for code in dict.fromkeys(first) if code in LANGUAGES]


def _page(kind: str, language: str, form: MailTemplateForm, status: int = 200) -> Any:
    own = own_words(kind, language)
    fresh = built_in(kind, language)
    return render_template(
        "settings/mail_template.html", kind=KINDS[kind], chosen=language, language_name=language_name(language),
        form=form, is_own=own is not None, fresh=fresh, can_mail=can_mail(the_organisation()),
        placeholders=[(name, PLACEHOLDERS[name]) for name in KINDS[kind].placeholders],
    ), status  # fmt: skip


@blueprint.get(f"/mail-templates/{_AT}")
@needs("settings.view")
def mail_template(kind: str, language: str) -> Any:
    """Show one template to be edited."""
    words = own_words(kind, language) or built_in(kind, language)
    form = MailTemplateForm(formdata=None, data={"subject": words.subject, "body": words.body})
    return _page(kind, language, form)


def _checked(kind: str) -> tuple[MailTemplateForm, bool]:
    """Return the form and whether all of it can stand in this template."""
    form = MailTemplateForm()
    is_good = form.validate_on_submit()
    if is_good:
        problems = check_words(kind, Words(form.subject.data, form.body.data))
        for name, sentence in problems.items():
            form[name].errors = [sentence]
        is_good = not problems
    return form, is_good


@blueprint.post(f"/mail-templates/{_AT}")
@needs("settings.edit")
def save_mail_template(kind: str, language: str) -> Any:
    """Keep the words; those that say what the built-in ones say are not kept."""
    form, is_good = _checked(kind)
    if not is_good:
        return _page(kind, language, form, 422)
    subject, body = form.subject.data, form.body.data.replace("\r\n", "\n")
    template = own_words(kind, language) or MailTemplate(kind=kind, language=language)
    template.subject, template.body, template.updated_at = subject, body, utcnow()
    db.session.add(template)
    db.session.flush()
    record(actor(), "mail_template.saved", ("mail_template", template.id), f"{KINDS[kind].title} · {language}")
    db.session.commit()
    flash(_("Saved. The next e-mail of this kind says it so."), "success")
    return redirect(url_for("settings.mail_template", kind=kind, language=language), 303)


@blueprint.post(f"/mail-templates/{_AT}/reset")
@needs("settings.edit")
def reset_mail_template(kind: str, language: str) -> AnyResponse:
    """Go back to the built-in words."""
    if (own := own_words(kind, language)) is not None:
        record(actor(), "mail_template.reset", ("mail_template", own.id), f"{KINDS[kind].title} · {language}")
        db.session.delete(own)
        db.session.commit()
    flash(_("The built-in words are back."), "success")
    return redirect(url_for("settings.mail_template", kind=kind, language=language), 303)


@blueprint.get(f"/mail-templates/{_AT}/shown")
@needs("settings.view")
def show_mail_template(kind: str, language: str) -> Response:
    """Show the template as it would be sent now."""
    words = own_words(kind, language)
    return _shown(trial(kind, Words(words.subject, words.body) if words else built_in(kind, language), language))


@blueprint.post(f"/mail-templates/{_AT}/shown")
@needs("settings.view")
def try_mail_template(kind: str, language: str) -> Any:
    """Show what is typed as it would be sent; nothing is kept."""
    form, is_good = _checked(kind)
    if not is_good:
        problems = [str(error) for errors in form.errors.values() for error in errors]
        return shown_mail(render_template("settings/mail_problem.html", problems=problems), 422)
    return _shown(trial(kind, Words(form.subject.data, form.body.data), language))


def _shown(made: Trial) -> Response:
    db.session.rollback()  # a link that was made for looking is not kept
    return shown_mail(made.html)


@blueprint.post(f"/mail-templates/{_AT}/test")
@needs("settings.edit")
@limiter.limit("10 per 15 minutes")
def test_mail_template(kind: str, language: str) -> Any:
    """Send what is typed to the person at the keyboard, and say what the server answered."""
    if not can_mail(the_organisation()):
        abort(409)
    form, is_good = _checked(kind)
    if not is_good:
        return _page(kind, language, form, 422)
    made = trial(kind, Words(form.subject.data, form.body.data), language)
    message = mail.queue_test(current_user.email, made.subject, made.text, made.html)
    db.session.commit()
    outcome = mail.deliver(message.id, db.session.commit)
    said = outcome.answer if outcome else ""
    if message.status == "sent":
        flash(_("The test is on its way to %(to)s.", to=message.to), "success")
    else:
        flash(_("The test was not sent: %(answer)s", answer=said), "error")
    return _page(kind, language, form)
