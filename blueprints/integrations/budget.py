"""*API budget*: calls by module and day, how full Zoho's limits are, and what the next runs will take (M-21)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from blueprints.access import needs
from blueprints.filters import day as written
from blueprints.integrations.frame import blueprint, integration_or_404, title_or_404
from blueprints.render import page_or_fragment
from extensions import utcnow
from forms.integrations import INTERVALS
from models import Integration
from sync import budget, connection
from sync.budget import Advice, Day, Forecast
from sync.connection import report


@blueprint.get("/<key>/budget")
@needs("integrations.view")
def api_budget(key: str) -> Any:
    """Show the meter; the part that changes is polled while something waits or runs."""
    integration = integration_or_404(key)
    waits = budget.waiting_run(integration.id)
    meters = budget.meters(integration)
    context: dict[str, Any] = {
        "key": key,
        "title": title_or_404(key),
        "integration": integration,
        "meters": meters,
        "waits": waits,
        "is_busy": waits is not None or any(meter.opens_in for meter in meters),
        "modules": {module.key: module for module in connection.modules_in_order(integration.connector)},
        "places": places,
        "span": span,
    }
    fragment = "integrations/_budget_now.html"
    return page_or_fragment("integrations/budget.html", fragment, **context, **_whole(integration, utcnow()))


def _whole(integration: Integration, now: datetime) -> dict[str, Any]:
    days = budget.days(integration, now.date())
    counts = budget.counts_of(integration)
    quick = budget.forecast(integration, "quick", report.next_at(integration, report.shown_run(integration)), counts)
    full = budget.forecast(integration, "full", budget.next_full_at(integration, now), counts)
    refusals = budget.refusals(integration, now.date())
    lately = sum(refusal.times for refusal in refusals if refusal.at > now - timedelta(days=1))
    choices = [minutes for minutes, _words in INTERVALS]
    advice = budget.advise(integration.interval_minutes, choices, quick, full, lately)
    return {
        "days": days,
        "bars": [(_label(day, days[-1]), day.total, _day_words(day)) for day in days],
        "totals": _by_module(days),
        "forecasts": [(_forecast_title(found), found) for found in (quick, full) if found is not None],
        "refusals": refusals,
        "advice": [_words_of(one) for one in advice],
    }


def _by_module(days: list[Day]) -> list[tuple[str, int, int]]:
    """Return per module the calls of today and of all days, the largest first."""
    keys = {key for day in days for key in day.calls}
    rows = [(key, days[-1].calls.get(key, 0), sum(day.calls.get(key, 0) for day in days)) for key in keys]
    return sorted(rows, key=lambda row: -row[2])


def _label(day: Day, today: Day) -> str:
    """Return the number below a bar: every fifth day has one, so that they fit on a phone."""
    return "" if (today.day - day.day).days % 5 else str(day.day.day)


def _day_words(day: Day) -> str:
    words = _("%(date)s: %(n)s calls", date=written(day.day), n=day.total)
    return str(words + (", " + _("%(n)s refused", n=day.throttled) if day.throttled else ""))


def _forecast_title(found: Forecast) -> str:
    return str(_("Next full sync") if found.kind == "full" else _("Next quick sync"))


def _words_of(advice: Advice) -> tuple[str, str]:
    """Return a piece of advice as its tone and its sentence."""
    if advice.code == "longer_interval":
        sentence = _(
            "Raise the interval to %(interval)s: a quick sync of your portal needs %(calls)s calls, which Zoho's limit "
            "spreads over %(span)s.",
            interval=span(advice.minutes * 60), calls=advice.calls, span=span(advice.seconds),
        )  # fmt: skip
        return "warn", sentence
    if advice.code == "shared_limit":
        return "warn", _(
            "Zoho refused %(n)s calls in the last 24 hours. If another program signs in with the same account, "
            "give it an account of its own.",
            n=advice.times,
        )
    if advice.code == "long_full":
        return "warn", _(
            "A full sync needs %(calls)s calls, which Zoho's limit spreads over %(span)s. Archive projects in Zoho "
            "that are over.",
            calls=advice.calls, span=span(advice.seconds),
        )  # fmt: skip
    return "ok", _("Nothing to do: a quick sync needs %(calls)s calls, and there is room for it.", calls=advice.calls)


def span(seconds: int) -> str:
    """Return a span of time in words: `40 s`, `6 min`, `2 h`."""
    if seconds < 120:
        return str(_("%(n)s s", n=seconds))
    if seconds < 7200 and seconds % 3600:
        return str(_("%(n)s min", n=-(-seconds // 60)))
    return str(_("%(n)s h", n=-(-seconds // 3600)))


def places(endpoint: str) -> str:
    """Return an endpoint as people can read it: the part of the path that differs."""
    return endpoint.removeprefix("GET ").replace("/api/v3/portal/{id}", "").replace("/api/v3", "").replace("{id}", "…")
