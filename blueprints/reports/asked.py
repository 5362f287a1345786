"""What a report's page is asked for in its query string."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy import union

from billing.reports import Filters, Report
from blueprints.asked import whole
from blueprints.choosing import name_of, named
from blueprints.filters import day, this_organisation
from blueprints.paging import url_with
from blueprints.reports.periods import PERIODS, Period
from extensions import db
from models import Customer, Project


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, with what its page shows of it."""

    report: Report
    filters: Filters
    period: Period
    customer_name: str
    project_name: str

    def words(self) -> dict[str, Any]:
        """Return it as a query string says it, for the report's downloads."""
        filters, words = self.filters, {}
        if "period" in self.report.takes:
            words["period"] = self.period.key
        if self.period.key == "custom":
            words |= {"since": filters.since.isoformat(), "until": filters.until.isoformat()}
        narrowed = {"customer_id": filters.customer_id, "project_id": filters.project_id}
        words |= {name: str(number) for name, number in narrowed.items() if number is not None}
        return words | {name: text for name, text in (("currency", filters.currency), ("by", filters.choice)) if text}

    def said(self) -> list[tuple[str, str]]:
        """Return what narrows it, as (words, address without it)."""
        filters = self.filters
        found = {"customer_id": self.customer_name} if filters.customer_id is not None else {}
        found |= {"project_id": self.project_name} if filters.project_id is not None else {}
        found |= {"currency": filters.currency} if filters.currency else {}
        return [(text, url_with(**{name: None, f"{name}_text": None})) for name, text in found.items()]

    @property
    def days(self) -> str:
        """The period in words; today for what is told as it is now."""
        if "period" not in self.report.takes:
            return str(_("As of %(day)s", day=day(self.filters.today)))
        return f"{day(self.filters.since)} – {day(self.filters.until)}"

    @property
    def subtitle(self) -> str:
        """All of it in one line, for a file."""
        filters, parts = self.filters, [self.days]
        parts += [self.customer_name] if filters.customer_id is not None else []
        parts += [self.project_name] if filters.project_id is not None else []
        parts += [filters.currency] if filters.currency else []
        parts += [f"{self.report.choice_word}: {self.report.choices[filters.choice]}"] if filters.choice else []
        return " · ".join(str(part) for part in parts)


def asked(report: Report) -> Asked:
    """Read the query string; a name typed without picking filters too, and an unknown one fits nothing."""
    found, args = this_organisation(), request.args.to_dict()
    period = Period.read(args, found.today())
    customer_id = _chosen(Customer, "customer_id") if "customer" in report.takes else None
    project_id = _chosen(Project, "project_id") if "project" in report.takes else None
    currency = args.get("currency", "") if "currency" in report.takes else ""
    choice = args.get("by", "")
    filters = Filters(
        period.since, period.until, found.today(), customer_id, project_id,
        currency if currency in currencies() else "",
        choice if choice in report.choices else next(iter(report.choices), ""),
    )  # fmt: skip
    return Asked(
        report, filters, period, name_of(Customer, customer_id, args, "customer_id"),
        name_of(Project, project_id, args, "project_id"),
    )  # fmt: skip


def _chosen(model: Any, field: str) -> int | None:
    if (number := whole(request.args.get(field))) is not None:
        return number
    text = request.args.get(f"{field}_text", "").strip()
    if not text:
        return None
    found = named(model, text)
    return found.id if found else 0


def currencies() -> list[str]:
    """Return the currencies that customers and projects are in, by code."""
    used = union(db.select(Customer.currency).distinct(), db.select(Project.currency).distinct())
    return sorted({*db.session.scalars(used), this_organisation().base_currency})


def period_choices() -> list[tuple[str, str]]:
    """Return the presets with their words."""
    return [(key, str(word)) for key, word in PERIODS.items()]
