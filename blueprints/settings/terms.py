"""Settings → Payment terms: when invoices are due, by name."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import terms
from billing.errors import MoveRefused
from blueprints.access import needs
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from blueprints.settings.organisation import the_organisation
from extensions import db
from forms.terms import TermForm
from models import PaymentTerm
from models.terms import TERM_KINDS


@blueprint.get("/terms")
@needs("settings.view")
def payment_terms() -> Any:
    """Show the terms, with the date that each makes of today, and a form for others."""
    return _page(TermForm(formdata=None), 200)


def _page(form: TermForm, status: int) -> Any:
    here, found = the_organisation(), terms.all_terms(is_all=True)
    today = here.today()
    return render_template(
        "settings/terms.html", form=form, terms=found, today=today, kinds=TERM_KINDS, days=here.payment_terms_days,
        has_default=any(term.is_default for term in found),
    ), status  # fmt: skip


@blueprint.post("/terms")
@needs("settings.edit")
def add_payment_term() -> Any:
    """Add terms; customers and drafts can have them at once."""
    form = TermForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        term = terms.add_term(form.name.data, form.kind.data, form.days.data, actor())
    except MoveRefused as reason:
        db.session.rollback()
        form.name.errors = [str(reason)]
        return _page(form, 422)
    db.session.commit()
    flash(_("%(name)s can be chosen now.", name=term.name), "success")
    return redirect(url_for("settings.payment_terms"), 303)


@blueprint.post("/terms/<int(max=2147483647):term_id>/<any(retire, offer, make_default, no_default):verb>")
@needs("settings.edit")
def change_payment_term(term_id: int, verb: str) -> AnyResponse:
    """Offer terms or not, or make them the default ones."""
    term = db.session.get(PaymentTerm, term_id) or abort(404)
    try:
        if verb in {"retire", "offer"}:
            terms.offer(term, verb == "offer", actor())
        else:
            terms.set_default(term if verb == "make_default" else None, actor())
    except MoveRefused as reason:
        db.session.rollback()
        flash(str(reason), "error")
        return redirect(url_for("settings.payment_terms"), 303)
    db.session.commit()
    flash(_("Saved. Drafts that are there already keep their due date."), "success")
    return redirect(url_for("settings.payment_terms"), 303)
