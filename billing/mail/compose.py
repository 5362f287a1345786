"""Writing the message of a transaction into the queue: words, figures and link, as text and as HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import make_msgid, parseaddr
from typing import Any

import css_inline
from babel.dates import format_date
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from billing.errors import MoveRefused
from billing.links import customer_link
from billing.money import format_money
from billing.transactions.claim import refusal
from billing.types import type_of
from extensions import current_config, db
from models import ContactPerson, MailMessage, Organisation, Transaction
from models.audit import Actor, record

#: one address as we take it: no blanks, commas or control characters, ASCII before the @
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[^\s@,;<>\"\x00-\x20]+")
#: what a header must never hold
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
MAX_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class MailFields:
    """What a person may change before sending. `to` and `cc`: addresses with commas between."""

    to: str
    subject: str
    text: str
    cc: str = ""


def is_address(text: str) -> bool:
    """Say whether this is one plain address that can stand in a header."""
    return bool(_ADDRESS.fullmatch(text)) and len(text) <= 254 and parseaddr(text)[1] == text


def defaults(transaction: Transaction) -> MailFields:
    """Return what the send dialog starts with: the primary contact person, else the customer's own address."""
    organisation = db.session.get_one(Organisation, 1)
    number = transaction.number or _("your draft")
    kind = type_of(transaction)
    title = _(kind.title)
    subject = _(
        "%(title)s %(number)s from %(sender)s", title=title, number=number, sender=organisation.name
    )  # fmt: skip
    person = _primary(transaction.customer_id)
    greeting = _("Hello %(name)s,", name=person.first_name) if person and person.first_name else _("Hello,")
    text = _("here is our %(title)s %(number)s. The PDF is attached.", title=title.lower(), number=number)
    if kind.knows("accept"):
        text += f"\n{_('You can accept or decline it on the page that the link below opens.')}"
    return MailFields(
        to=(person.email if person else "") or transaction.customer.email,
        subject=subject,
        text=f"{greeting}\n\n{text}\n\n{_('Kind regards')}\n{organisation.name}",
    )


def _primary(customer_id: int) -> ContactPerson | None:
    statement = (
        select(ContactPerson)
        .where(ContactPerson.customer_id == customer_id, ContactPerson.email != "")
        .order_by(ContactPerson.is_primary.desc(), ContactPerson.id)
        .limit(1)
    )
    return db.session.scalar(statement)


def compose(transaction: Transaction, fields: MailFields, press: str, actor: Actor) -> MailMessage:
    """Queue the message of an issued transaction. The same `press` gives the message that is there already (127)."""
    if not press:
        raise ValueError("a press needs its own key")
    known = db.session.scalar(select(MailMessage).where(MailMessage.press == press))
    if known is not None:
        return known
    if not type_of(transaction).may("send", transaction.status):
        raise MoveRefused(refusal(transaction, "send"))
    to, cc = _addresses(fields.to), _addresses(fields.cc)
    if not to:
        raise MoveRefused(_("Enter the e-mail address that this goes to."))
    subject = _BREAKS.sub(" ", fields.subject).strip()[:MAX_SUBJECT] or transaction.number or ""
    text, html = _bodies(transaction, subject, fields.text)
    message = MailMessage(
        transaction_id=transaction.id, press=press, message_id=make_msgid(domain=_domain()), to=", ".join(to),
        cc=", ".join(cc), subject=subject, text=text, html=html,
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    record(
        actor, f"{transaction.type}.mail_queued", ("transaction", transaction.id),
        _("%(number)s to %(to)s", number=transaction.number, to=message.to),
    )  # fmt: skip
    db.session.flush()
    return message


def _addresses(text: str) -> list[str]:
    found = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    for address in found:
        if not is_address(address):
            raise MoveRefused(
                _("%(address)s is not an e-mail address. Correct it and try again.", address=address[:80])
            )
    return list(dict.fromkeys(_in_ascii(address) for address in found))


def _in_ascii(address: str) -> str:
    """Write the domain as mail servers know it; people may type it in their own letters."""
    name, _at, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise MoveRefused(_("%(domain)s is not the name of a mail domain. Correct it.", domain=domain[:80])) from error


def _domain() -> str:
    """Return our own host for message ids."""
    host = current_config().base_url.partition("://")[2].partition("/")[0].partition(":")[0]
    return host if re.fullmatch(r"[A-Za-z0-9.-]+", host) else "crossbill.invalid"


def _bodies(transaction: Transaction, subject: str, text: str) -> tuple[str, str]:
    """Return the message as text and as HTML with its styles inline."""
    facts = _facts(transaction, subject, text)
    templates = current_app.jinja_env
    plain = templates.get_template("mail/transaction.txt").render(facts)
    html = templates.get_template("mail/transaction.html").render(facts)
    return plain, css_inline.inline(html)


def _facts(transaction: Transaction, subject: str, text: str) -> dict[str, Any]:
    frozen = transaction.frozen or {}
    organisation = db.session.get_one(Organisation, 1)
    locale = frozen.get("locale", organisation.locale)
    clean = text.replace("\r\n", "\n").strip()
    due = transaction.due_date
    due_day = format_date(due, "medium", locale=locale) if due else ""
    kind = type_of(transaction)
    title = _(kind.title)
    until = _(kind.until_word)
    return {
        "subject": subject, "text": clean, "title": title, "number": transaction.number,
        "paragraphs": [part.splitlines() for part in re.split(r"\n{2,}", clean)],
        "amount": format_money(transaction.total, transaction.currency, locale),
        "amount_words": _("Amount due") if kind.is_owed else _("Total"),
        "due": f"{until.lower()} {due_day}" if due_day else "", "due_day": due_day, "due_words": until,
        "link": customer_link(transaction), "open_words": _("Open the %(title)s", title=title.lower()),
        "sender": frozen.get("organisation", {}).get("name", organisation.name),
        "language": locale.partition("_")[0],
    }  # fmt: skip
