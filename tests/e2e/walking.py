"""A connected portal and the steps that every walk takes: sync, look at Error Details, wait for what comes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx2
from flask import current_app
from playwright.sync_api import Locator, Page, expect

from extensions import db, reading
from models import Customer, Link, Project, SyncRun, Task, TimeEntry
from standin import World
from sync.invariants import broken_invariants
from tests.syncing import Portal, connect

HOME = "/settings/integrations"
DETAILS = f"{HOME}/zoho_projects"
MODELS: dict[str, Any] = {"customers": Customer, "projects": Project, "tasks": Task, "time_entries": TimeEntry}
#: how long a sync may take that a walk waits for, milliseconds
SYNC = 30_000


@dataclass(frozen=True)
class Remote:
    """The stand-in behind its own address."""

    world: World
    url: str

    def control(self, path: str, **body: Any) -> None:
        """Say something to the stand-in."""
        httpx2.post(f"{self.url}/_standin/{path}", json=body).raise_for_status()

    def repair(self) -> None:
        """Take all troubles away."""
        httpx2.delete(f"{self.url}/_standin/troubles").raise_for_status()


@dataclass
class Walk:
    """Somebody at a browser, with a portal that was just connected."""

    portal: Portal
    page: Page

    @property
    def main(self) -> Locator:
        """What the page is about."""
        return self.page.locator("main")

    def sync(self) -> None:
        """*Instant Sync*, and watch until it is over."""
        self.start_sync()
        self.sync_ends()

    def start_sync(self) -> None:
        """Press *Instant Sync*."""
        self.page.goto(DETAILS)
        self.page.get_by_role("button", name="Instant Sync").click()
        expect(self.page.get_by_text("The sync has started.")).to_be_visible()

    def sync_ends(self) -> None:
        """The page follows the sync by itself."""
        expect(self.page.locator("#sync-state")).not_to_contain_text("Sync in Progress", timeout=SYNC)

    def look_at_errors(self) -> None:
        """From the details to *Error Details*."""
        self.page.goto(DETAILS)
        self.page.get_by_role("link", name="View Error Summary").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Error Details")

    def error(self, module: str, code: str) -> Locator:
        """What *Error Details* says of one reason."""
        return self.page.locator(f"[id='{module}-{code}']")

    def comes(self, path: str, words: str) -> None:
        """Look at a page again until it shows something."""
        self._until(path, words, is_there=True)

    def goes(self, path: str, words: str) -> None:
        """Look at a page again until it no longer shows something."""
        self._until(path, words, is_there=False)

    def _until(self, path: str, words: str, *, is_there: bool) -> None:
        until = time.monotonic() + SYNC / 1000
        while True:
            self.page.goto(path)
            if (words in self.main.inner_text()) == is_there:
                return
            assert time.monotonic() < until, f"{words} {'is not' if is_there else 'is still'} on {path}"
            self.page.wait_for_timeout(300)

    def counts(self) -> dict[str, int]:
        """Rows of each kind; every one of them is the row of one remote record, and nothing is broken."""
        with reading():
            found = {module: _count(db.select(db.func.count(model.id))) for module, model in MODELS.items()}
            linked = {
                module: _count(db.select(db.func.count(db.distinct(Link.local_id))).where(Link.module == module))
                for module in MODELS
            }
            remote = {
                module: _count(
                    db.select(db.func.count(Link.id)).where(Link.module == module, Link.local_id.is_not(None))
                )
                for module in MODELS
            }
            broken = broken_invariants()
            db.session.rollback()
        assert broken == []
        assert linked == remote, "two remote records share a row"
        assert not [module for module in MODELS if found[module] < linked[module]], "a row is missing"
        return found

    def go_on_now(self, waited: int = 0) -> None:
        """The time has come until which a sync waits; `waited`: seconds, by the remote's clock."""
        current_app.config["REMOTE_TIMING"][1](waited)
        db.session.execute(
            db.update(SyncRun).where(SyncRun.state == "waiting").values(not_before=db.func.current_timestamp())
        )
        db.session.commit()


def _count(query: Any) -> int:
    return db.session.scalar(query) or 0


def walk(world: World, url: str, page: Page, **settings: Any) -> Walk:
    """Connect the portal; the first sync is for the walk to start."""
    return Walk(connect(Remote(world, url), **settings), page)
