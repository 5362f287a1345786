"""Payment terms: how many days after a date, or after the end of its month, an invoice is due."""

from __future__ import annotations

import calendar
import datetime as dt
from datetime import timedelta

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Model

#: kinds and the words people see
TERM_KINDS = {"days": "Days after the date", "month_end": "Days after the end of the month"}


class PaymentTerm(Model):
    """A named rule that makes a due date of a date. The default one holds where a customer has none."""

    __tablename__ = "payment_terms"
    __table_args__ = (
        CheckConstraint("kind IN ('days','month_end')", name="kind"),
        CheckConstraint("days >= 0", name="days"),
        Index(
            "uq_payment_terms_default", "is_default", unique=True,
            sqlite_where=text("is_default"), postgresql_where=text("is_default"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="days")
    days: Mapped[int]
    is_default: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)

    def due_date(self, day: dt.date) -> dt.date:
        """Return when something of this day is due."""
        if self.kind == "month_end":
            day = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        return day + timedelta(days=self.days)
