"""Rows for tests, made in one line each; what a test does not name gets a plain value."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient

from blueprints.sessions import cookie_name
from extensions import db, utcnow
from models import (
    Allocation,
    Bug,
    ContactPerson,
    Credential,
    Customer,
    Integration,
    Link,
    Organisation,
    Project,
    ProjectStaff,
    SyncRun,
    SyncRunModule,
    Task,
    Tax,
    TimeEntry,
    Transaction,
    TransactionLine,
    User,
    UserSession,
)
from models.one_time_links import token_hash
from sync.kept_out.figures import COLUMNS, figures

#: every test person's password, hashed cheaply once
PASSWORD = "correct horse battery staple"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_numbers = count(1)


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def make_organisation(**values: Any) -> Organisation:
    """Brightline Studio: an agency in New York that bills in dollars."""
    plain = {
        "id": 1, "name": "Brightline Studio", "email": "billing@brightline.example", "country": "US",
        "edition": "global", "base_currency": "USD", "time_zone": "America/New_York", "locale": "en_GB",
        "default_rate": Decimal(100), "allow_private_remotes": True,
        "address": "1 Canal Street\nNew York", "mail_from": "billing@brightline.example",
    }  # fmt: skip
    return _add(Organisation(**(plain | values)))


def make_user(name: str = "", role: str = "staff", **values: Any) -> User:
    """A person who can sign in with `PASSWORD` (unless `password_hash=None` or another status is asked for)."""
    name = name or f"Person {next(_numbers)}"
    email = values.pop("email", f"{name.lower().replace(' ', '.')}@brightline.example")
    plain = {"email_key": email.casefold() or None, "status": "active", "password_hash": PASSWORD_HASH}
    return _add(User(name=name, email=email, role=role, **(plain | values)))


def make_customer(name: str = "", **values: Any) -> Customer:
    """A customer with a postal address and an e-mail address."""
    name = name or f"Customer {next(_numbers)}"
    plain = {
        "name_key": " ".join(name.casefold().split()), "currency": "USD", "email": "office@customer.example",
        "street": "5 High Street", "city": "Springfield", "zip_code": "01101", "country": "US",
    }  # fmt: skip
    return _add(Customer(name=name, **(plain | values)))


def make_contact_person(customer: Customer, **values: Any) -> ContactPerson:
    """The human at a customer who gets the mail."""
    plain = {"first_name": "Carla", "last_name": "Reyes", "email": "carla@customer.example", "is_primary": True}
    return _add(ContactPerson(customer_id=customer.id, **(plain | values)))


def make_project(customer: Customer | None = None, name: str = "", **values: Any) -> Project:
    """An active project billed by its hours at 100 an hour."""
    customer = customer or make_customer()
    plain = {"currency": customer.currency, "billing_method": "project_hours", "rate": Decimal(100)}
    return _add(Project(customer_id=customer.id, name=name or f"Project {next(_numbers)}", **(plain | values)))


def make_staff(project: Project, user: User, **values: Any) -> ProjectStaff:
    """Somebody's place on a project."""
    return _add(ProjectStaff(project_id=project.id, user_id=user.id, **values))


def make_task(project: Project, name: str = "", **values: Any) -> Task:
    """An open, billable task."""
    plain = {"milestone_id": None, "status": "Open"}
    return _add(Task(project_id=project.id, name=name or f"Task {next(_numbers)}", **(plain | values)))


def make_bug(project: Project, title: str = "", **values: Any) -> Bug:
    """An open bug."""
    return _add(Bug(project_id=project.id, title=title or f"Bug {next(_numbers)}", **({"status": "Open"} | values)))


def make_time_entry(project: Project | None = None, **values: Any) -> TimeEntry:
    """One billable, unbilled hour in June 2026."""
    project = project or make_project()
    plain = {
        "user_id": None, "task_id": None, "bug_id": None, "date": date(2026, 6, 15), "seconds": 3600,
        "notes": "Drew the home page",
    }  # fmt: skip
    return _add(TimeEntry(project_id=project.id, **(plain | values)))


def make_tax(name: str = "Sales tax", percent: str = "8.875", **values: Any) -> Tax:
    """A tax rate."""
    return _add(Tax(name=name, percent=Decimal(percent), **values))


def make_transaction(customer: Customer | None = None, **values: Any) -> Transaction:
    """A draft invoice without lines; amounts are whatever the test says, for tests of pages and of the doctor."""
    customer = customer or make_customer()
    plain = {
        "type": "invoice", "currency": customer.currency, "date": date(2026, 7, 1), "due_date": date(2026, 7, 31),
        "link_token": secrets.token_urlsafe(16),
    }  # fmt: skip
    return _add(Transaction(customer_id=customer.id, **(plain | values)))


def make_line(transaction: Transaction, **values: Any) -> TransactionLine:
    """One free line of 100."""
    plain = {
        "position": 1, "name": "Design", "quantity": Decimal(1), "rate": Decimal(100), "amount": Decimal(100),
    }  # fmt: skip
    return _add(TransactionLine(transaction_id=transaction.id, **(plain | values)))


def make_allocation(entry: TimeEntry, line: TransactionLine, **values: Any) -> Allocation:
    """This entry on that line, live; the entry's state is left to the test."""
    plain = {"transaction_id": line.transaction_id, "line_id": line.id, "seconds": entry.seconds}
    return _add(Allocation(time_entry_id=entry.id, **(plain | values)))


def make_integration(**values: Any) -> Integration:
    """An active connection to Zoho Projects."""
    plain = {
        "connector": "zoho_projects", "state": "active", "scope_id": "60014242", "scope_name": "Brightline Studio",
        "scope_time_zone": "America/New_York", "connected_at": datetime(2026, 1, 2, 9, 0, tzinfo=UTC),
    }  # fmt: skip
    return _add(Integration(**(plain | values)))


def make_credential(integration: Integration, secret: str) -> Credential:
    """The encrypted credentials of an integration."""
    return _add(Credential(integration_id=integration.id, secret=secret))


def make_link(integration: Integration, module: str, **values: Any) -> Link:
    """What is known of one remote record; by default it came in."""
    plain = {"remote_id": str(9_000_000 + next(_numbers)), "content_hash": b"\0" * 16, "outcome": "added"}
    shown = dict(zip(COLUMNS, figures(values.get("detail"), values.get("kept")), strict=True))
    return _add(Link(integration_id=integration.id, module=module, **(plain | shown | values)))


def make_run(integration: Integration, modules: dict[str, dict[str, Any]] | None = None, **values: Any) -> SyncRun:
    """A finished run; `modules` are the columns of its module rows by name."""
    plain = {"trigger": "instant", "actor": "Olga Marsh", "state": "ok", "started_at": utcnow(), "ended_at": utcnow()}
    run = _add(SyncRun(integration_id=integration.id, **(plain | values)))
    for position, (module, columns) in enumerate((modules or {}).items()):
        _add(SyncRunModule(run_id=run.id, module=module, position=position, **({"state": "ok"} | columns)))
    return run


def new_session(person: User) -> str:
    """Write down that `person` signed in a minute ago; returns the token for the browser's cookie."""
    token = secrets.token_urlsafe(32)
    then = utcnow() - timedelta(minutes=1)
    _add(
        UserSession(
            token_hash=token_hash(token), user_id=person.id, created_at=then, last_seen_at=then, confirmed_at=then,
            address="127.0.0.1", agent="test",
        )
    )  # fmt: skip
    db.session.commit()
    return token


def sign_in(client: FlaskClient, person: User) -> FlaskClient:
    """Make this browser one that `person` signed in with a minute ago."""
    client.set_cookie(cookie_name(), new_session(person))
    return client
