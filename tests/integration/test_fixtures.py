"""The ground that other tests stand on."""

from __future__ import annotations

import pytest
from sqlalchemy import func

from extensions import db
from models import Customer, TimeEntry
from tests.factories import make_customer, make_time_entry

pytestmark = pytest.mark.both_databases


def test_a_row_of_one_test_is_there_for_it(people, db_session):
    make_time_entry()

    assert db_session.scalar(db.select(func.count()).select_from(TimeEntry)) == 1


def test_a_database_starts_without_rows(people, db_session):
    assert db_session.scalar(db.select(func.count()).select_from(TimeEntry)) == 0


def test_a_request_sees_what_the_test_wrote_but_not_its_context(app, client, db_session):
    app.add_url_rule("/seen", "static-seen", lambda: str(db.session.scalar(db.select(func.count(Customer.id)))))
    app.before_request_funcs[None].clear()
    make_customer()

    answer = client.get("/seen")

    assert answer.text == "1"


def test_the_stand_in_answers_in_process(standin):
    import httpx2

    with httpx2.Client(transport=standin.transport, base_url=standin.url) as remote:
        answer = remote.get("/api/v3/portals")

    assert answer.status_code == 401
