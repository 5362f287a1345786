"""What goes along with an e-mail: the stored PDF of its transaction, and the files that were marked for it."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _

from billing import attachments, pdf
from billing.attachments import MailFile
from billing.paper import annex_of
from models import MailMessage, Transaction


def enclosures(message: MailMessage, transaction: Transaction | None, save: Callable[[], None]) -> list[MailFile]:
    """Return what goes along, and note the document on the message. `save` ends the database transaction."""
    if transaction is None:
        return []
    found: list[MailFile] = []
    if message.has_document and (content := pdf.stored_bytes(transaction)) is not None:
        name = pdf.file_name(transaction)
        message.attachment_file, message.attachment_name = transaction.pdf_file, name
        found.append(MailFile(name, "application/pdf", content))
    found += attachments.for_mail(transaction)
    return found + ([_annex(transaction, save)] if message.has_annex else [])


def _annex(transaction: Transaction, save: Callable[[], None]) -> MailFile:
    """Set the list of hours (requirements M-14) while no database transaction is open."""
    document, name = annex_of(transaction), pdf.file_name(transaction).removesuffix(".pdf")
    save()
    return MailFile(_("%(number)s-hours.pdf", number=name), "application/pdf", pdf.render(document))
