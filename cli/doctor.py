"""`doctor`: looks at books, sync, database, folder, keys, mail and disk, and says what to do about what it finds."""

from __future__ import annotations

import json
import shutil
import smtplib
import ssl
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from cryptography.fernet import InvalidToken
from flask.cli import with_appcontext
from sqlalchemy.exc import DatabaseError

from archive import DOCUMENTS, digest
from archive.databases import revision
from cli.prepare import head
from extensions import current_config, db, decrypt, reading, utcnow
from models import Credential, Integration, MailMessage, Organisation, Transaction
from models.lease import holder
from sync.invariants import INVARIANTS

#: less free space than this is too little for the next backup, bytes
LITTLE_SPACE = 500 * 1024 * 1024
SMTP_SECONDS = 5
SIGNS = {"ok": "✓", "note": "·", "broken": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says. `level`: ok, note (worth knowing) or broken (needs somebody)."""

    title: str
    level: str
    sentences: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the doctor looks at; it yields sentences for what it finds, `level` says how bad they are."""

    title: str
    look: Callable[[], Iterator[str]]
    level: str = "broken"


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@with_appcontext
def doctor(as_json: bool) -> None:
    """Look whether everything is in order. Exit codes: 0 nothing is broken, 1 something is."""
    findings = examine()
    if as_json:
        rows = [{"title": f.title, "level": f.level, "sentences": list(f.sentences)} for f in findings]
        click.echo(json.dumps(rows, indent=2))
    else:
        click.echo("\n".join(line for finding in findings for line in _lines(finding)))
    sys.exit(any(finding.level == "broken" for finding in findings))


def _lines(finding: Finding) -> list[str]:
    return [f"{SIGNS[finding.level]} {finding.title}", *(f"    {sentence}" for sentence in finding.sentences)]


def examine() -> list[Finding]:
    """Run all checks; those that need the tables only when the tables are the expected ones."""
    found = [_look(check) for check in MACHINE]
    if all(finding.level != "broken" for finding in found if finding.title == DATABASE.title):
        found += [_look(check) for check in DATA]
        found += [_look(Check(str(rule.title), lambda rule=rule: iter(rule.violations()))) for rule in INVARIANTS]  # type: ignore[misc]
    return found


def _look(check: Check) -> Finding:
    with reading():
        try:
            sentences = list(check.look())
        finally:
            db.session.rollback()
    return Finding(check.title, check.level if sentences else "ok", sentences)


def database() -> Iterator[str]:
    """The database answers and is at this version's migration."""
    try:
        now = revision()
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                for (line,) in connection.exec_driver_sql("PRAGMA quick_check(5)"):
                    if line != "ok":
                        yield f"SQLite says: {line}. Restore the last backup."
    except DatabaseError as error:
        yield f"The database cannot be read: {error.orig}"
        return
    if now != head():
        yield f"The database is at version {now or 'none'}, this Crossbill needs {head()}. Start ./crossbill up once."


def folder() -> Iterator[str]:
    """Nobody but the owner reads the data folder and the keys in it."""
    data = current_config().data_folder
    for path in (data, *(data / name for name in ("secret_key", "encryption_keys"))):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"Others on this machine can read {path}. Run: chmod go-rwx {path}"


def disk() -> Iterator[str]:
    """There is room to work and for a backup."""
    free = shutil.disk_usage(current_config().data_folder).free
    if free < LITTLE_SPACE:
        yield f"Only {free // 1024**2} MB are free where the data lies. Make room."


def keys() -> Iterator[str]:
    """The keys of this installation open what was encrypted with them."""
    titles = {i.id: i.connector for i in db.session.scalars(db.select(Integration))}
    for credential in db.session.scalars(db.select(Credential)):
        if not _opens(credential.secret):
            name = titles[credential.integration_id]
            yield f"The credentials of {name} cannot be decrypted. Put back the old key, or update the credentials."
    business = db.session.get(Organisation, 1)
    if business and business.mail_password and not _opens(business.mail_password):
        yield "The mail password cannot be decrypted. Put back the old key, or enter the password again."


def _opens(token: str) -> bool:
    try:
        decrypt(token)
    except InvalidToken:
        return False
    return True


def documents() -> Iterator[str]:
    """Every stored document is there and is what was stored (R-05)."""
    store = current_config().data_folder / DOCUMENTS
    issued = db.select(Transaction.number, Transaction.pdf_file, Transaction.pdf_hash).where(Transaction.pdf_file != "")
    for number, name, expected in db.session.execute(issued):
        if problem := _document_problem(store / name, expected):
            yield f"The PDF of {number} {problem} Restore it from a backup."


def _document_problem(path: Path, expected: str) -> str:
    if not path.is_file():
        return "is missing."
    return "" if digest(path) == expected else "was changed."


def mail() -> Iterator[str]:
    """Mail goes out: the server answers and nothing was given up."""
    failed = db.session.scalar(db.select(db.func.count()).where(MailMessage.status.in_(("failed", "uncertain")))) or 0
    if failed:
        yield f"{failed} messages were not sent, or nobody knows. Their pages say why and offer to try again."
    business = db.session.get(Organisation, 1)
    if business is None:
        return
    if not business.mail_host:
        yield "No mail server is set up, so nothing can be sent. Settings → Mail."
    elif problem := _smtp_problem(business.mail_host, business.mail_port, business.mail_security):
        yield f"The mail server {business.mail_host} does not answer: {problem}"


def _smtp_problem(host: str, port: int, security: str) -> str:
    try:
        if security == "tls":
            context = ssl.create_default_context()
            with smtplib.SMTP_SSL(host, port, timeout=SMTP_SECONDS, context=context) as server:
                server.noop()
        else:
            with smtplib.SMTP(host, port, timeout=SMTP_SECONDS) as server:
                server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return str(error) or type(error).__name__
    return ""


def scheduler() -> Iterator[str]:
    """The clock is kept by a running process."""
    held = holder("scheduler")
    if held is None or held[1] < utcnow():
        yield "Crossbill is not running now, so nothing is synced or sent by itself."


DATABASE = Check("The database is in order", database)
MACHINE = (DATABASE, Check("The data folder is private", folder), Check("There is room on the disk", disk))
DATA = (
    Check("Secrets can be decrypted", keys),
    Check("Stored documents are as they were issued", documents),
    Check("Mail can be sent", mail, level="note"),
    Check("The scheduler runs", scheduler, level="note"),
)
