"""How one of the agency's projects is filled: task lists, milestones, tasks and issues along its time."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from standin.seed.building import Builder
from standin.seed.demo.projects import Plan
from standin.seed.demo.words import ISSUES, TASKS
from standin.world.records import Client, Project, User

BROWSERS = ("Chrome", "Firefox", "Safari", "Edge")
SEVERITIES = ("Minor", "Minor", "Major", "Critical", "Show stopper")


def fill_project(builder: Builder, random: Random, plan: Plan, clients: list[Client]) -> Project:
    """The project with everything in it but hours."""
    begun, ended = _moments(builder, plan)
    people = list(builder.portal.users.values())
    team = [people[position] for position in plan.team]
    project = builder.project(
        plan.name, begun, clients=[clients[position] for position in plan.clients],
        primary=clients[plan.clients[0]] if plan.clients else None, owner=team[0], users=team, end=ended.date(),
        budget={"currency": plan.currency, "tracking_method": "project_hours"},
        status=builder.portal.status("project", name=plan.status), fields=_fields(plan, ended),
        description=f"<div>{plan.name}: agreed scope is in the statement of work.</div>",
    )  # fmt: skip
    project.modified = min(ended, builder.world.built_at - timedelta(hours=5))
    _fill_tasks(builder, random, plan, project, team)
    _fill_issues(builder, random, plan, project, team)
    return project


def _fill_tasks(builder: Builder, random: Random, plan: Plan, project: Project, team: list[User]) -> None:
    lists = TASKS[plan.sort]
    begun, ended = _moments(builder, plan)
    step = (ended - begun) / sum(len(tasks) for tasks in lists.values())
    at = begun
    for number, (name, tasks) in enumerate(lists.items()):
        until = at + step * len(tasks)
        milestone = builder.milestone(
            project, f"{name} done", begun, start=at.date(), end=until.date(), closed=until < builder.world.built_at
        )
        tasklist = builder.tasklist(project, name, begun, milestone=milestone)
        for task in tasks:
            owners = random.sample(team, min(len(team), 2))
            _task(builder, random, project, task, at, at + step, tasklist=tasklist, owners=owners)
            at += step
        milestone.sequence = number + 1


def _task(
    builder: Builder, random: Random, project: Project, name: str, at: datetime, until: datetime, **values: object
) -> None:
    today = builder.world.built_at
    done = until + timedelta(days=7) < today
    started = at < today
    status = "Closed" if done else "In Progress" if started else "Open"
    task = builder.task(
        project, name, min(at, today - timedelta(days=3)), start=at.date(), end=until.date(),
        status=builder.portal.status("task", name=status), completion=100 if done else 40 if started else 0,
        priority=random.choice(("none", "low", "medium", "high")), work_minutes=random.choice((480, 960, 1440, 2400)),
        fields={"cf_area": random.choice(("Design", "Build", "Content", "Strategy"))}, **values,
    )  # fmt: skip
    task.modified = max(task.created, min(until, today - timedelta(hours=3)))


def _fill_issues(builder: Builder, random: Random, plan: Plan, project: Project, team: list[User]) -> None:
    if plan.sort == "internal":
        return
    begun, ended = _moments(builder, plan)
    last = min(ended, builder.world.built_at - timedelta(days=1))
    for name in random.sample(ISSUES, 5):
        at = begun + (last - begun) * random.random()
        is_old = at + timedelta(days=30) < builder.world.built_at
        issue = builder.issue(
            project, name, at, assignee=random.choice(team), severity=random.choice(SEVERITIES),
            status=builder.portal.status("issue", name="Closed" if is_old else "Open"),
            due=(at + timedelta(days=14)).date(), fields={"cf_browser": random.choice(BROWSERS)},
        )  # fmt: skip
        issue.modified = min(at + timedelta(days=9), builder.world.built_at - timedelta(hours=2))


def _fields(plan: Plan, ended: datetime) -> dict[str, object]:
    fields: dict[str, object] = {"cf_delivery_date": ended.date().isoformat()} if plan.clients else {}
    if plan.po:
        fields["cf_po_number"] = plan.po
    if plan.sort == "retainer":
        fields["cf_retainer"] = True
    return fields


def _moments(builder: Builder, plan: Plan) -> tuple[datetime, datetime]:
    morning = builder.world.built_at.replace(hour=14, minute=0, second=0, microsecond=0)
    return morning - timedelta(days=plan.begun), morning - timedelta(days=plan.ended)
