"""Settings → Reminders: whether overdue transactions are followed up, by which schedule, and who gets what today."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import reminders as schedule
from billing.mail.kinds import KINDS
from billing.mail.letters import can_mail
from billing.types import type_of
from blueprints.access import needs
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from blueprints.settings.organisation import store, the_organisation
from extensions import db, utcnow
from forms.reminders import ReminderRuleForm, RemindersForm
from models import Organisation, ReminderRule

#: transactions that the page of today names
SHOWN = 200


def _kinds() -> list[tuple[str, str]]:
    return [(key, _(kind.title)) for key, kind in KINDS.items() if kind.is_reminder]


def _page(form: RemindersForm, rule_form: ReminderRuleForm, status: int = 200) -> Any:
    here = the_organisation()
    due = schedule.due_today(here, SHOWN)
    return render_template(
        "settings/reminders.html", form=form, rule_form=rule_form, rules=schedule.all_rules(), due=due,
        kinds=dict(_kinds()), can_mail=can_mail(here), hour=schedule.REMIND_FROM, type_of=type_of,
        is_done=here.reminded_on == here.today(), percent=here.late_fee_percent,
    ), status  # fmt: skip


def _forms(here: Organisation) -> tuple[RemindersForm, ReminderRuleForm]:
    form = RemindersForm(formdata=None, obj=here)
    form.late_fee_percent.data = Decimal(f"{here.late_fee_percent.normalize():f}")
    return form, ReminderRuleForm(formdata=None).offering(_kinds())


@blueprint.get("/reminders")
@needs("settings.view")
def reminders() -> Any:
    """Show the schedule, and what it does today."""
    return _page(*_forms(the_organisation()))


@blueprint.post("/reminders")
@needs("settings.edit")
def save_reminders() -> Any:
    """Switch reminders on or off; a schedule without stages gets the usual ones. The first go out next morning."""
    here, form = the_organisation(), RemindersForm()
    if not form.validate_on_submit():
        return _page(form, _forms(here)[1], 422)
    begins = bool(form.has_reminders.data) and not here.has_reminders
    store(here, {name: form[name].data for name in ("has_reminders", "late_fee_percent")})
    if begins:
        schedule.preset_rules(actor())
        is_late = utcnow().astimezone(here.zone).hour >= schedule.REMIND_FROM
        here.reminded_on = here.today() if is_late else here.reminded_on
    db.session.commit()
    flash(_("Reminders are on. The first go out next morning.") if begins else _("Saved."), "success")
    return redirect(url_for("settings.reminders"), 303)


@blueprint.post("/reminders/rules")
@needs("settings.edit")
def add_reminder_rule() -> Any:
    """Add a stage, or change the one of that day."""
    rule_form = ReminderRuleForm().offering(_kinds())
    if not rule_form.validate_on_submit():
        return _page(_forms(the_organisation())[0], rule_form, 422)
    schedule.set_rule(
        rule_form.signed_days, rule_form.kind.data, adds_late_fee=bool(rule_form.adds_late_fee.data), actor=actor()
    )
    db.session.commit()
    flash(_("The schedule is changed."), "success")
    return redirect(url_for("settings.reminders"), 303)


@blueprint.post("/reminders/rules/<int:id>/<any(stop, start):verb>")
@needs("settings.edit")
def switch_reminder_rule(id: int, verb: str) -> AnyResponse:
    """Switch a stage off or on; what it sent stays known."""
    rule = db.session.get(ReminderRule, id) or abort(404)
    if verb == "stop":
        schedule.stop_rule(rule, actor())
    else:
        schedule.set_rule(rule.days, rule.kind, adds_late_fee=rule.adds_late_fee, actor=actor())
    db.session.commit()
    flash(_("The schedule is changed."), "success")
    return redirect(url_for("settings.reminders"), 303)
