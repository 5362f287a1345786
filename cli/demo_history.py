"""The demo's past: months of hours billed by the same verbs that the pages call, most of it sent, some left to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import click

from billing import mail, pdf, transactions
from billing.errors import MoveRefused
from cli.months import Month, first_of, from_until, last_of, months_before
from extensions import db
from models import Organisation, Project, TimeEntry, Transaction, User
from models.audit import Actor

#: one unit in US dollars, for the demo's foreign customers
RATES = {"EUR": Decimal("1.08"), "GBP": Decimal("1.27"), "CAD": Decimal("0.73"), "CHF": Decimal("1.13")}
#: what an hour costs abroad, in the customer's own currency
HOURLY = {"EUR": Decimal(110), "GBP": Decimal(95), "CAD": Decimal(150), "CHF": Decimal(140)}
#: billing methods and rates that the agency agreed on, by a project's place in the list
TERMS = (("project_hours", Decimal(120)), ("staff_hours", None), ("project_hours", Decimal(135)), ("task_hours", None))
VOID_REASON = "The customer asked for one invoice per phase instead."


@dataclass(frozen=True, slots=True)
class Piece:
    """One project's month, and how far its invoice goes: draft, issued, sent or void."""

    project_id: int
    month: Month
    goal: str

    @property
    def reference(self) -> str:
        """How the piece's invoice is known again after a kill; the pages show it as the reference."""
        return f"{first_of(self.month):%B %Y}"


def price(organisation: Organisation) -> None:
    """Agree on rates and budgets for each project, as an owner would after the first sync."""
    for place, project in enumerate(db.session.scalars(db.select(Project).order_by(Project.id))):
        project.billing_method, project.rate = TERMS[place % len(TERMS)]
        if project.currency != organisation.base_currency:
            project.billing_method, project.rate = "project_hours", HOURLY[project.currency]
        if place % 3 == 0:
            project.budget_seconds = _budget(project.id, Decimal("0.9") if place % 9 == 0 else Decimal("1.3"))
    for place, person in enumerate(db.session.scalars(db.select(User).where(User.source != "local").order_by(User.id))):
        person.rate = Decimal(95 + 10 * (place % 5))
    db.session.commit()


def _budget(project_id: int, share: Decimal) -> int:
    """Return a budget in whole tens of hours that is such a share of what was logged so far."""
    logged = db.session.scalar(db.select(db.func.sum(TimeEntry.seconds)).where(TimeEntry.project_id == project_id)) or 0
    return max(1, round(logged * share / 36_000)) * 36_000


def bill(organisation: Organisation, actor: Actor, first: Month) -> None:
    """Bring every piece to its goal, the oldest first; what is there already is not done again."""
    click.echo("Billing the last months …")
    terms = organisation.payment_terms_days
    month = None
    for piece in list(pieces(first, months_before(organisation.today(), 0))):
        if piece.month != month:
            month = piece.month
            click.echo(f"  {piece.reference}")
        Biller(piece, actor, terms).work()


def pieces(first: Month, this: Month) -> Iterator[Piece]:
    """All projects with hours in each month before this one. The last month is half done, as it is in life."""
    last_month = list(from_until(first, this))[-1]
    for month in from_until(first, this):
        for place, project_id in enumerate(_worked_on(month)):
            yield Piece(project_id, month, _goal(place, is_last=month == last_month, is_first=month == first))


def _worked_on(month: Month) -> list[int]:
    """Projects with hours to bill here; whether they are billed yet does not matter, so that a second try agrees."""
    in_month = TimeEntry.date.between(first_of(month), last_of(month))
    query = db.select(TimeEntry.project_id).where(in_month, TimeEntry.billing_state != "elsewhere")
    return list(db.session.scalars(query.group_by(TimeEntry.project_id).order_by(TimeEntry.project_id)))


def _goal(place: int, *, is_last: bool, is_first: bool) -> str:
    """Decide by the project's place in the month alone: half of the last month is still to do."""
    if is_last:
        return ("draft", "none", "issued", "none")[place % 4]
    if is_first and place == 1:
        return "void"
    return "issued" if place % 6 == 4 else "sent"


class Biller:
    """Brings one piece to its goal, a commit per step."""

    def __init__(self, piece: Piece, actor: Actor, terms_days: int) -> None:
        self.piece = piece
        self.actor = actor
        self.terms = timedelta(days=terms_days)

    def work(self) -> None:
        """Take each step that the goal asks for and that was not taken."""
        if self.piece.goal == "none":
            return
        transaction = self._found() or self._start()
        if transaction is None or self.piece.goal == "draft":
            return
        if transaction.status == "draft":
            transactions.issue(transaction, self.actor)
            db.session.commit()
        pdf.store(transaction, db.session.commit)
        if self.piece.goal == "sent" and transaction.status == "issued":
            self._send(transaction)
        if self.piece.goal == "void" and transaction.status == "issued":
            transactions.void(transaction, VOID_REASON, self.actor)
            db.session.commit()

    def _send(self, transaction: Transaction) -> None:
        """Mail it; the press is the piece's name, so that a second try does not mail it again."""
        fields = mail.defaults(transaction)
        if not fields.to:
            transactions.mark_sent(transaction, self.actor)
            db.session.commit()
            return
        press = f"demo-{self.piece.project_id}-{first_of(self.piece.month):%Y-%m}"
        message_id = mail.compose(transaction, fields, press, self.actor).id
        db.session.commit()
        mail.deliver(message_id, db.session.commit)

    def _found(self) -> Transaction | None:
        mine = (Transaction.project_id == self.piece.project_id, Transaction.reference == self.piece.reference)
        found: Transaction | None = db.session.scalar(db.select(Transaction).where(*mine))
        return found

    def _start(self) -> Transaction | None:
        """Put the month's hours on a draft dated the month's last day; None when there are none."""
        project = db.session.get_one(Project, self.piece.project_id)
        choice = transactions.TimeChoice(
            project_ids=(project.id,), since=first_of(self.piece.month), until=last_of(self.piece.month),
            exchange_rate=RATES.get(project.currency, Decimal(1)) if project.currency != "USD" else None,
        )  # fmt: skip
        try:
            transaction = transactions.start_from_time(choice, self.actor)
        except MoveRefused:
            db.session.rollback()
            return None
        self._date(transaction)
        db.session.commit()
        return transaction

    def _date(self, transaction: Transaction) -> None:
        day = last_of(self.piece.month)
        lines = tuple(
            transactions.LineChange(
                line.id, line.name, line.description, line.quantity, line.unit, line.rate, line.tax_id
            )
            for line in transaction.lines
            if line.kind != "rounding"
        )
        changes = transactions.Changes(
            transaction.version, day, day + self.terms, self.piece.reference, transaction.notes, lines
        )
        transactions.update(transaction, changes, self.actor)
