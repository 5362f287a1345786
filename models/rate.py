"""Rates and costs that hold from a day on; before the first day the undated rate of the place counts (T-19)."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model, ScaledDecimal, UTCDateTime, utcnow


def _one_a_day(name: str, columns: tuple[str, ...], where: str) -> Index:
    """Return the law that one place has one amount a day; look-ups use the same index."""
    return Index(
        name, "kind", *columns, "from_date", unique=True, sqlite_where=text(where), postgresql_where=text(where)
    )


class DatedRate(Model):
    """What an hour brings (`rate`) or costs us (`cost`) from a day on, at one place.

    The place is a task, a person on a project, a person everywhere, or a project. Rates of a task, of a project and
    of a person on a project are in the project's currency, a person's own rate is in base currency. Costs belong to
    people (everywhere, or on one project) and are always in base currency. Amounts are per hour; a project's rate is
    per day where its billing method is the daily rate.
    """

    __tablename__ = "dated_rates"
    __table_args__ = (
        CheckConstraint("kind IN ('rate','cost')", name="kind"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint(
            "(task_id IS NOT NULL AND project_id IS NULL AND user_id IS NULL) OR "
            "(task_id IS NULL AND (project_id IS NOT NULL OR user_id IS NOT NULL))",
            name="place",
        ),
        CheckConstraint("kind = 'rate' OR user_id IS NOT NULL", name="cost_of_person"),
        _one_a_day("uq_dated_rates_task", ("task_id",), "task_id IS NOT NULL"),
        _one_a_day("uq_dated_rates_staff", ("user_id", "project_id"), "user_id IS NOT NULL AND project_id IS NOT NULL"),
        _one_a_day("uq_dated_rates_person", ("user_id",), "user_id IS NOT NULL AND project_id IS NULL"),
        _one_a_day("uq_dated_rates_project", ("project_id",), "project_id IS NOT NULL AND user_id IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(default="rate")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), default=None)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), default=None)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), default=None)
    #: the first day on which it counts
    from_date: Mapped[dt.date]
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(4))
    created_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
