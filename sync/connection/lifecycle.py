"""Switching an integration off, on again, and deleting it; what was fetched stays in each case. Never commits."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import Connection, Select, func, select, update

from connectors.errors import CredentialsRejected
from extensions import db, utcnow
from models import Credential, Integration, Project, SyncRun, TimeEntry, Transaction
from models.audit import Actor, record
from models.integration import LIVE_RUN_STATES
from sync import credentials
from sync.connection.access import Grant, SetupRefused, open_connector
from sync.connection.adoption import set_free
from sync.connection.runs import enqueue, stop_preview
from sync.connection.setup import grant_of
from sync.connection.states import TRANSITIONS, locked, move

log = logging.getLogger(__name__)
DISABLED = "The integration was disabled."
DELETED = "The integration was deleted."


class PortalMismatch(SetupRefused):
    """The account no longer owns the portal that is connected (reason PORTAL-MISMATCH)."""

    code = "PORTAL-MISMATCH"


@dataclass(frozen=True, slots=True)
class Stays:
    """What an integration brought and leaves here when it goes; `seconds` is the sum of the entries."""

    customers: int
    projects: int
    entries: int
    seconds: int
    transactions: int


def disable(integration: Integration, actor: Actor) -> None:
    """Stop syncing and keep everything (P-50 to P-52). A run that is going on ends first; one that waits is stopped."""
    stop_preview(locked(integration))
    is_running = db.session.scalar(_going_on(integration.id)) is not None
    move(integration, "disabling" if is_running else "disabled")
    integration.disabled_at = utcnow()
    record(actor, "integration.disabled", ("integration", integration.id), integration.scope_name)
    db.session.flush()
    settle(db.session.connection(), integration.id)
    db.session.refresh(integration)


def settle(connection: Connection, integration_id: int) -> bool:
    """Finish disabling once no run is going on: what waits is stopped. Call it whenever a run ends; twice is once.

    Returns whether the integration is disabled now.
    """
    state = connection.scalar(select(Integration.state).where(Integration.id == integration_id))
    if state not in ("disabling", "disabled"):
        return False
    _stop(connection, integration_id, ("queued", "waiting"), DISABLED)
    if connection.scalar(_going_on(integration_id)) is not None:
        return False
    mine = (Integration.id == integration_id, Integration.state == "disabling")
    connection.execute(update(Integration).where(*mine).values(state="disabled"))
    return True


def note_problem(connection: Connection, integration_id: int, sentence: str, state: str | None) -> None:
    """Say what a person must do; `state` follows only where it may: what is disabled or deleted stays so."""
    mine = (Integration.id == integration_id, Integration.state != "deleted")
    connection.execute(update(Integration).where(*mine).values(problem=sentence))
    if state:
        before = [name for name, after in TRANSITIONS.items() if state in after]
        connection.execute(update(Integration).where(*mine, Integration.state.in_(before)).values(state=state))


def settle_all(connection: Connection) -> None:
    """Settle what is being disabled, also after a process died between a run's end and this."""
    waiting = select(Integration.id).where(Integration.state.in_(("disabling", "disabled")))
    for integration_id in connection.scalars(waiting).all():
        settle(connection, integration_id)


def log_skipped(now: datetime, within: timedelta) -> None:
    """Say in the log that a disabled integration would be due by now and nothing is done (P-51)."""
    query = select(Integration).where(Integration.state == "disabled", Integration.disabled_at.is_not(None))
    for integration in db.session.scalars(query):
        every = timedelta(minutes=integration.interval_minutes)
        since = now - (integration.disabled_at or now)
        if since >= every and since % every < within:
            log.info("%s is disabled: the sync that is due is left out.", integration.connector)


def enable(integration: Integration, actor: Actor) -> SyncRun:
    """Go on with the same portal (P-54, P-55): verified at the remote first; fetches what changed since (P-56)."""
    if integration.state == "disabling":
        raise SetupRefused(_("The last sync is still ending. Re-enable the integration when it has."))
    if integration.state != "disabled":
        raise SetupRefused(_("This integration is not disabled, so there is nothing to re-enable."))
    _verify_portal(integration)
    move(locked(integration), "active")
    integration.disabled_at, integration.problem = None, ""
    record(actor, "integration.enabled", ("integration", integration.id), integration.scope_name)
    db.session.flush()
    return enqueue(integration, "full" if integration.synced_until is None else "quick", "enable", actor)[0]


def delete(integration: Integration, actor: Actor) -> Grant | None:
    """Let go of the remote and keep all records as the organisation's own (P-58 to P-60).

    The integration's row and its links stay: connecting the same portal again finds its records by them (P-61).
    Returns the grant for `forget`, once this is committed.
    """
    if locked(integration).connected_at is None:
        raise SetupRefused(_("This integration was never set up. Cancel its set-up instead."))
    move(integration, "deleted")
    grant = grant_of(integration, credentials.read(integration))
    integration.deleted_at, integration.problem, integration.webhook_secret = utcnow(), "", None
    if row := db.session.get(Credential, integration.id):
        db.session.delete(row)
    db.session.flush()
    _stop(db.session.connection(), integration.id, LIVE_RUN_STATES, DELETED)
    set_free(integration)
    record(actor, "integration.deleted", ("integration", integration.id), integration.scope_name)
    return grant


def stays(integration: Integration) -> Stays:
    """Count what deleting leaves here."""
    projects = select(Project.id).where(Project.source == integration.connector)
    hours = select(func.count(), func.coalesce(func.sum(TimeEntry.seconds), 0)).where(
        TimeEntry.source == integration.connector
    )
    entries, seconds = db.session.execute(hours).one()
    made = select(func.count()).where(Transaction.project_id.in_(projects), Transaction.status != "deleted")
    customers = select(func.count(Project.customer_id.distinct())).where(Project.source == integration.connector)
    return Stays(
        customers=db.session.scalar(customers) or 0,
        projects=db.session.scalar(select(func.count()).select_from(projects.subquery())) or 0,
        entries=entries, seconds=int(seconds), transactions=db.session.scalar(made) or 0,
    )  # fmt: skip


def _going_on(integration_id: int) -> Select[int]:
    return select(SyncRun.id).where(SyncRun.integration_id == integration_id, SyncRun.state == "running")


def _stop(connection: Connection, integration_id: int, states: tuple[str, ...], message: str) -> None:
    mine = (SyncRun.integration_id == integration_id, SyncRun.state.in_(states))
    connection.execute(update(SyncRun).where(*mine).values(state="stopped", message=message, ended_at=utcnow()))


def _verify_portal(integration: Integration) -> None:
    """Ask the remote whether the stored access still owns the portal; refuses with what to do."""
    scope, name = integration.scope_id, integration.scope_name
    try:
        with open_connector(integration) as connector:
            is_owned = any(found.id == scope and found.is_owned for found in connector.scopes())
    except CredentialsRejected as error:
        raise SetupRefused(_("Zoho no longer accepts our access. Update the credentials, then re-enable.")) from error
    if not is_owned:
        raise PortalMismatch(
            _(
                "This account no longer owns the portal %(portal)s. Authorise with its owner under Update credentials. "
                "To use another portal, delete this integration and connect new.",
                portal=name,
            )
        )
