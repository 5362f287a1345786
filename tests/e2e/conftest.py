"""Fixtures for the browser walks: Crossbill and the stand-in on ports of their own, and a page of Chromium.

`world` is the agency with two years of work; a test file overrides it for something smaller. What a test writes
through `db_session` must be committed before the browser looks: the server has sessions of its own.
"""

from __future__ import annotations

import email
import email.policy
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from blueprints.sessions import cookie_name
from config import Config
from jobs import Scheduler
from models import User
from standin import World, create_standin
from tests import factories

CHROMIUM = os.environ.get("CROSSBILL_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
#: how long a page may take to show something, milliseconds
PATIENCE = 15_000
#: how long the mail queue may take, seconds
MAIL_PATIENCE = 30
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


class Quiet(WSGIRequestHandler):
    """Keeps connections open and says nothing of ordinary requests."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_values: Any) -> None:
        """Say nothing."""


def serve(app: Flask, port: int) -> Iterator[str]:
    """Serve an app in threads until the test is over; gives its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Postbox:
    """Takes all mail and keeps it."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.port = free_port()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"

    def waits_for(self, words: str) -> Any:
        """Return the first message whose subject has these words, once it is there."""
        until = time.monotonic() + MAIL_PATIENCE
        while time.monotonic() < until:
            if found := [message for message in self.messages if words in message["Subject"]]:
                return found[0]
            time.sleep(0.2)
        raise AssertionError(f"no mail about {words!r} among {[message['Subject'] for message in self.messages]}")


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A real mail server of our own."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def config(config: Config) -> Config:
    """As for other tests, but reachable under a port."""
    return replace(config, base_url=f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def world() -> World:
    """What the stand-in holds."""
    return World.demo()


@pytest.fixture
def live_standin(world: World) -> Iterator[str]:
    """The stand-in's address."""
    yield from serve(create_standin(world), free_port())


@pytest.fixture
def live(app: Flask, config: Config) -> Iterator[str]:
    """Crossbill's address; its scheduler runs, so that syncs start by themselves."""
    scheduler = Scheduler(app)
    serving = serve(app, int(config.base_url.rpartition(":")[2]))
    address = next(serving)
    scheduler.start()
    yield address
    scheduler.stop()
    next(serving, None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all walks."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            raise FileNotFoundError(f"{CHROMIUM} is missing (Debian: apt-get install chromium)")
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_context(chromium: Browser, live: str) -> Iterator[BrowserContext]:
    """A window of its own; what the page logs as an error fails the test at its end."""
    context = chromium.new_context(base_url=live, viewport=DESKTOP, locale="en-GB", timezone_id="Europe/Berlin")
    context.set_default_timeout(PATIENCE)
    problems: list[str] = []
    context.on("weberror", lambda problem: problems.append(str(problem.error)))
    context.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    context.problems = problems
    yield context
    context.close()
    assert [problem for problem in problems if "status of 4" not in problem] == []


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """An empty tab; `page.goto("/sign-in")` goes to Crossbill."""
    return browser_context.new_page()


@pytest.fixture
def page_of(browser_context: BrowserContext, live: str) -> Callable[[User], Page]:
    """`page_of(person)` is a tab in which this person is signed in."""

    def open_for(person: User) -> Page:
        token = factories.new_session(person)
        browser_context.add_cookies([{"name": cookie_name(), "value": token, "url": live}])
        return browser_context.new_page()

    return open_for


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """`picture(page, "name")` keeps a picture in the folder that CROSSBILL_PICTURES names; without it, nothing."""
    folder = os.environ.get("CROSSBILL_PICTURES")

    def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{request.node.name}-{name}.png", full_page=True)

    return take
