"""The agency's diary: who worked on what, weekday by weekday, for two years."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from standin.seed.demo.projects import Plan
from standin.seed.demo.words import GENERAL, NOTES, ODD_NOTES
from standin.world.records import Issue, Project, Task, User
from standin.world.timelogs import TimeLog

if TYPE_CHECKING:
    from standin.world import World

DAYS = 730
#: position in the table of people -> how many days ago the person left
LEFT = {10: 430, 11: 380}
#: positions of the people who log only now and then
SELDOM = (0, 1, 2)
#: hours of a day, split over one, two or three entries
SPLITS = ((420,), (450,), (480,), (240, 210), (180, 240), (300, 120), (90, 330), (120, 150, 180), (75, 195, 165))
#: which entries, counted from the last, someone typed with 26 hours
OVERLONG = (190, 1100, 2900)
OVERLONG_MINUTES = 26 * 60


class Diary:
    """Collects the projects and then writes the hours of each day in order."""

    def __init__(self, world: World, random: Random) -> None:
        self._world, self._random = world, random
        self._portal = world.main
        self._today = world.built_at.date()
        self._latest = int(world.built_at.timestamp() * 1000)
        self._projects: list[tuple[Project, Plan]] = []

    def open(self, project: Project, plan: Plan) -> None:
        """From now on hours may go to this project, between its first and last day."""
        self._projects.append((project, plan))

    def write(self) -> list[TimeLog]:
        """All hours of two years up to yesterday, oldest first."""
        people = list(self._portal.users.values())
        logs: list[TimeLog] = []
        for age in range(DAYS, 0, -1):
            day = self._today - timedelta(days=age)
            if day.weekday() < 5 or self._random.random() < 0.04:
                for position, person in enumerate(people[:12]):
                    logs.extend(self._day_of(position, person, age, day))
        for at in OVERLONG:
            logs[-at].minutes = OVERLONG_MINUTES
        return logs

    def _day_of(self, position: int, person: User, age: int, day: date) -> list[TimeLog]:
        if age < LEFT.get(position, 0):
            return []
        if self._random.random() < (0.75 if position in SELDOM else 0.22):
            return []
        choices = [pair for pair in self._projects if position in pair[1].team and pair[1].ended <= age < pair[1].begun]
        weights = [0.2 if plan.sort == "internal" else 1.0 for _, plan in choices]
        split = self._random.choice(SPLITS) if choices else ()
        return [self._log(person, day, age, minutes, *self._random.choices(choices, weights)[0]) for minutes in split]

    def _log(self, person: User, day: date, age: int, minutes: int, project: Project, plan: Plan) -> TimeLog:
        kind, item = self._item(person, project, (plan.begun - age) / (plan.begun - plan.ended))
        created = min(_evening(day, self._random, self._portal.zone), self._latest)
        approval = self._approval(age)
        billable = self._random.random() < plan.billable and kind != "general"
        log = TimeLog(
            self._world.next_id(), kind, project, item, person, day.toordinal(), minutes, billable, approval,
            created, created, self._note(), self._random.choice(GENERAL) if kind == "general" else "",
        )  # fmt: skip
        if approval != "Unapproved":
            log.modified = min(created + self._random.randrange(1, 7) * 86_400_000, self._latest)
        if self._random.random() < 0.03:
            log.extra = {"fields": {"cf_ticket": f"SUP-{self._random.randrange(100, 999)}"}}
        return log

    def _item(self, person: User, project: Project, share: float) -> tuple[str, Task | Issue | None]:
        """Mostly a task of one's own around where the project stands; else an issue, else nothing in particular."""
        dice = self._random.random()
        issues = [issue for issue in project.issues if issue.assignee is person]
        if dice < 0.1 and issues:
            return "issue", self._random.choice(issues)
        tasks = [task for task in project.tasks if person in task.owners]
        if dice < 0.18 or not tasks:
            return "general", None
        near = int(share * len(tasks)) + self._random.randrange(-1, 2)
        return "task", tasks[max(0, min(near, len(tasks) - 1))]

    def _approval(self, age: int) -> str:
        dice = self._random.random()
        if age <= 14:
            return "Unapproved" if dice < 0.86 else "Approved"
        return "Approved" if dice < 0.94 else "Rejected" if dice < 0.97 else "Unapproved"

    def _note(self) -> str:
        return self._random.choice(ODD_NOTES if self._random.random() < 0.008 else NOTES)


def _evening(day: date, random: Random, zone: ZoneInfo) -> int:
    """When the hours were typed in: that day between five and half past six, as epoch milliseconds."""
    local = datetime(day.year, day.month, day.day, 17, 0, tzinfo=zone)
    return int(local.timestamp() * 1000) + random.randrange(0, 5_400_000)
