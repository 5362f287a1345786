"""Fixtures for all tests: an app on a fresh database, its people, a browser without a screen, the stand-in.

The app stands on SQLite. A test (or module) marked `both_databases` runs on SQLite and on Postgres;
`--database postgres` or `--database both` moves every test. A test that asks for `db_session` has an app
context for itself; requests of `client` never see that context, as on a real server.
"""

from __future__ import annotations

import contextvars
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy.orm import scoped_session

from app import create_app
from config import Config
from extensions import db
from models import Organisation, User
from standin import World, create_standin
from tests import factories
from tests.compiled import share_addresses, share_statements, share_templates
from tests.databases import Cluster, NoPostgres, make_tables

pytest_plugins = ["tests.requirement_report"]
ENCRYPTION_KEY = Fernet.generate_key().decode()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgres", "both"), default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    share_addresses()
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on Postgres")


def pytest_collection_finish() -> None:
    """Nothing that is here now goes before the end: the garbage collector need not look through it at every test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--database")
    is_both = chosen == "both" or metafunc.definition.get_closest_marker("both_databases") is not None
    kinds = ["sqlite", "postgres"] if is_both else [chosen]
    metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """sqlite or postgres; filled in by `pytest_generate_tests`."""
    return request.param


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that holds the tables and no rows."""
    path = tmp_path_factory.mktemp("template") / "crossbill.sqlite3"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A private Postgres; where it cannot be had the test is skipped, but never on CI."""
    try:
        cluster = Cluster.start()
    except NoPostgres as reason:
        if os.environ.get("CI") == "true" or os.environ.get("CROSSBILL_REQUIRE_POSTGRES") == "1":
            raise
        pytest.skip(str(reason))
    yield cluster
    cluster.stop()


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with tables and no rows."""
    if database_kind == "sqlite":
        path = tmp_path / "data" / "crossbill.sqlite3"
        path.parent.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = cluster.new_database()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """Settings as a test wants them; override this fixture to change some."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Config(
        data_folder=folder, database_url=database_url, secret_key="s" * 48, encryption_keys=(ENCRYPTION_KEY,),
        allow_private_remotes=True, run_scheduler=False, is_testing=True,
    )  # fmt: skip


class Browser(FlaskClient):
    """A browser without a screen. What the test wrote is committed before each request, and the request starts
    with a clean context: a test's own app context would share its `g` with every request."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():
            db.session.commit()
        try:
            return contextvars.Context().run(super().open, *args, **kwargs)
        finally:
            if has_app_context():
                db.session.expire_all()


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    """Crossbill on a fresh database, its scheduler at rest."""
    app = create_app(config)
    app.test_client_class = Browser
    share_templates(app)
    with app.app_context():
        for engine in db.engines.values():
            share_statements(engine)
    yield app
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody signed in with."""
    return app.test_client()


@pytest.fixture
def command(app: Flask) -> Callable[..., Result]:
    """`command("doctor", "--json")` runs one of the app's commands; what the test wrote is committed first."""

    def run(*arguments: str, typed: str | None = None) -> Result:
        if has_app_context():
            db.session.commit()
        runner = app.test_cli_runner()
        answer = contextvars.Context().run(runner.invoke, args=list(arguments), input=typed)
        if has_app_context():
            db.session.expire_all()
        if answer.exception and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    return run


@pytest.fixture
def db_session(app: Flask) -> Iterator[scoped_session[Any]]:
    """`db.session`, in an app context that lasts as long as the test."""
    with app.app_context():
        yield db.session
        db.session.rollback()


@pytest.fixture
def organisation(db_session: scoped_session[Any]) -> Organisation:
    """The business that runs this Crossbill."""
    found = factories.make_organisation()
    db_session.commit()
    return found


@dataclass(frozen=True)
class People:
    """Olga owns, Ada administers, Bruno keeps the books, Petra leads projects, Tim logs hours."""

    olga: User
    ada: User
    bruno: User
    petra: User
    tim: User


@pytest.fixture
def people(organisation: Organisation, db_session: scoped_session[Any]) -> People:
    """All five; the organisation is there too."""
    found = People(
        olga=factories.make_user("Olga Marsh", "owner"),
        ada=factories.make_user("Ada Byrne", "admin"),
        bruno=factories.make_user("Bruno Keller", "staff"),
        petra=factories.make_user("Petra Novak", "staff"),
        tim=factories.make_user("Tim Okafor", "timesheet"),
    )
    db_session.commit()
    return found


@pytest.fixture
def olga(people: People) -> User:
    """The owner."""
    return people.olga


@pytest.fixture
def ada(people: People) -> User:
    """An admin."""
    return people.ada


@pytest.fixture
def bruno(people: People) -> User:
    """The bookkeeper: staff."""
    return people.bruno


@pytest.fixture
def petra(people: People) -> User:
    """The project manager: staff."""
    return people.petra


@pytest.fixture
def tim(people: People) -> User:
    """Timesheet staff: may see own hours only."""
    return people.tim


@pytest.fixture
def sign_in() -> Callable[[FlaskClient, User], FlaskClient]:
    """`sign_in(client, person)` gives back the client, signed in."""
    return factories.sign_in


@pytest.fixture
def browser_of(app: Flask) -> Callable[[User], FlaskClient]:
    """`browser_of(person)` is a new browser that this person signed in with."""
    return lambda person: factories.sign_in(app.test_client(), person)


@dataclass(frozen=True)
class StandIn:
    """The stand-in in this process: change its `world`, call it over `transport`; no socket is opened."""

    world: Any
    app: Flask
    transport: httpx2.BaseTransport
    #: what an integration calls its accounts and API addresses
    url: str = "http://standin.test"


@pytest.fixture
def standin(app: Flask) -> Iterator[StandIn]:
    """Three portals with people and no projects; our connectors reach it by `REMOTE_TRANSPORT`."""
    yield from serve_world(app, World.empty())


@pytest.fixture
def demo_standin(app: Flask) -> Iterator[StandIn]:
    """The agency with two years of work."""
    yield from serve_world(app, World.demo())


class Body(httpx2.SyncByteStream):
    """An answer's body that tells of a broken connection as a socket would."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._inner
        except ConnectionResetError as error:
            raise httpx2.ReadError(str(error)) from error

    def close(self) -> None:
        self._inner.close()


class Wire(httpx2.BaseTransport):
    """Carries requests to a WSGI app in this process, with a socket's errors."""

    def __init__(self, inner: httpx2.WSGITransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = self._inner.handle_request(request)
        except ConnectionResetError as error:
            raise httpx2.ReadError(str(error), request=request) from error
        return httpx2.Response(response.status_code, headers=response.headers, stream=Body(response.stream))


def serve_world(app: Flask, world: Any) -> Iterator[StandIn]:
    """Put a stand-in with this world behind the app's outgoing calls."""
    server = create_standin(world)
    transport = Wire(httpx2.WSGITransport(app=server))
    app.config["REMOTE_TRANSPORT"] = transport
    yield StandIn(world=world, app=server, transport=transport)
    transport.close()
