"""E-mail templates: words of the house or our own, in the language of the reader, with placeholders that are known."""

from __future__ import annotations

from decimal import Decimal
from html import unescape

import pytest

from billing import mail, transactions
from billing.mail.builtin import BUILTIN, Words
from billing.mail.kinds import KINDS, PLACEHOLDERS
from billing.mail.placeholders import check, fill
from billing.mail.trial import check_words
from billing.paper import document_of
from extensions import db
from models import MailTemplate
from models.audit import Actor
from tests import factories
from tests.browsing import send, words_of

OLGA = Actor("person", "Olga Marsh")
INVOICE_DE = "/settings/mail-templates/invoice/de"


@pytest.fixture
def invoice(organisation):
    customer = factories.make_customer("Aurora Outdoor", language="de")
    factories.make_contact_person(customer)
    made = transactions.start_blank(customer.id, OLGA)
    factories.make_line(made, amount=Decimal("1234.50"), rate=Decimal("1234.50"))
    db.session.expire(made)
    made.total = made.balance = made.subtotal = Decimal("1234.50")
    transactions.issue(made, OLGA)
    db.session.commit()
    return made


def test_a_customer_reads_in_their_own_language_and_others_in_the_house_s(invoice):
    german = mail.defaults(invoice)
    invoice.customer.language = ""

    english = mail.defaults(invoice)

    assert german.subject == f"Rechnung {invoice.number} von Brightline Studio"
    assert german.text.startswith("Guten Tag Carla Reyes,\n\nanbei erhalten Sie unsere Rechnung")
    assert english.subject == f"Invoice {invoice.number} from Brightline Studio"
    assert english.text.startswith("Hello Carla,")


def test_a_language_without_words_gets_those_of_the_house(invoice, organisation):
    invoice.customer.language = "fr"

    assert mail.defaults(invoice).subject.startswith("Invoice")
    organisation.language = "de"
    assert mail.defaults(invoice).subject.startswith("Rechnung")


def test_words_of_the_house_replace_the_built_in_ones_of_their_language_only(invoice):
    db.session.add(MailTemplate(kind="invoice", language="de", subject="{number}: {total}", body="Bis {due_date}!"))
    db.session.commit()

    german = mail.defaults(invoice)
    invoice.customer.language = "en"

    assert german.subject == f"{invoice.number}: {document_of(invoice).total.amount}"
    assert german.text.startswith("Bis ")
    assert mail.defaults(invoice).subject.startswith("Invoice")


@pytest.mark.parametrize("language", BUILTIN)
def test_every_kind_has_built_in_words_that_name_only_what_is_known(language):
    problems = {
        kind: check_words(kind, BUILTIN[language][kind]) for kind in KINDS if check_words(kind, BUILTIN[language][kind])
    }

    assert problems == {}
    assert {name for kind in KINDS.values() for name in kind.placeholders} <= set(PLACEHOLDERS)


def test_an_empty_fact_leaves_no_gap_and_facts_are_not_looked_into():
    facts = {"contact_first_name": "", "number": "{total}", "total": "9"}

    assert fill("Hello {contact_first_name},", facts) == "Hello,"
    assert fill("{number} and { total }, {unknown}", facts) == "{total} and 9, {unknown}"
    assert check("{number} {total} {oops}", facts) == (
        "{oops} stands for nothing here. Use a placeholder from the list, or leave out the braces."
    )


@pytest.mark.both_databases
def test_a_template_is_written_shown_as_sent_tested_and_reset(people, browser_of, invoice, sink, organisation):
    organisation.mail_host, organisation.mail_port, organisation.mail_security = "127.0.0.1", sink.port, "none"
    ada = browser_of(people.ada)
    typed = {"subject": "Ihre {title} {number}", "body": "Hallo {contact_first_name}, bitte {total} bis {due_date}."}

    shown = send(ada, INVOICE_DE, typed, to=f"{INVOICE_DE}/shown")
    send(ada, INVOICE_DE, typed, to=f"{INVOICE_DE}/test")
    before = mail.defaults(invoice).subject
    send(ada, INVOICE_DE, typed)
    after = mail.defaults(invoice).subject
    send(ada, INVOICE_DE, {}, to=f"{INVOICE_DE}/reset")

    total = document_of(invoice).total.amount
    assert f"Hallo Carla, bitte {total} bis" in unescape(shown.text)
    assert sink.letters[0]["To"] == people.ada.email
    assert sink.letters[0]["Subject"] == f"Test: Ihre Rechnung {invoice.number}"
    assert f"Hallo Carla, bitte {total} bis" in sink.letters[0].get_body(("plain",)).get_content()
    assert (before, after) == (f"Rechnung {invoice.number} von Brightline Studio", f"Ihre Rechnung {invoice.number}")
    assert mail.defaults(invoice).subject == before


def test_an_unknown_placeholder_is_refused_with_a_sentence_and_nothing_typed_is_lost(people, browser_of):
    ada = browser_of(people.ada)

    answer = send(ada, INVOICE_DE, {"subject": "Rechnung", "body": "Hallo {vorname}, und mehr"})
    shown = send(ada, INVOICE_DE, {"subject": "Rechnung", "body": "Hallo {vorname}"}, to=f"{INVOICE_DE}/shown")

    assert answer.status_code == shown.status_code == 422
    assert "{vorname} stands for nothing here." in words_of(answer)
    assert "Hallo {vorname}, und mehr" in answer.text
    assert "{vorname} stands for nothing here." in words_of(shown)
    assert db.session.scalar(db.select(MailTemplate.id)) is None


def test_a_shown_e_mail_can_run_and_load_nothing(people, browser_of):
    answer = browser_of(people.ada).get(f"{INVOICE_DE}/shown")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy


def test_every_kind_can_be_shown_without_any_transaction(people, browser_of):
    ada = browser_of(people.ada)

    pages = [ada.get(f"/settings/mail-templates/{kind}/{language}/shown") for kind in KINDS for language in BUILTIN]

    assert {page.status_code for page in pages} == {200}
    assert not [page.text for page in pages if "{" in words_of(page)]


def test_words_that_hold_html_stay_words(invoice):
    words = Words("<b>{number}</b>", "<script>alert(1)</script>")
    db.session.add(MailTemplate(kind="invoice", language="de", subject=words.subject, body=words.body))
    db.session.commit()

    html = mail.preview(invoice, mail.defaults(invoice))[1]

    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_page_of_a_german_template_is_still_an_english_page(people, browser_of):
    ada = browser_of(people.ada)

    pages = [ada.get(path).text for path in ("/settings/mail-templates/de", INVOICE_DE)]

    assert all('<html lang="en"' in page for page in pages)
