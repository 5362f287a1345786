"""A connected project whose remote is told, and invoices that give it something to tell: for tests of the outbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing import outbox, transactions
from extensions import db, utcnow
from models import Outbox, Project, Transaction
from models.audit import Actor
from sync.outbox import push
from tests import factories
from tests.syncing import Portal, connect

OLGA = Actor("person", "Olga Marsh")


@dataclass
class Teller:
    """A portal, its projects by remote id, and a clock that is moved on by hand."""

    portal: Portal
    projects: list[Project] = field(default_factory=list)
    ahead: timedelta = timedelta()
    noted: int = 0

    def now(self) -> datetime:
        return utcnow() + self.ahead

    def later(self, **time: float) -> None:
        self.ahead += timedelta(**time)

    def project(self, name: str = "Website") -> Project:
        """A project that is linked to one of the portal."""
        remote = self.portal.project(name)
        local = factories.make_project(source="zoho_projects", name=name)
        factories.make_link(self.portal.integration, "projects", remote_id=remote, local_id=local.id)
        db.session.commit()
        self.projects.append(local)
        return local

    def draft(self, project: Project | None = None) -> Transaction:
        """A draft over 100 dollars."""
        project = project or self.projects[0]
        factories.make_time_entry(project)
        made = transactions.start_from_time(transactions.TimeChoice((project.id,)), OLGA)
        db.session.commit()
        return made

    def invoice(self, project: Project | None = None) -> Transaction:
        """An issued invoice."""
        made = self.draft(project)
        transactions.issue(made, OLGA)
        db.session.commit()
        return made

    def note(self, project: Project | None = None) -> Outbox:
        """A bare note, for tests that need many: nothing is billed."""
        project = project or self.projects[0]
        self.noted += 1
        about = outbox.Subject("expense", self.noted, project.id)
        outbox.put(about, "entered", {"type": "expense", "number": f"R-{self.noted}", "status": "new"}, OLGA)
        db.session.commit()
        return db.session.scalars(db.select(Outbox).order_by(Outbox.id.desc()).limit(1)).one()

    def tell(self) -> int:
        """One tick of the job."""
        told = push.drain(self.now)
        db.session.expire_all()
        return told

    def tell_all(self, ticks: int = 200) -> None:
        """Tick until nothing is open that time alone could move."""
        for _ in range(ticks):
            self.tell()
            if not db.session.scalar(db.select(Outbox.id).where(Outbox.state.in_(("pending", "sending", "unsure")))):
                return
            self.later(minutes=20)

    def feed(self, project: Project | None = None) -> list[str]:
        """What stands in the feed of a project, oldest first."""
        project = project or self.projects[0]
        link = db.session.scalar(
            db.select(factories.Link.remote_id).where(factories.Link.module == "projects",
                                                      factories.Link.local_id == project.id)
        )  # fmt: skip
        world = self.portal.standin.world
        return [line.text for line in world.main.find("project", int(link)).feed]

    def trouble(self, **values: Any) -> None:
        self.portal.standin.world.troubles.add({"path": r"/status$", **values})

    def calm(self) -> None:
        self.portal.standin.world.troubles.clear()

    def calls(self, method: str) -> int:
        """How many calls of a kind the feeds got."""
        rows = self.portal.standin.world.requests
        return sum(row["method"] == method and row["path"].endswith("/status") for row in rows)


def teller(standin: Any, **settings: Any) -> Teller:
    """Connected, telling switched on, one project."""
    found = Teller(connect(standin, **{"write_back": "feed", "write_back_amounts": True, **settings}))
    found.project()
    return found


def notes_of(transaction: Transaction) -> list[tuple[str, str]]:
    """Event and state of each note about a transaction, oldest first."""
    rows = db.session.scalars(db.select(Outbox).where(Outbox.subject_id == transaction.id).order_by(Outbox.id))
    return [(row.event, row.state) for row in rows]


def the_note(transaction: Transaction) -> Outbox:
    """The newest note about a transaction."""
    query = db.select(Outbox).where(Outbox.subject_id == transaction.id).order_by(Outbox.id.desc()).limit(1)
    return db.session.scalars(query).one()
