"""A statement of account on paper and by mail: the same figures as the page shows."""

from __future__ import annotations

from datetime import datetime

from billing import pdf
from billing.customers.statement import Statement
from billing.languages import locale_of
from billing.links import customer_page
from billing.logos import picture
from billing.mail.compose import MailFields
from billing.mail.facts import day, people_of, reader_of
from billing.mail.placeholders import fill
from billing.mail.words import language_for, words_for
from billing.money import ZERO, format_money
from billing.paper import Look, PaperDocument, StatementRow
from billing.paper import statement as paper_statement
from billing.transactions.frozen import receiver_facts, sender_facts
from models import Organisation


def paper_of(found: Statement, organisation: Organisation, made_at: datetime) -> PaperDocument:
    """Return the paper of a statement, in the customer's language and the organisation's look."""
    customer = found.customer
    look = Look(
        sender_facts(organisation), receiver_facts(customer),
        locale_of((customer.language, organisation.language), organisation.locale), organisation.paper_layout,
        organisation.brand_color, picture(organisation.logo_file),
    )  # fmt: skip
    rows = [
        StatementRow(
            line.date, " ".join(part for part in (line.title, line.number) if part), line.text,
            max(line.amount, ZERO), max(-line.amount, ZERO), line.balance,
        )
        for line in found.lines
    ]  # fmt: skip
    return paper_statement(
        look, found.currency, (found.since, found.until), (found.opening, found.closing), rows, made_at
    )


def pdf_of(found: Statement, organisation: Organisation, made_at: datetime) -> bytes:
    """Return a statement as PDF; takes a moment, so no database transaction should wait for it."""
    return pdf.render(paper_of(found, organisation, made_at))


def mail_of(found: Statement, organisation: Organisation) -> MailFields:
    """Return what the mail says: the template in the customer's language, to the primary contact person.

    It makes the customer's link where there is none yet, so a commit has to follow.
    """
    customer = found.customer
    words, _language = words_for("statement", language_for(customer))
    facts = {
        "date": day(found.until, organisation.locale),
        "balance": format_money(found.closing, found.currency, organisation.locale),
        "link": customer_page(customer), **people_of(customer),
    }  # fmt: skip
    return MailFields(reader_of(customer).email, fill(words.subject, facts), fill(words.body, facts))
