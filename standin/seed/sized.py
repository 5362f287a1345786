"""Plain worlds of any size: so many customers, projects and time entries, all in the owned portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from standin.seed.base import born_long_ago, fill_base
from standin.seed.building import Builder
from standin.world.records import Client, Issue, Project, Task
from standin.world.timelogs import TimeLog

if TYPE_CHECKING:
    from standin.world import World

TASKS_PER_PROJECT = 6
ISSUES_PER_PROJECT = 2
DAYS = 730
MINUTES = (15, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 360, 420, 480)
NOTES = tuple(f"{verb} {noun}" for verb in ("Review", "Build", "Test", "Plan") for noun in ("page", "form", "report"))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    customers: int
    projects: int
    time_entries: int


def fill_sized(world: World, sizes: Sizes) -> None:
    """Fill the owned portal; the two others stay empty."""
    fill_base(world)
    random = Random(world.seed)  # noqa: S311  (a repeatable world is the point)
    builder = Builder(world, world.main)
    born = born_long_ago(world)
    clients = [
        builder.client(f"Customer {number:05d}", born, email=f"office{number}@customer.example")
        for number in range(1, sizes.customers + 1)
    ]
    projects = [_project(builder, random, number, clients) for number in range(1, sizes.projects + 1)]
    if projects:
        world.main.book.load(_logs(world, random, projects, sizes.time_entries))


def _project(builder: Builder, random: Random, number: int, clients: list[Client]) -> Project:
    born = born_long_ago(builder.world)
    client = clients[(number - 1) % len(clients)] if clients else None
    project = builder.project(f"Project {number:05d}", born, client=client)
    people = [user for user in builder.portal.users.values() if user.active]
    for task in range(1, TASKS_PER_PROJECT + 1):
        builder.task(project, f"Task {number:05d}-{task}", born, owners=random.sample(people, 3))
    for issue in range(1, ISSUES_PER_PROJECT + 1):
        builder.issue(project, f"Issue {number:05d}-{issue}", born, assignee=random.choice(people))
    return project


def _logs(world: World, random: Random, projects: list[Project], count: int) -> list[TimeLog]:
    """`count` logs spread evenly over two years; most are of tasks, one in ten of an issue, one in ten general."""
    today = world.built_at.toordinal()
    first = int((world.built_at - timedelta(days=DAYS)).timestamp() * 1000)
    logs: list[TimeLog] = []
    base = world.last_id
    draw = random.random
    for number in range(count):
        age = number * DAYS // count
        project = projects[int(draw() * len(projects))]
        task = project.tasks[int(draw() * TASKS_PER_PROJECT)]
        owner = task.owners[int(draw() * 3)]
        kind, item = _of(int(draw() * 10), task, project.issues[int(draw() * ISSUES_PER_PROJECT)])
        stamp = first + age * 86_400_000 + 61_200_000 + number % 3_600_000
        logs.append(
            TimeLog(
                base + number + 1, kind, project, item, owner,
                today - DAYS + age, MINUTES[int(draw() * len(MINUTES))], draw() < 0.8,
                "Approved" if draw() < 0.9 else "Unapproved", stamp, stamp, NOTES[number % len(NOTES)],
                "" if item else "Internal meeting",
            )
        )  # fmt: skip
    world.last_id = base + count
    return logs


def _of(dice: int, task: Task, issue: Issue) -> tuple[str, Task | Issue | None]:
    if dice == 0:
        return "issue", issue
    return ("general", None) if dice == 1 else ("task", task)
