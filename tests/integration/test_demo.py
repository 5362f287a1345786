"""The demo: filled by the same verbs that the pages call, and the same after a kill as without one."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import func
from werkzeug.serving import make_server

from cli import demo
from cli.months import first_of, from_until, last_of, months_before
from extensions import Base, db
from models import Allocation, MailMessage, SyncRun, TimeEntry, Transaction, User
from models.passwords import is_right
from standin import World, create_standin
from sync.invariants import broken_invariants

MAIL_PORT = "1"  # nobody listens: mail stays queued, and the fill goes on


@pytest.fixture
def address():
    """A small stand-in on a port of its own."""
    world = World.sized(customers=3, projects=4, time_entries=400)
    world.quirks.throttle = "off"
    server = make_server("127.0.0.1", 0, create_standin(world), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fill(command, address):
    return lambda: command("demo-fill", "--standin", address, "--mail-port", MAIL_PORT)


def facts():
    """What the demo shows, without what differs by nature: times, tokens, ids of tries."""
    invoices = db.session.execute(
        db.select(
            Transaction.project_id, Transaction.reference, Transaction.number, Transaction.status, Transaction.total
        ).order_by(Transaction.project_id, Transaction.reference)
    ).all()
    states = db.session.execute(
        db.select(TimeEntry.billing_state, func.count(), func.sum(TimeEntry.seconds))
        .group_by(TimeEntry.billing_state)
        .order_by(TimeEntry.billing_state)
    ).all()
    counts = [
        db.session.scalar(db.select(func.count()).select_from(model)) for model in (Allocation, MailMessage, User)
    ]
    return list(map(tuple, invoices)), list(map(tuple, states)), counts


@pytest.mark.req("M-10")
def test_the_demo_has_a_past_and_its_books_hold(db_session, fill, config):
    answer = fill()

    assert answer.exit_code == 0, answer.output
    assert db_session.scalars(db.select(SyncRun.state)).all()[0] in {"ok", "partial"}
    statuses = {status for _p, _r, _n, status, _t in facts()[0]}
    assert {"draft", "issued", "void"} <= statuses
    assert {state for state, _c, _s in facts()[1]} >= {"elsewhere", "invoiced", "unbilled"}
    assert broken_invariants() == []
    password = (config.data_folder / "sign-in.txt").read_text().split()[-1]
    owner = db_session.scalar(db.select(User).where(User.role == "owner"))
    assert is_right(password, owner.password_hash)
    assert password in answer.output


def test_filling_twice_is_filling_once(db_session, fill):
    first = fill()
    before = facts()

    second = fill()

    assert facts() == before
    assert second.output.splitlines()[-1] == first.output.splitlines()[-1]


class Killed(BaseException):
    """What a kill looks like from the inside."""


@pytest.fixture
def start_over(db_session, config):
    """Forget everything that was filled."""

    def forget():
        db_session.rollback()
        for table in reversed(Base.metadata.sorted_tables):
            for column in table.columns:
                if any(key.column.table is table for key in column.foreign_keys):
                    db_session.execute(table.update().values({column.name: None}))
            db_session.execute(table.delete())
        db_session.commit()
        for name in ("filled", "sign-in.txt"):
            (config.data_folder / name).unlink(missing_ok=True)

    return forget


def dying_at(count):
    """A commit that is the last thing this process does, the `count`th time."""
    left = count
    commit = db.session.commit

    def dying_commit():
        nonlocal left
        left -= 1
        if left == 0:
            db.session.rollback()
            raise Killed
        commit()

    return dying_commit


@pytest.mark.req("R-15")
def test_a_fill_that_was_killed_goes_on_and_ends_the_same(db_session, fill, monkeypatch, start_over):
    fill()
    undisturbed = facts()

    for count in (1, 3, 8, 30):
        start_over()
        with monkeypatch.context() as killing:
            killing.setattr(db.session, "commit", dying_at(count))
            with pytest.raises(Killed):
                fill()

        assert fill().exit_code == 0

        assert facts() == undisturbed, f"after a kill at commit {count}"
        assert broken_invariants() == []


def test_months_are_counted_over_the_turn_of_a_year():
    assert months_before(date(2026, 2, 14), 3) == (2025, 11)
    assert [first_of(month).month for month in from_until((2025, 11), (2026, 2))] == [11, 12, 1]
    assert last_of((2024, 2)) == date(2024, 2, 29)


def test_the_demo_without_its_stand_in_stops_with_an_error(db_session, command, monkeypatch):
    monkeypatch.setattr(demo, "MONTHS_BILLED_HERE", 1)

    with pytest.raises(Exception, match="refused"):
        command("demo-fill", "--standin", "http://127.0.0.1:9", "--mail-port", MAIL_PORT)
