"""Settings → Currencies: what other currencies are worth, by date (requirements R-06)."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from billing import exchange
from billing.exchange import DayRate
from billing.exchange_files import ReadRates, UnknownFormatError, read_rates
from blueprints.access import needs
from blueprints.sessions import actor
from blueprints.settings.frame import blueprint
from blueprints.settings.organisation import the_organisation
from extensions import db
from forms.exchange import RateForm, RatesForm
from models import ExchangeRate

BANK = "European Central Bank"
#: rates of one currency that are listed
SHOWN = 60


@blueprint.get("/currencies")
@needs("settings.view")
def currencies() -> Any:
    """Show the currencies in use with their latest rate, and the rates of one of them (`currency`)."""
    return _page(None, RatesForm(formdata=None), 200)


def _page(one: RateForm | None, many: RatesForm, status: int) -> Any:
    """Show the page; without a form of one rate it offers today's of the currency that is shown."""
    here, used = the_organisation(), exchange.used_currencies()
    wanted = request.args.get("currency", "")
    shown = wanted if wanted in used else next(iter(used), "")
    if one is None:
        one = RateForm(formdata=None, data={"currency": shown, "date": here.today()})
    query = db.select(ExchangeRate).where(ExchangeRate.currency == shown).order_by(ExchangeRate.date.desc())
    return render_template(
        "settings/currencies.html", one=one, many=many, base=here.base_currency, used=used, shown=shown,
        latest=exchange.latest_rates(used), rates=db.session.scalars(query.limit(SHOWN)).all(), most=SHOWN,
    ), status  # fmt: skip


@blueprint.post("/currencies")
@needs("settings.edit")
def add_exchange_rate() -> Any:
    """Enter one rate; drafts of that day or later take it."""
    form = RateForm()
    form.base = the_organisation().base_currency
    if not form.validate_on_submit() or form.rate.value is None:
        return _page(form, RatesForm(formdata=None), 422)
    who = actor()
    new = DayRate(form.currency.data, form.date.data, form.rate.value)
    exchange.add_rate(new, form.source.data or who.name, who)
    db.session.commit()
    flash(_("Entered. Drafts of that day and later take it, unless somebody typed another."), "success")
    return redirect(url_for("settings.currencies", currency=new.currency), 303)


@blueprint.post("/currencies/import")
@needs("settings.edit")
def import_exchange_rates() -> Any:
    """Take many rates from a file or from pasted text; days that are known stay as they are."""
    form = RatesForm()
    read = _read(form) if form.validate_on_submit() else None
    if read is None:
        return _page(None, form, 422)
    source = form.source.data or (BANK if read.is_bank else actor().name)
    new = exchange.import_rates(read.rates, source, actor())
    db.session.commit()
    known = len(read.rates) - new
    said = ngettext("%(num)s new rate.", "%(num)s new rates.", new)
    said += " " + ngettext("%(num)s was known already.", "%(num)s were known already.", known) if known else ""
    if read.unread:
        lines = ", ".join(map(str, read.unread[:10])) + ("…" if len(read.unread) > 10 else "")
        said += " " + _("Lines that make no sense were left out: %(lines)s.", lines=lines)
    flash(said, "warning" if read.unread else "success")
    return redirect(url_for("settings.currencies"), 303)


def _read(form: RatesForm) -> ReadRates | None:
    """Read what was sent; None with the reason beside its field."""
    text = form.content()
    if form.file.errors:
        return None
    place = form.file if getattr(form.file.data, "filename", "") else form.text
    if not text.strip():
        place.errors = [_("Choose a file, or paste rates.")]
        return None
    try:
        read = read_rates(text, the_organisation().base_currency, exchange.used_currencies())
    except UnknownFormatError:
        place.errors = [_("This is neither the bank's table nor lines of currency, date and rate.")]
        return None
    if not read.rates:
        place.errors = [_("There is no rate in it of a currency that you use.")]
        return None
    return read


@blueprint.post("/currencies/<int(max=2147483647):rate_id>/remove")
@needs("settings.edit")
def remove_exchange_rate(rate_id: int) -> AnyResponse:
    """Take a rate out; transactions keep the rate they have."""
    rate = db.session.get(ExchangeRate, rate_id) or abort(404)
    currency = rate.currency
    exchange.remove_rate(rate, actor())
    db.session.commit()
    flash(_("The rate is removed. Transactions keep the rate they have."), "success")
    return redirect(url_for("settings.currencies", currency=currency), 303)
