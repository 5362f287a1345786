"""`user`: add a person, reset a password, forget a lost device; without the web pages and without mail."""

from __future__ import annotations

import sys

import click
from flask import current_app, url_for
from flask.cli import AppGroup

from cli.prepare import require_tables
from extensions import current_config, db
from models import User, second_step
from models.audit import Actor, record
from models.one_time_links import end_all, issue
from models.passwords import hash_password, problem_with
from models.user import ROLES, email_key

ACTOR = Actor("command", "command line")

user = AppGroup("user", help="Add people, reset passwords, forget a lost device.")


@user.command("create")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), default="staff", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else a link is printed.")
def create(email: str, name: str, role: str, password_stdin: bool) -> None:
    """Add a person, with a password or with a link to choose one."""
    require_tables()
    email = email.strip()
    if "@" not in email.strip("@"):
        raise click.ClickException(f"{email!r} is not an e-mail address.")
    if find(email) is not None:
        raise click.ClickException(f"{email} is already here.")
    person = User(name=name.strip(), email=email, email_key=email_key(email), role=role, status="invited")
    if password_stdin:
        person.password_hash = _read_password(name, email)
        person.status = "active"
    db.session.add(person)
    db.session.flush()
    link = None if password_stdin else link_for(person, "invitation")
    record(ACTOR, "user.created", ("user", person.id), f"{name}, {role}")
    db.session.commit()
    click.echo(f"{name} can sign in now." if link is None else f"Works once and for a day; give it to {name}:\n{link}")


@user.command("reset-password")
@click.argument("email")
def reset_password(email: str) -> None:
    """Print a link that sets a new password; it works once and for an hour."""
    require_tables()
    person = find(email)
    if person is None:
        raise click.ClickException(f"Nobody here has the address {email}.")
    if person.status == "inactive":
        raise click.ClickException(f"{person.name} cannot sign in: the name only stands behind fetched hours.")
    purpose = "reset" if person.status == "active" else "invitation"
    end_all(person.id)
    link = link_for(person, purpose)
    record(ACTOR, "user.reset_link_made", ("user", person.id), person.name)
    db.session.commit()
    click.echo(f"Works once; give it to {person.name}:\n{link}")


@user.command("turn-off-second-step")
@click.argument("email")
def turn_off_second_step(email: str) -> None:
    """Let somebody sign in with the password alone, whose device and recovery codes are lost."""
    require_tables()
    person = find(email)
    if person is None:
        raise click.ClickException(f"Nobody here has the address {email}.")
    if not second_step.is_on(person.id):
        raise click.ClickException(f"{person.name} has no second step.")
    second_step.switch_off(person.id)
    record(ACTOR, "user.second_step_off", ("user", person.id), person.name)
    db.session.commit()
    click.echo(f"{person.name} signs in with the password alone now, and can set up a new device.")


def find(email: str) -> User | None:
    """Return the person with an address, however it is written."""
    found: User | None = db.session.scalar(db.select(User).where(User.email_key == email.strip().casefold()))
    return found


def link_for(person: User, purpose: str) -> str:
    """Make a one-time link as a whole address. Does not commit."""
    token = issue(person.id, purpose)
    with current_app.test_request_context():
        path = url_for(f"auth.{purpose}", token=token)
    return current_config().base_url + path


def _read_password(*about: str) -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if problem := problem_with(password, about):
        raise click.ClickException(problem)
    return hash_password(password)
