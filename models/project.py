"""Projects and what they are made of: staff rates, milestones, tasks, bugs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, ScaledDecimal, UTCDateTime, utcnow
from models.customer import Customer

#: requirements T-12
BILLING_METHODS = {
    "fixed": "Fixed cost",
    "project_hours": "Based on project hours",
    "task_hours": "Based on task hours",
    "staff_hours": "Based on staff hours",
    "daily_rate": "Based on a daily rate",
}

#: requirements T-13; total cost is not offered for fixed-cost projects
BUDGET_KINDS = {
    "total_cost": "Total cost",
    "total_hours": "Total hours",
    "task_hours": "Hours per task",
    "staff_hours": "Hours per person",
}
#: requirements T-18
APPROVAL_POLICIES = {
    "none": "Nobody's: hours are ready at once",
    "internal": "A manager's",
    "customer": "The customer's",
}


class Project(Model):
    """Work for one customer. Rates and amounts are in `currency`; NULL rate: the organisation's default rate."""

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint(
            "billing_method IN ('fixed','project_hours','task_hours','staff_hours','daily_rate')",
            name="billing_method",
        ),
        Index("ix_projects_name_id", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    #: short key shown by the remote, e.g. VO-390
    key: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"), index=True)
    #: ISO 4217
    currency: Mapped[str]
    status: Mapped[str] = mapped_column(default="Active")
    is_active: Mapped[bool] = mapped_column(default=True)
    owner_name: Mapped[str] = mapped_column(default="")
    start_date: Mapped[date | None] = mapped_column(default=None)
    end_date: Mapped[date | None] = mapped_column(default=None)
    billing_method: Mapped[str] = mapped_column(default="project_hours")
    #: per hour (project hours) or per day (daily rate)
    rate: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4), default=None)
    #: the price of a fixed-cost project
    fixed_amount: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4), default=None)
    #: what the budget limits (requirements T-13); empty: no budget
    budget_kind: Mapped[str] = mapped_column(default="", server_default="")
    #: budget of hours of the whole project, whole seconds
    budget_seconds: Mapped[int | None] = mapped_column(default=None)
    #: budget of cost, in `currency`
    budget_amount: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4), default=None)
    #: whose approval an hour needs before it is billed (requirements T-18); empty: as the organisation says
    approval_policy: Mapped[str] = mapped_column(default="", server_default="")
    source: Mapped[str] = mapped_column(default="local")
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)

    customer: Mapped[Customer] = relationship()


class ProjectStaff(Model):
    """Who works on a project and what an hour of theirs costs its customer."""

    __tablename__ = "project_staff"
    __table_args__ = (UniqueConstraint("project_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    #: per hour in the project's currency; NULL: the person's own rate
    rate: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4), default=None)
    #: where the project's budget is hours per person
    budget_seconds: Mapped[int | None] = mapped_column(default=None)
    #: the sync run that put the person here; NULL: somebody did by hand
    created_run_id: Mapped[int | None] = mapped_column(default=None)


class Milestone(Model):
    """A dated goal of a project."""

    __tablename__ = "milestones"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="")
    is_closed: Mapped[bool] = mapped_column(default=False)
    start_date: Mapped[date | None] = mapped_column(default=None)
    end_date: Mapped[date | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(default="local")


class Task(Model):
    """A piece of work in a project."""

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_project_id_name_id", "project_id", "name", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestones.id", ondelete="SET NULL"), index=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    tasklist: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="")
    is_closed: Mapped[bool] = mapped_column(default=False)
    is_billable: Mapped[bool] = mapped_column(default=True)
    priority: Mapped[str] = mapped_column(default="")
    #: per hour where the billing method is task hours
    rate: Mapped[Decimal | None] = mapped_column(ScaledDecimal(4), default=None)
    estimate_seconds: Mapped[int | None] = mapped_column(default=None)
    #: where the project's budget is hours per task
    budget_seconds: Mapped[int | None] = mapped_column(default=None)
    start_date: Mapped[date | None] = mapped_column(default=None)
    end_date: Mapped[date | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(default="local")
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Bug(Model):
    """A defect reported in a project (Zoho Projects: issue)."""

    __tablename__ = "bugs"
    __table_args__ = (Index("ix_bugs_project_id_title_id", "project_id", "title", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    title: Mapped[str]
    key: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="")
    is_closed: Mapped[bool] = mapped_column(default=False)
    severity: Mapped[str] = mapped_column(default="")
    due_date: Mapped[date | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(default="local")
    custom: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
