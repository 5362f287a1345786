"""A portal with a few records, connected to Crossbill: what the tests of sync begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from extensions import db, utcnow
from models import Integration, Link, SyncRun, TimeEntry, User
from models.audit import Actor
from sync import connection, credentials, engine
from sync.credentials import Registration, Secrets
from sync.removal import hanging

TEST = Actor("person", "Olga Marsh")


@dataclass
class Portal:
    """The owned portal of a stand-in and the integration with it; `edit` speaks the stand-in's own verbs."""

    standin: Any
    integration: Integration
    ids: dict[str, str] = field(default_factory=dict)

    def edit(self, verb: str, **args: Any) -> Any:
        """Change the remote; gives back the id of what was made or changed."""
        made = self.standin.world.edit(verb, **args)
        return str(made.id) if hasattr(made, "id") else made

    def sync(self, kind: str = "full", trigger: str = "instant") -> SyncRun:
        """Ask for a run and perform it here and now."""
        run, _is_new = connection.enqueue(self.integration, kind, trigger, TEST)
        db.session.commit()
        done = engine.perform(run.id)
        assert done is not None
        return done

    def choose(self, **settings: Any) -> None:
        """Change preferences."""
        connection.save_settings(self.integration, settings, TEST)
        db.session.commit()

    def client(self, name: str = "Zylker Inc", **values: Any) -> str:
        """A client company."""
        return self.edit("client.add", name=name, **values)

    def project(self, name: str = "Website relaunch", client: str | None = None, **values: Any) -> str:
        """A project; with `client` as its primary customer when one is given."""
        made = self.edit("project.add", name=name, **values)
        if client:
            self.edit("project.attach", id=made, client=client)
        return made

    def task(self, project: str, name: str = "Design", **values: Any) -> str:
        """A task."""
        return self.edit("task.add", project=project, name=name, **values)

    def log(self, project: str, task: str | None = None, **values: Any) -> str:
        """A billable, approved time log of an hour; of a task when one is given, else general."""
        kind = {"type": "task", "item": task} if task else {"type": "general"}
        plain = {"project": project, "date": "2026-06-15", "minutes": 60, "billable": True, "approval": "Approved"}
        return self.edit("log.add", **{**kind, **plain, **values})

    def link(self, module: str, remote_id: str) -> Link | None:
        """What is known of a remote record."""
        db.session.expire_all()
        return db.session.scalar(db.select(Link).where(Link.module == module, Link.remote_id == remote_id))

    def local(self, model: Any, module: str, remote_id: str) -> Any:
        """The local row of a remote record."""
        link = self.link(module, remote_id)
        return None if link is None or link.local_id is None else db.session.get(model, link.local_id)

    def held(self) -> list[Link]:
        """The records whose removal waits for a person."""
        return list(db.session.scalars(hanging.held_links(self.integration)))

    def entry(self, remote_id: str) -> TimeEntry | None:
        """The time entry of a time log."""
        found: TimeEntry | None = self.local(TimeEntry, "time_entries", remote_id)
        return found


def connect(standin: Any, **settings: Any) -> Portal:
    """Connect the owned portal as a finished set-up would leave it; nothing was synced yet."""
    world = standin.world
    world.quirks.throttle = "off"
    client = world.accounts.default_client
    portal = world.main
    integration = Integration(
        connector="zoho_projects", state="active", data_centre="custom", accounts_url=standin.url,
        api_url=standin.url, scope_id=str(portal.id), scope_name=portal.org_name, scope_time_zone=portal.timezone,
        settings={"preferences_chosen": True, **settings}, connected_at=utcnow() - timedelta(hours=1),
    )  # fmt: skip
    db.session.add(integration)
    db.session.flush()
    registration = Registration(client.client_id, client.secret)
    credentials.write(integration, Secrets(registration, world.accounts.default_refresh_token))
    db.session.commit()
    clock = _Clock()
    current_app.config["REMOTE_TIMING"] = (clock.now, clock.sleep)
    return Portal(standin, integration)


class _Clock:
    """Time that passes at once when somebody waits, so that no test sits out a limit."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return utcnow() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


def counts(run: SyncRun, module: str) -> dict[str, int]:
    """The counts of one module of a run that are not zero, without `seen`."""
    row = next(item for item in run.modules if item.module == module)
    names = ("added", "updated", "unchanged", "removed", "excluded", "failed")
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def states(run: SyncRun) -> dict[str, str]:
    """State per module."""
    return {item.module: item.state for item in run.modules}


def person(name: str) -> User | None:
    """Somebody by name."""
    found: User | None = db.session.scalar(db.select(User).where(User.name == name))
    return found
