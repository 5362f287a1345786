"""The shelf of reports; adding one is one file and one name here."""

from __future__ import annotations

from billing.reports import (
    ageing,
    expenses,
    income_by_customer,
    income_by_item,
    income_by_month,
    income_by_project,
    payments,
    profitability,
    tax_summary,
    time_by_person,
    unbilled,
)
from billing.reports.base import Drill, Filters, Point, Report, Result, Row

#: key → report, in the order of the index
REPORTS: dict[str, Report] = {
    module.REPORT.key: module.REPORT
    for module in (
        income_by_customer, income_by_project, income_by_item, income_by_month, ageing, unbilled, time_by_person,
        profitability, tax_summary, expenses, payments,
    )
}  # fmt: skip

__all__ = ["REPORTS", "Drill", "Filters", "Point", "Report", "Result", "Row"]
