"""Settings → Your own fields: what the organisation keeps about customers beyond what every business does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from billing import custom_fields as billing_fields
from billing.errors import MoveRefused
from blueprints.access import needs
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from extensions import db
from forms.custom_fields import CustomFieldForm
from models import CustomField

AREA = "customers"


@blueprint.get("/custom-fields")
@needs("settings.view")
def custom_fields() -> Any:
    """Show the fields and a form for another one."""
    return _page(CustomFieldForm(formdata=None))


def _page(form: CustomFieldForm, status: int = 200, edited: CustomField | None = None) -> Any:
    return render_template(
        "settings/custom_fields.html", form=form, fields=_all(), edited=edited, types=billing_fields.TYPES,
        most=billing_fields.MOST,
    ), status  # fmt: skip


def _all() -> Sequence[CustomField]:
    query = db.select(CustomField).where(CustomField.area == AREA)
    return db.session.scalars(query.order_by(CustomField.is_active.desc(), CustomField.id)).all()


@blueprint.post("/custom-fields")
@needs("settings.edit")
def add_custom_field() -> Any:
    """Add a field; forms of customers show it at once."""
    form = CustomFieldForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        field = billing_fields.define(AREA, form.label.data, form.type.data or "text", form.chosen(), actor())
    except MoveRefused as refused:
        db.session.rollback()
        form.form_errors = [str(refused)]
        return _page(form, 422)
    label = field.label
    db.session.commit()
    flash(_("%(name)s stands in the forms of customers now.", name=label), "success")
    return redirect(url_for("settings.custom_fields"), 303)


@blueprint.route("/custom-fields/<int:id>", methods=["GET", "POST"])
@needs("settings.edit")
def edit_custom_field(id: int) -> Any:
    """Give a field another name or other choices; its type stays, because values have it."""
    field = _field(id)
    presets = {"label": field.label, "type": field.type, "choices": "\n".join(field.choices or [])}
    form = CustomFieldForm(data=presets)
    if not form.is_submitted():
        return _page(form, edited=field)
    form.type.data = field.type
    form.type.choices = [(field.type, field.type)]
    if not form.validate():
        return _page(form, 422, field)
    try:
        billing_fields.change(field, form.label.data, form.chosen(), actor())
    except MoveRefused as refused:
        db.session.rollback()
        form.form_errors = [str(refused)]
        return _page(form, 422, _field(id))
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("settings.custom_fields"), 303)


@blueprint.post("/custom-fields/<int:id>/<any(retire, offer):verb>")
@needs("settings.edit")
def offer_custom_field(id: int, verb: str) -> Any:
    """Stop offering a field, or offer it again; the values that customers have stay."""
    field = _field(id)
    label = field.label
    try:
        billing_fields.offer(field, verb == "offer", actor())
    except MoveRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return redirect(url_for("settings.custom_fields"), 303)
    db.session.commit()
    words = _("%(name)s is offered again.") if verb == "offer" else _("%(name)s is no longer offered.")
    flash(words % {"name": label}, "success")
    return redirect(url_for("settings.custom_fields"), 303)


def _field(id: int) -> CustomField:
    field = db.session.get(CustomField, id)
    return field if field is not None and field.area == AREA else abort(404)
