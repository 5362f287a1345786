"""Settings → Preferences → Projects: how hours become money unless a project says otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from billing.approvals import policy_changed
from billing.money import round_money
from blueprints.access import needs
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from blueprints.settings.organisation import store, the_organisation
from extensions import db
from forms.settings import PreferencesForm
from models import Project, TimeEntry

NAMES = (
    "max_seconds_per_day", "default_rate", "rounding_mode", "default_layout", "payment_terms_days", "has_free_amounts",
    "approval_policy", "default_tax_mode", "default_terms",
)  # fmt: skip


@blueprint.get("/preferences")
@needs("settings.view")
def preferences_index() -> Any:
    """There is one page of preferences so far."""
    return redirect(url_for("settings.preferences"), 303)


@blueprint.get("/preferences/projects")
@needs("settings.view")
def preferences() -> Any:
    """Show the preferences of projects."""
    here = the_organisation()
    form = PreferencesForm(formdata=None, obj=here)
    form.default_rate.data = _as_written(here.default_rate, here.base_currency)
    return render_template("settings/preferences.html", form=form, currency=here.base_currency)


def _as_written(rate: Decimal, currency: str) -> Decimal:
    """Return the rate with the currency's own places, unless it has finer ones."""
    rounded = round_money(rate, currency)
    return rounded if rounded == rate else rate


@blueprint.post("/preferences/projects")
@needs("settings.edit")
def save_preferences() -> Any:
    """Store them; the next sync and the next invoice use them (requirements C-57, T-17)."""
    here = the_organisation()
    form = PreferencesForm()
    if not form.validate_on_submit():
        return render_template("settings/preferences.html", form=form, currency=here.base_currency), 422
    values = {name: form[name].data for name in NAMES}
    if form.rounding_minutes.data:
        values["rounding_minutes"] = form.rounding_minutes.data
    usual = TimeEntry.project_id.in_(db.select(Project.id).where(Project.approval_policy == ""))
    policy_changed(here.approval_policy, values["approval_policy"], usual, actor())
    store(here, values)
    db.session.commit()
    flash(_("The preferences are saved. The next sync and the next invoice use them."), "success")
    return redirect(url_for("settings.preferences"), 303)
