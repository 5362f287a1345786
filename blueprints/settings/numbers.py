"""Settings → Numbers: the pattern and the next number of each type of transaction (requirements R-08)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from billing.errors import MoveRefused
from billing.number_proof import MOST_VOID, used_numbers, void_numbers
from billing.numbering import format_number, is_pattern, next_number, series_of, set_series
from billing.types import TYPES
from blueprints.access import needs
from blueprints.render import page_or_fragment
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from blueprints.settings.organisation import the_organisation
from extensions import db
from forms.numbers import NumbersForm
from models.audit import record


def _year() -> int:
    return the_organisation().today().year


def _stored(key: str) -> NumbersForm:
    series = series_of(key)
    number = 1 if 0 < series.year < _year() else series.next_number
    return NumbersForm(formdata=None, prefix=key, data={"pattern": series.pattern, "number": number})


@blueprint.get("/numbers")
@needs("settings.view")
def numbers() -> Any:
    """Show how each type is numbered, with the number that comes next."""
    return _page({})


def _page(changed: Mapping[str, NumbersForm], status: int = 200) -> Any:
    cards = []
    for kind in TYPES.values():
        form = changed.get(kind.key) or _stored(kind.key)
        cards.append((kind, form, preview_of(form) or next_number(kind.key, _year())))
    return render_template("settings/numbers.html", cards=cards), status


def preview_of(form: NumbersForm) -> str:
    """Return the number that this pattern makes next; empty while it makes none."""
    pattern, number = form.pattern.data or "", form.number.data
    is_whole = isinstance(number, int) and number > 0
    return format_number(pattern, _year(), number) if is_whole and is_pattern(pattern) else ""


@blueprint.post("/numbers/<key>/preview")
@needs("settings.edit")
def preview_numbers(key: str) -> Any:
    """Show what a typed pattern makes; stores nothing."""
    kind = TYPES.get(key) or abort(404)
    form = NumbersForm(prefix=key)
    card = (kind, form, preview_of(form))
    return page_or_fragment(
        "settings/numbers.html", "settings/_next_number.html", cards=[card], kind=kind, made=card[2]
    )


@blueprint.post("/numbers/<key>")
@needs("settings.edit")
def save_numbers(key: str) -> Any:
    """Store pattern and next number; what would meet a used number is refused."""
    kind = TYPES.get(key) or abort(404)
    before, form = next_number(key, _year()), NumbersForm(prefix=key)
    if not form.validate_on_submit():
        return _page({key: form}, 422)
    try:
        set_series(key, form.pattern.data, form.number.data, _year())
    except MoveRefused as reason:
        db.session.rollback()
        form.number.errors = [str(reason)]
        return _page({key: form}, 422)
    after = next_number(key, _year())
    change = ({"next": before}, {"next": after, "pattern": form.pattern.data})
    record(actor(), "numbers.changed", ("number_series", None), f"{kind.title_plural}: {after}", change)
    db.session.commit()
    flash(_("The next one is %(number)s.", number=after), "success")
    return redirect(url_for("settings.numbers"), 303)


@blueprint.get("/numbers/<key>/used")
@needs("settings.view")
def used(key: str) -> Any:
    """Show that the numbers of a type have no gaps, and which of them are void."""
    kind = TYPES.get(key) or abort(404)
    return render_template(
        "settings/used_numbers.html", kind=kind, series=used_numbers(key), voided=void_numbers(key),
        most_void=MOST_VOID,
    )  # fmt: skip
