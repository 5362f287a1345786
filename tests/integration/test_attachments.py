"""Files beside a transaction: told by their content, kept safely, carried by e-mails, gone when they are removed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import select

from billing import attachments
from billing.attachments import Handed
from billing.errors import MoveRefused
from billing.stored_files import document_type, folder, readable_name
from extensions import db
from models import Attachment, AuditEntry
from models.audit import Actor
from tests import factories

PDF = b"%PDF-1.7 order"
OLGA = Actor("person", "Olga Marsh")


@pytest.fixture
def invoice(db_session, people):
    """An issued invoice."""
    made = factories.make_transaction(status="issued", number="INV-1")
    db_session.commit()
    return made


@pytest.fixture
def bruno_at(app, client, people, invoice):
    """A browser in which Bruno is signed in."""
    app.config["WTF_CSRF_ENABLED"] = False
    return factories.sign_in(client, people.bruno)


def hand_in(browser, invoice, content=PDF, name="order.pdf", mail=True):
    data = {"file": (io.BytesIO(content), name)} | ({"goes_with_mail": "y"} if mail else {})
    return browser.post(f"/invoices/{invoice.id}/files", data=data)


def rows() -> list[Attachment]:
    db.session.expire_all()
    return list(db.session.scalars(select(Attachment).order_by(Attachment.id)))


def archive(**names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name, content in names.items():
            made.writestr(name.replace("__", "/"), content)
    return kept.getvalue()


def test_a_file_handed_in_is_listed_can_be_read_and_goes_with_e_mails(bruno_at, invoice):
    answer = hand_in(bruno_at, invoice)

    row = rows()[0]
    page = bruno_at.get(f"/invoices/{invoice.id}")
    read = bruno_at.get(f"/invoices/{invoice.id}/files/{row.id}")
    assert answer.status_code == 303
    assert "order.pdf" in page.text
    assert (read.data, read.mimetype) == (PDF, "application/pdf")
    assert read.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in read.headers["Content-Security-Policy"]
    assert [(file.name, file.type, file.content) for file in attachments.for_mail(invoice)] == [
        ("order.pdf", "application/pdf", PDF)
    ]


def test_a_file_that_stays_here_goes_with_no_e_mail_until_somebody_says_so(bruno_at, invoice):
    hand_in(bruno_at, invoice, mail=False)
    row = rows()[0]
    before = attachments.for_mail(invoice)

    bruno_at.post(f"/invoices/{invoice.id}/files/{row.id}/mail")

    db.session.expire_all()
    assert before == []
    assert len(attachments.for_mail(invoice)) == 1


def test_a_removed_file_leaves_nothing_behind_but_a_line_in_the_log(bruno_at, invoice):
    hand_in(bruno_at, invoice)
    row = rows()[0]
    assert len(list(folder().glob("attachment-*"))) == 1

    answer = bruno_at.post(f"/invoices/{invoice.id}/files/{row.id}/remove")

    assert answer.status_code == 303
    assert rows() == []
    assert list(folder().glob("attachment-*")) == []
    verbs = set(db.session.scalars(select(AuditEntry.verb)))
    assert {"invoice.file_added", "invoice.file_removed"} <= verbs


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"MZ\x90\x00 program", "This is no PDF, picture, office document or plain text."),
        (b"<html><script>1</script>", "This is no PDF, picture, office document or plain text."),
        (b"", "The file is empty."),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(bruno_at, invoice, content, sentence):
    hand_in(bruno_at, invoice, content)

    page = bruno_at.get(f"/invoices/{invoice.id}")
    assert sentence in page.text
    assert rows() == []


def test_a_file_that_is_too_large_is_refused(invoice):
    large = Handed(PDF + b"x" * attachments.MOST_BYTES, "plan.pdf")

    with pytest.raises(MoveRefused, match="larger than 10 MB"):
        attachments.add(invoice, large, OLGA)


def test_files_that_no_mail_server_takes_together_are_refused(invoice):
    half = Handed(PDF + b"x" * 9_000_000, "plan.pdf")
    attachments.add(invoice, half, OLGA)

    with pytest.raises(MoveRefused, match="many mail servers refuse"):
        attachments.add(invoice, half, OLGA)

    attachments.add(invoice, replace(half, goes_with_mail=False), OLGA)
    assert [file.name for file in attachments.for_mail(invoice)] == ["plan.pdf"]


def test_a_file_of_another_transaction_is_not_found(bruno_at, invoice):
    hand_in(bruno_at, invoice)
    row = rows()[0]
    other = factories.make_transaction(status="issued", number="INV-2")
    db.session.commit()

    answer = bruno_at.get(f"/invoices/{other.id}/files/{row.id}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (archive(**{"word__document.xml": "<w/>"}), "wordprocessingml.document"),
        (archive(**{"xl__workbook.xml": "<x/>"}), "spreadsheetml.sheet"),
        (archive(mimetype="application/vnd.oasis.opendocument.text"), "opendocument.text"),
        (b"day;hours\n1;7\n", "text/plain"),
    ],
)
def test_office_documents_and_text_are_told_by_their_content(content, kind):
    assert str(document_type(content)).endswith(kind)


@pytest.mark.parametrize(
    "content",
    [
        archive(**{"word__document.xml": "<w/>", "word__vbaProject.bin": "x"}),
        archive(**{"setup.exe": "x"}),
        b"PK\x03\x04 no archive at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_macros_archives_and_active_pictures_are_not_taken(content):
    assert document_type(content) is None


@pytest.mark.parametrize(
    ("name", "suffix", "read"),
    [("../../etc/plan.pdf", ".pdf", "plan.pdf"), ("hours.csv", ".txt", "hours.csv"), ("x.exe", ".pdf", "x.pdf"),
     ("", ".png", "attachment.png")],
)  # fmt: skip
def test_a_name_from_outside_is_made_harmless(name, suffix, read):
    assert readable_name(name, suffix, "attachment") == read
