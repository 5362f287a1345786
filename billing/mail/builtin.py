"""What e-mails say as long as nobody wrote other words: by language and kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body of an e-mail, with placeholders."""

    subject: str
    body: str


_EN_BYE = "\n\nKind regards\n{organisation}"
_DE_BYE = "\n\nFreundliche Grüße\n{organisation}"
_EN_HELLO = "Hello {contact_first_name},\n\n"
_DE_HELLO = "Guten Tag {contact_name},\n\n"


def _en(subject: str, body: str) -> Words:
    return Words(subject, _EN_HELLO + body + _EN_BYE)


def _de(subject: str, body: str) -> Words:
    return Words(subject, _DE_HELLO + body + _DE_BYE)


_EN_ANSWER = "\nYou can accept or decline it on the page that the link below opens."
_DE_ANSWER = "\nAuf der Seite hinter dem Link unten können Sie annehmen oder ablehnen."

EN: Mapping[str, Words] = {
    "quote": _en(
        "Quote {number} from {organisation}", "here is our quote {number}. The PDF is attached." + _EN_ANSWER
    ),
    "sales_order": _en(
        "Sales order {number} from {organisation}",
        "thank you for your order. Our sales order {number} confirms it; the PDF is attached.",
    ),
    "invoice": _en(
        "Invoice {number} from {organisation}", "here is our invoice {number}. The PDF is attached."
    ),
    "retainer": _en(
        "Retainer invoice {number} from {organisation}",
        "here is our retainer invoice {number}. The PDF is attached.\nWhat you pay on it is taken off later invoices.",
    ),
    "credit_note": _en(
        "Credit note {number} from {organisation}", "here is our credit note {number}. The PDF is attached."
    ),
    "reminder_0": _en(
        "{title} {number} is due on {due_date}",
        "a short note that our {title} {number} over {balance} is due on {due_date}.\n"
        "If the payment is under way already, there is nothing to do.",
    ),
    "reminder_1": _en(
        "Reminder: {title} {number} was due on {due_date}",
        "our {title} {number} was due on {due_date}, and {balance} is still open.\n"
        "You may have overlooked it. If you paid meanwhile, thank you.",
    ),
    "reminder_2": _en(
        "Second reminder: {title} {number}",
        "we wrote to you about our {title} {number}. It has been due for {days_overdue} days, and {balance} is still "
        "open.\nPlease pay it within the next seven days, or tell us what keeps you from doing so.",
    ),
    "reminder_3": _en(
        "Last reminder: {title} {number}",
        "our {title} {number} has been due since {due_date}, for {days_overdue} days. {balance} is still open.\n"
        "Please pay it at once. If something about it is not right, call us today.",
    ),
    "thanks": _en(
        "Thank you for your payment of {amount_paid}",
        "thank you: your payment of {amount_paid} from {paid_on} has arrived for {number}.\nStill open: {balance}.",
    ),
    "statement": _en(
        "Statement of account from {organisation}",
        "here is how your account stands on {date}. Open: {balance}.\n"
        "The page that the link below opens shows each document.",
    ),
}  # fmt: skip

DE: Mapping[str, Words] = {
    "quote": _de(
        "Angebot {number} von {organisation}", "anbei erhalten Sie unser Angebot {number} als PDF." + _DE_ANSWER
    ),
    "sales_order": _de(
        "Auftrag {number} von {organisation}",
        "vielen Dank für Ihren Auftrag. Anbei erhalten Sie unsere Bestätigung {number} als PDF.",
    ),
    "invoice": _de(
        "Rechnung {number} von {organisation}", "anbei erhalten Sie unsere Rechnung {number} als PDF."
    ),
    "retainer": _de(
        "Vorschussrechnung {number} von {organisation}",
        "anbei erhalten Sie unsere Vorschussrechnung {number} als PDF.\n"
        "Ihre Zahlung wird mit späteren Rechnungen verrechnet.",
    ),
    "credit_note": _de(
        "Gutschrift {number} von {organisation}", "anbei erhalten Sie unsere Gutschrift {number} als PDF."
    ),
    "reminder_0": _de(
        "{title} {number} ist am {due_date} fällig",
        "unsere {title} {number} über {balance} ist am {due_date} fällig.\n"
        "Falls die Zahlung schon unterwegs ist, brauchen Sie nichts zu tun.",
    ),
    "reminder_1": _de(
        "Zahlungserinnerung: {title} {number}",
        "unsere {title} {number} war am {due_date} fällig, {balance} sind noch offen.\n"
        "Sicher haben Sie das nur übersehen. Falls Sie inzwischen bezahlt haben, vielen Dank.",
    ),
    "reminder_2": _de(
        "Zweite Mahnung: {title} {number}",
        "wir haben Sie schon an unsere {title} {number} erinnert. Sie ist seit {days_overdue} Tagen fällig, {balance} "
        "sind noch offen.\nBitte zahlen Sie innerhalb von sieben Tagen, oder sagen Sie uns, was Sie daran hindert.",
    ),
    "reminder_3": _de(
        "Letzte Mahnung: {title} {number}",
        "unsere {title} {number} ist seit dem {due_date} fällig, seit {days_overdue} Tagen. {balance} sind noch offen."
        "\nBitte zahlen Sie sofort. Falls etwas daran nicht stimmt, rufen Sie uns heute noch an.",
    ),
    "thanks": _de(
        "Danke für Ihre Zahlung von {amount_paid}",
        "vielen Dank: Ihre Zahlung von {amount_paid} vom {paid_on} zu {number} ist eingegangen.\n"
        "Noch offen: {balance}.",
    ),
    "statement": _de(
        "Kontoauszug von {organisation}",
        "so steht Ihr Konto am {date}. Offen: {balance}.\nDie Seite hinter dem Link unten zeigt jeden Beleg.",
    ),
}  # fmt: skip

#: language → kind → words
BUILTIN: Mapping[str, Mapping[str, Words]] = {"en": EN, "de": DE}

#: language → the words around the text: figures below it, the button. What is missing is said as papers say it
FRAME: Mapping[str, Mapping[str, str]] = {
    "en": {
        "amount_due": "Balance due", "total": "Total", "open": "Open the page", "paid": "Paid",
        "account": "See everything that is open",
    },
    "de": {
        "open": "Seite öffnen", "account": "Alles Offene ansehen",
    },
}  # fmt: skip
