"""Where the bench works: a stand-in in a process of its own, and an app on a fresh database that talks to it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.fernet import Fernet
from flask import Flask

from app import create_app
from config import Config
from extensions import db, utcnow
from models import Integration, SyncRun
from models.audit import Actor
from sync import connection, credentials, engine
from sync.credentials import Registration, Secrets
from tests import factories
from tests.bench.measure import Asked
from tests.databases import Cluster, make_tables

ROOT = Path(__file__).resolve().parent.parent.parent
BENCH = Actor("command", "bench")
LONG_DAY = 1_000 * 3600


@dataclass
class Remote:
    """The stand-in's process, by its address and its dials."""

    process: subprocess.Popen[str]
    facts: dict[str, str]

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """One call with JSON in and out."""
        http = HTTPConnection(urlsplit(self.facts["base_url"]).netloc)
        sent = None if body is None else json.dumps(body)
        http.request(method, path, sent, {"Content-Type": "application/json", **(headers or {})})
        answer = http.getresponse().read()
        http.close()
        return json.loads(answer) if answer else None

    def pass_time(self, seconds: float = 700) -> None:
        """Move the stand-in's clock on, so that a new sign-in is not one too many."""
        self.call("POST", "/_standin/clock", {"advance": seconds})

    def token(self) -> str:
        """An access token for calls beside the connector's."""
        self.pass_time()
        facts = self.facts
        form = {"grant_type": "refresh_token", "client_id": facts["client_id"]}
        form |= {"client_secret": facts["client_secret"], "refresh_token": facts["refresh_token"]}
        return str(self.call("POST", f"/oauth/v2/token?{urlencode(form)}")["access_token"])

    def asked_for(self, part: str) -> list[str]:
        """The addresses that were called and contain `part`, since the log was begun anew."""
        rows = self.call("GET", f"/_standin/requests?{urlencode({'path': part})}")["requests"]
        return [f"{row['path']}?{row['query']}" for row in rows]


@contextmanager
def remote(entries: int, throttle: str = "off") -> Iterator[Remote]:
    """A portal of 20 customers, 100 projects and so many time logs, served until the block ends."""
    sizes = ["--customers", "20", "--projects", "100", "--time-entries", str(entries)]
    command = [sys.executable, "-m", "standin", "--port", "0", "--throttle", throttle, "--json", *sizes]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield Remote(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()


@dataclass
class Ahead:
    """A clock on which waiting takes no time; `follow` is told how long each wait was."""

    by: timedelta = field(default_factory=timedelta)
    follow: Any = None

    def now(self) -> datetime:
        """The real instant and all waits."""
        return utcnow() + self.by

    def sleep(self, seconds: float) -> None:
        """Wait, at once."""
        self.by += timedelta(seconds=seconds)
        if self.follow:
            self.follow(seconds)


@contextmanager
def place(asked: Asked) -> Iterator[Flask]:
    """An app with an organisation on a fresh database that nobody else uses."""
    folder = Path(tempfile.mkdtemp(prefix="crossbill-bench-"))
    cluster = Cluster.start() if asked.postgres else None
    url = cluster.url(cluster.new_database()) if cluster else f"sqlite:///{folder}/crossbill.sqlite3"
    if cluster is None:
        make_tables(url)
    key = Fernet.generate_key().decode()
    app = create_app(
        Config(
            data_folder=folder, database_url=url, secret_key="s" * 48, encryption_keys=(key,),
            allow_private_remotes=True, run_scheduler=False, is_testing=True,
        )
    )  # fmt: skip
    try:
        with app.app_context():
            # the few people of a sized portal log more than a day holds: their hours are no faults here
            factories.make_organisation(max_seconds_per_day=LONG_DAY)
            db.session.commit()
            yield app
            db.session.remove()
            db.engine.dispose()
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def connect(app: Flask, here: Remote, clock: Ahead | None = None) -> Integration:
    """Connect the stand-in's portal; waits on the throttle take no time."""
    here.pass_time()
    clock = clock or Ahead()
    app.config["REMOTE_TIMING"] = (clock.now, clock.sleep)
    facts = here.facts
    made = factories.make_integration(
        data_centre="custom", accounts_url=facts["base_url"], api_url=facts["base_url"], scope_id=facts["portal_id"],
        settings={"preferences_chosen": True}, connected_at=utcnow(),
    )  # fmt: skip
    registration = Registration(facts["client_id"], facts["client_secret"])
    credentials.write(made, Secrets(registration, facts["refresh_token"]))
    db.session.commit()
    return made


def enqueue(integration: Integration, kind: str) -> int:
    """Queue a run; returns its id."""
    run, _is_new = connection.enqueue(integration, kind, "instant", BENCH)
    db.session.commit()
    return run.id


def perform(run_id: int) -> SyncRun:
    """Perform a run here and now; a run that did not bring everything is no measurement."""
    run = engine.perform(run_id)
    if run is None or run.state != "ok":
        raise SystemExit(f"The run ended as {run and run.state}: {run and run.message}")
    return run
