"""Files beside a transaction: added, taken off, and carried by its e-mails. None of the verbs commits."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from billing.errors import MoveRefused
from billing.stored_files import document_type, keep, path_of
from extensions import db
from models import Attachment, Transaction
from models.audit import Actor, record

#: bytes of one file, of all files that go with one e-mail, and files of one transaction
MOST_BYTES = 10 * 1024 * 1024
MOST_BY_MAIL = 15 * 1024 * 1024
MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that an e-mail carries; `type` is its media type."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Handed:
    """A file as somebody hands it in."""

    content: bytes
    name: str
    goes_with_mail: bool = True


def of(transaction: Transaction) -> list[Attachment]:
    """Return the files of a transaction, oldest first."""
    query = select(Attachment).where(Attachment.transaction_id == transaction.id)
    return list(db.session.scalars(query.order_by(Attachment.id)))


def for_mail(transaction: Transaction) -> list[MailFile]:
    """Return the files that go with e-mails about a transaction; one that is missing on disk is left out."""
    found = []
    for row in of(transaction):
        path = path_of(row.file) if row.goes_with_mail else None
        if path is not None:
            found.append(MailFile(row.name, row.type, path.read_bytes()))
    return found


def add(transaction: Transaction, handed: Handed, actor: Actor) -> Attachment:
    """Keep a file beside a transaction; its type is what its content says (ASVS 5.2). Refuses what is too large."""
    kind = _checked(transaction, handed)
    stored = keep(handed.content, handed.name, kind, "attachment")
    row = Attachment(
        transaction_id=transaction.id, file=stored.file, name=stored.name, type=stored.type, size=stored.size,
        goes_with_mail=handed.goes_with_mail, created_by=actor.id if actor.kind == "person" else None,
    )  # fmt: skip
    db.session.add(row)
    record(actor, f"{transaction.type}.file_added", ("transaction", transaction.id), stored.name)
    db.session.flush()
    return row


def _checked(transaction: Transaction, handed: Handed) -> str:
    if not handed.content:
        raise MoveRefused(_("The file is empty. Choose another."))
    if len(handed.content) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise MoveRefused(_("The file is larger than %(most)s MB. Make it smaller first.", most=most))
    count, size = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Attachment.size).filter(Attachment.goes_with_mail), 0)).where(
            Attachment.transaction_id == transaction.id
        )
    ).one()
    if count >= MOST_FILES:
        raise MoveRefused(_("There are %(most)s files here already. Remove one first.", most=MOST_FILES))
    if handed.goes_with_mail and size + len(handed.content) > MOST_BY_MAIL:
        most = MOST_BY_MAIL // 1024 // 1024
        raise MoveRefused(_("Together the files would be larger than %(most)s MB, and many mail servers refuse that.",
                            most=most))  # fmt: skip
    kind = document_type(handed.content)
    if kind is None:
        raise MoveRefused(_("This is no PDF, picture, office document or plain text. Choose another file."))
    return kind


def set_goes_with_mail(row: Attachment, goes: bool, actor: Actor) -> None:
    """Say whether e-mails carry a file."""
    row.goes_with_mail = goes
    words = _("%(name)s goes with e-mails", name=row.name) if goes else _("%(name)s stays here", name=row.name)
    record(actor, f"{row.transaction.type}.file_changed", ("transaction", row.transaction_id), words)
    db.session.flush()


def remove(row: Attachment, actor: Actor) -> str:
    """Take a file off its transaction; returns what `stored_files.drop` removes after the commit."""
    record(actor, f"{row.transaction.type}.file_removed", ("transaction", row.transaction_id), row.name)
    file = row.file
    db.session.delete(row)
    db.session.flush()
    return file
