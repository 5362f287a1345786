"""The budget of calls: what was used, how full the limits are, what a run will take, who hears of waits (M-21)."""

from sync.budget.advice import Advice, advise
from sync.budget.forecasting import Forecast, counts_of, forecast, next_full_at
from sync.budget.meter import Day, Meter, Refusal, days, meters, refusals
from sync.budget.watching import RunWatcher, waiting_run

__all__ = [
    "Advice", "Day", "Forecast", "Meter", "Refusal", "RunWatcher", "advise", "counts_of", "days", "forecast",
    "meters", "next_full_at", "refusals", "waiting_run",
]  # fmt: skip
