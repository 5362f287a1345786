"""`demo-fill`: sets the demo up the way a person would: an organisation, a real connection, a real sync, real invoices.

Every step looks first whether it was done, and ends with a commit: a fill that was killed goes on where it stopped.
"""

from __future__ import annotations

import secrets
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import httpx2
from flask.cli import with_appcontext

from cli import demo_business, demo_history
from cli.months import first_of, months_before
from cli.sync import perform
from extensions import current_config, db, utcnow
from models import FrameOrigin, Integration, Organisation, SyncRun, Tax, User
from models.audit import Actor
from models.passwords import hash_password
from sync import connection, engine

CONNECTOR = "zoho_projects"
OWNER = ("Olga Marsh", "olga.marsh@brightline.example")
#: hours before this many months count as invoiced elsewhere: the agency changed over to Crossbill then
MONTHS_BILLED_HERE = 3
SIGN_IN = "sign-in.txt"
FILLED = "filled"


@click.command("demo-fill", hidden=True)
@click.option("--standin", required=True, help="Address of the stand-in.")
@click.option("--mail-port", type=int, required=True)
@with_appcontext
def demo_fill(standin: str, mail_port: int) -> None:
    """Fill the demo, or find it filled."""
    folder = current_config().data_folder
    organisation = have_organisation(folder, mail_port)
    owner = db.session.scalars(db.select(User).where(User.role == "owner").order_by(User.id)).first()
    if owner is None:
        raise click.ClickException("The demo has lost its owner. Remove data/demo and start again.")
    actor = Actor("person", owner.name, owner.id)
    integration = have_connection(standin, actor)
    show_finance_tab(standin)
    if not (folder / FILLED).exists():
        bring_everything(integration)
        demo_history.price(organisation)
        demo_history.bill(organisation, actor, months_before(organisation.today(), MONTHS_BILLED_HERE))
        demo_business.live(organisation, actor)
        (folder / FILLED).touch(mode=0o600)
    db.session.rollback()
    click.echo((folder / SIGN_IN).read_text().rstrip())


def have_organisation(folder: Path, mail_port: int) -> Organisation:
    """Make the organisation and its owner once; the mail sink may have moved since."""
    organisation = db.session.get(Organisation, 1)
    if organisation is None:
        click.echo("Founding Brightline Studio …")
        password = have_password(folder)
        organisation = Organisation(
            id=1, name="Brightline Studio", email="billing@brightline.example", country="US", base_currency="USD",
            time_zone="America/New_York", locale="en_US", address="48 Canal Street\nNew York, NY 10002",
            phone="+1 212 555 0148", website="https://brightline.example", tax_id="US 84-1234567",
            bank_details="Hudson Savings Bank\nAccount 000123456789 · Routing 021000021",
            default_rate=Decimal(120), allow_private_remotes=True, invoice_notes="Thank you for your business.",
            mail_host="127.0.0.1", mail_security="none", mail_from="billing@brightline.example", mail_port=mail_port,
        )  # fmt: skip
        name, email = OWNER
        db.session.add_all([
            organisation, Tax(name="Sales tax", percent=Decimal("8.875")),
            User(name=name, email=email, email_key=email, role="owner", password_hash=hash_password(password)),
        ])  # fmt: skip
    organisation.mail_port = mail_port
    db.session.commit()
    return organisation


def have_password(folder: Path) -> str:
    """Keep the owner's password where only the person at this machine can read it, and print it at each start."""
    path = folder / SIGN_IN
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"Sign in as {OWNER[1]} with the password {'-'.join(secrets.token_hex(2) for _ in range(4))}\n")
    return path.read_text().split()[-1]


def have_connection(standin: str, actor: Actor) -> Integration:
    """Connect to the stand-in as a person would with a self client's code; go on at the step that is missing."""
    integration = connection.live_integration(CONNECTOR)
    if integration is not None and integration.connected_at is not None:
        integration.accounts_url = integration.api_url = standin
        db.session.commit()
        return integration
    click.echo("Connecting to Zoho Projects …")
    db.session.rollback()
    access = _call(standin, "GET", "/_standin")
    asked = connection.ConnectRequest(
        "custom", access["client_id"], access["client_secret"], accounts_url=standin, api_url=standin
    )
    integration, _grant = connection.begin(CONNECTOR, asked, actor)
    db.session.commit()
    if integration.state == "none":
        code = _call(standin, "POST", "/_standin/self-client-code")["code"]
        connection.use_self_client_code(integration, code, actor)
        db.session.commit()
    if not integration.scope_id:
        owned = next(scope for scope in connection.scopes(integration) if scope.is_owned)
        connection.choose_scope(integration, owned.id, actor)
        db.session.commit()
    connection.save_settings(integration, _preferences(), actor)
    connection.save_and_sync(integration, actor)
    db.session.commit()
    return integration


def show_finance_tab(standin: str) -> None:
    """Let the stand-in's projects show our Finance tab, as the extension does in Zoho Projects."""
    known = db.session.scalars(db.select(FrameOrigin).where(FrameOrigin.origin == standin)).first()
    if known is None:
        db.session.add(FrameOrigin(origin=standin))
    db.session.commit()
    url = f"{current_config().base_url}/finance/{CONNECTOR}/{{portal}}/{{project}}"
    _call(standin, "POST", "/_standin/frame", {"url": url})


def _preferences() -> dict[str, Any]:
    today = db.session.get_one(Organisation, 1).today()
    cutoff: date = first_of(months_before(today, MONTHS_BILLED_HERE))
    return {"cutoff": cutoff.isoformat(), connection.CHOSEN: True}


def _call(standin: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    sent = (body or {}) if method == "POST" else None
    answer = httpx2.request(method, standin + path, json=sent, timeout=30, trust_env=False)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def bring_everything(integration: Integration) -> None:
    """Perform the first sync to its end, whatever became of an earlier try."""
    integration_id = integration.id
    # nobody else works on the demo's data while it is filled: a claim that is still there is a dead process's
    integration.lease_until = utcnow() - timedelta(seconds=1)
    db.session.commit()
    engine.recover(utcnow())
    click.echo("Fetching two years of work …")
    while (run := _live_run(integration_id)) is not None:
        wait = (run.not_before - utcnow()).total_seconds() if run.state == "waiting" and run.not_before else 0
        run_id = run.id
        db.session.rollback()
        if wait > 0:
            click.echo(f"The remote asks to wait for {wait:.0f} seconds …")
            time.sleep(wait)
        perform(run_id)
    last = _last_run(integration_id)
    if last is None or last.state not in {"ok", "partial"}:
        raise click.ClickException(f"The first sync did not succeed. {last.message if last else ''}")


def _live_run(integration_id: int) -> SyncRun | None:
    return connection.live_run(db.session.get_one(Integration, integration_id))


def _last_run(integration_id: int) -> SyncRun | None:
    query = db.select(SyncRun).where(SyncRun.integration_id == integration_id, SyncRun.kind != "preview")
    return db.session.scalars(query.order_by(SyncRun.id.desc())).first()
