"""What a machine that watches this one is told, and nothing beyond."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from extensions import utcnow
from jobs import LEASE_NAME
from models.lease import Lease


@pytest.mark.both_databases
def test_a_sound_installation_is_ready_even_before_set_up(client):
    assert client.get("/healthz").text == "ok\n"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")


@pytest.mark.both_databases
def test_an_old_database_is_not_ready_but_the_process_lives(client, db_session):
    db_session.execute(text("UPDATE alembic_version SET version_num = 'from-last-year'"))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (503, "not ready\n")
    assert client.get("/healthz").status_code == 200


def test_a_database_that_is_gone_is_told_without_detail(app, client, config, db_session):
    (config.data_folder / "crossbill.sqlite3").write_bytes(b"this is no database" * 99)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (503, "not ready\n")
    assert client.get("/healthz").status_code == 200


class TestWithScheduler:
    @pytest.fixture
    def config(self, config):
        return replace(config, run_scheduler=True)

    @pytest.mark.parametrize(("minutes", "status"), [(1, 200), (-4, 200), (-6, 503)])
    def test_a_scheduler_that_fell_silent_is_noticed(self, client, db_session, minutes, status):
        db_session.add(Lease(name=LEASE_NAME, owner="worker", until=utcnow() + timedelta(minutes=minutes)))

        assert client.get("/readyz").status_code == status

    def test_a_scheduler_that_did_not_start_yet_does_not_hold_the_start_up(self, client):
        assert client.get("/readyz").status_code == 200
