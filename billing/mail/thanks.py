"""Thanks to a customer for a payment, and a statement of account: messages about no single transaction."""

from __future__ import annotations

from sqlalchemy import func, select

from billing.links import customer_page
from billing.mail.bodies import Sheet
from billing.mail.compose import MailFields, write_to
from billing.mail.facts import day, people_of, reader_of
from billing.mail.placeholders import fill
from billing.mail.words import frame_words, language_for, words_for
from billing.money import ZERO, format_money
from extensions import db
from models import Customer, MailMessage, Organisation, Payment, Settlement, Transaction
from models.audit import Actor, record


def send_thanks(payment: Payment, actor: Actor, press: str = "", to: str = "") -> MailMessage:
    """Queue the thanks for a payment, once per payment unless `press` says otherwise. Does not commit.

    `to`: addresses with commas between; empty: the primary contact person. Raises `MoveRefused` without an address.
    """
    customer = payment.customer
    words, language = words_for("thanks", language_for(customer))
    frame = frame_words(language)
    facts = facts_of_payment(payment, customer_page(customer))
    sheet = Sheet(language, [(frame["paid"], facts["amount_paid"])], frame["account"], facts["link"])
    fields = MailFields(to or reader_of(customer).email, fill(words.subject, facts), fill(words.body, facts))
    message = write_to(customer, fields, press or f"thanks-{payment.id}", sheet, "thanks")
    record(actor, "payment.thanks_queued", ("payment", payment.id), message.to)
    db.session.flush()
    return message


def facts_of_payment(payment: Payment, link: str) -> dict[str, str]:
    """Return placeholder → text for a payment: what it settled, and what is open after it in its currency."""
    locale = db.session.get_one(Organisation, 1).locale
    settled = (
        select(Transaction.number)
        .join(Settlement, Settlement.transaction_id == Transaction.id)
        .where(Settlement.payment_id == payment.id, Settlement.reversed_at.is_(None))
        .order_by(Transaction.date, Transaction.id)
    )
    numbers = dict.fromkeys(number for number in db.session.scalars(settled) if number)
    open_sum = select(func.sum(Transaction.balance)).where(
        Transaction.customer_id == payment.customer_id, Transaction.currency == payment.currency,
        Transaction.number.is_not(None), Transaction.balance > 0,
    )  # fmt: skip
    return {
        "amount_paid": format_money(payment.amount, payment.currency, locale),
        "paid_on": day(payment.date, locale), "number": ", ".join(numbers) or payment.reference,
        "balance": format_money(db.session.scalar(open_sum) or ZERO, payment.currency, locale),
        "link": link, **people_of(payment.customer),
    }  # fmt: skip


def send_statement(customer: Customer, fields: MailFields, actor: Actor, press: str) -> MailMessage:
    """Queue a statement of account: the link to everything that is open. Does not commit."""
    language = words_for("statement", language_for(customer))[1]
    sheet = Sheet(language, [], frame_words(language)["account"], customer_page(customer))
    message = write_to(customer, fields, press, sheet, "statement")
    record(actor, "customer.statement_queued", ("customer", customer.id), message.to)
    db.session.flush()
    return message
