"""For the machine that watches this one: is the process alive, and can it serve. Tells nothing else (ASVS 13.4.5)."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from blueprints.access import public
from extensions import current_config, db, utcnow
from models.lease import Lease

blueprint = Blueprint("health", __name__)
#: a scheduler that was not heard of for so long counts as stopped
SILENCE = timedelta(minutes=5)


@blueprint.get("/healthz")
@public
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", 200, mimetype="text/plain")


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """The database answers, has the tables this version wants, and the scheduler (where it runs) was heard of."""
    try:
        is_ready = _is_migrated() and _is_scheduler_well()
    except SQLAlchemyError:
        current_app.logger.exception("not ready: the database does not answer")
        is_ready = False
    return Response("ready\n" if is_ready else "not ready\n", 200 if is_ready else 503, mimetype="text/plain")


def _is_migrated() -> bool:
    with db.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_heads()
    return set(here) == wanted_heads()


@cache
def wanted_heads() -> frozenset[str]:
    """Return the newest migrations that this version ships."""
    return frozenset(ScriptDirectory(current_app.extensions["migrate"].directory).get_heads())


def _is_scheduler_well() -> bool:
    if not current_config().run_scheduler:
        return True
    until = db.session.scalar(db.select(Lease.until).where(Lease.name == "scheduler"))
    return until is None or until > utcnow() - SILENCE
