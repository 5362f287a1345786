"""From unbilled hours to an issued invoice and back: the verbs of transactions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from billing import transactions
from billing.errors import MoveRefused
from billing.hours.ledger import transactions_of
from billing.hours.pricing import Rounding
from billing.hours.time_entries import mark_elsewhere, price_work, take_back, write_off
from billing.proof import life, proof
from billing.transactions import Changes, LineChange, TimeChoice
from extensions import db
from models import Allocation, AuditEntry, TimeEntry, TransactionLine
from models.audit import Actor
from tests import factories

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("organisation")]
OLGA = Actor("person", "Olga Marsh", None, "127.0.0.1")


@pytest.fixture
def project():
    return factories.make_project(factories.make_customer("Aurora Outdoor"), "Rebrand", rate=Decimal(100))


def states() -> list[str]:
    return list(db.session.scalars(select(TimeEntry.billing_state).order_by(TimeEntry.id)))


def changes_of(transaction, **values) -> Changes:
    """What the edit form would send back untouched."""
    lines = tuple(
        LineChange(x.id, x.name, x.description, x.quantity, x.unit, x.rate, x.tax_id)
        for x in transaction.lines
        if x.kind != "rounding"
    )
    plain = Changes(
        transaction.version, transaction.date, transaction.due_date, transaction.reference, transaction.notes, lines
    )
    return replace(plain, **values)


def draft(project, **values):
    return transactions.start_from_time(TimeChoice((project.id,), **values), OLGA)


@pytest.mark.req("R-01", "R-02", "R-03", "R-08", "T-26", "T-28", "M-05")
def test_an_hour_goes_from_unbilled_to_an_invoice_and_back_when_it_is_voided(project):
    entry = factories.make_time_entry(project, seconds=5400)

    invoice = draft(project)
    on_draft = states()
    transactions.issue(invoice, OLGA)
    invoiced, on = states(), transactions_of([entry.id])
    transactions.void(invoice, "Wrong customer", OLGA)

    assert (on_draft, invoiced, states()) == (["on_draft"], ["invoiced"], ["unbilled"])
    assert on == {entry.id: (invoice.id, invoice.number)}
    assert (invoice.status, invoice.total, invoice.balance) == ("void", Decimal(150), Decimal(0))
    assert [x.sentence for x in life(entry.id)] == [
        "Put on a draft", f"Invoiced on {invoice.number}", f"Back to unbilled: {invoice.number} was voided",
    ]  # fmt: skip
    assert proof().is_right


@pytest.mark.req("R-08")
def test_a_number_is_taken_at_issue_and_stays_used_when_voided(project):
    for _ in range(3):
        factories.make_time_entry(project)
    first = draft(project)
    assert first.number is None

    transactions.issue(first, OLGA)
    transactions.void(first, "Mistake", OLGA)
    second = draft(project)
    transactions.issue(second, OLGA)

    assert first.number.endswith("-00001")
    assert second.number.endswith("-00002")


@pytest.mark.req("T-12")
@pytest.mark.parametrize(
    ("method", "values", "total"),
    [
        ("project_hours", {"rate": Decimal(90)}, "270.00"),
        ("project_hours", {"rate": None}, "300.00"),
        ("task_hours", {}, "370.00"),
        ("staff_hours", {}, "410.00"),
        ("daily_rate", {"rate": Decimal(800)}, "300.00"),
        ("fixed", {"fixed_amount": Decimal(5000)}, "5000.00"),
    ],
)
def test_the_amount_follows_the_billing_method(method, values, total):
    project = factories.make_project(billing_method=method, **({"rate": Decimal(100)} | values))
    tim = factories.make_user("Tim", rate=Decimal(110))
    petra = factories.make_user("Petra", rate=Decimal(70))
    factories.make_staff(project, petra, rate=Decimal(150))
    task = factories.make_task(project, rate=Decimal(135))
    factories.make_time_entry(project, user_id=tim.id, task_id=task.id, seconds=3600)
    factories.make_time_entry(project, user_id=petra.id, task_id=task.id, seconds=3600)
    factories.make_time_entry(project, user_id=petra.id, seconds=3600)

    invoice = draft(project)

    assert invoice.total == Decimal(total)


@pytest.mark.req("T-14")
def test_a_fixed_price_is_billed_in_stages_and_never_beyond():
    project = factories.make_project(billing_method="fixed", fixed_amount=Decimal(5000))
    factories.make_time_entry(project)
    stage = draft(project)
    line = changes_of(stage).lines[0]
    transactions.update(stage, changes_of(stage, lines=(replace(line, rate=Decimal(2000)),)), OLGA)
    transactions.issue(stage, OLGA)

    rest = draft(project)

    assert (stage.total, rest.total) == (Decimal(2000), Decimal(3000))
    assert states() == ["invoiced"]
    transactions.issue(rest, OLGA)
    with pytest.raises(MoveRefused, match="no unbilled hours"):
        draft(project)


@pytest.mark.req("T-16", "R-04")
def test_rounding_changes_what_is_billed_and_never_what_was_logged(project):
    entry = factories.make_time_entry(project, seconds=3700)

    invoice = draft(project, rounding=Rounding("up", 15))

    line = invoice.lines[0]
    assert (line.logged_seconds, line.seconds, line.amount) == (3700, 4500, Decimal(125))
    assert db.session.get(TimeEntry, entry.id, populate_existing=True).seconds == 3700


@pytest.mark.req("T-15")
def test_one_invoice_covers_several_projects_of_one_customer(project):
    other = factories.make_project(project.customer, "Website", rate=Decimal(80))
    stranger = factories.make_project(factories.make_customer(), "Elsewhere")
    for owner in (project, other, stranger):
        factories.make_time_entry(owner)

    invoice = transactions.start_from_time(TimeChoice((project.id, other.id)), OLGA)

    assert [x.amount for x in invoice.lines] == [Decimal(100), Decimal(80)]
    with pytest.raises(MoveRefused, match="different customers"):
        transactions.start_from_time(TimeChoice((project.id, stranger.id)), OLGA)


def test_only_billable_hours_with_time_in_the_chosen_days_are_offered(project):
    for values in (
        {"date": date(2026, 5, 31)}, {"date": date(2026, 7, 1)}, {"is_billable": False}, {"seconds": 0},
        {"billing_state": "written_off"},
    ):  # fmt: skip
        factories.make_time_entry(project, **values)
    wanted = [factories.make_time_entry(project, date=day).id for day in (date(2026, 6, 1), date(2026, 6, 30))]

    work = price_work(TimeChoice((project.id,), since=date(2026, 6, 1), until=date(2026, 6, 30), layout="entry"))

    assert [x.entry_ids[0] for x in work.lines] == wanted
    assert work.totals.total == Decimal(200)


@pytest.mark.req("T-05", "R-01")
def test_removing_a_line_gives_its_hours_back_and_keeps_the_others(project):
    kept = factories.make_time_entry(project, task_id=factories.make_task(project, "A").id)
    gone = factories.make_time_entry(project, task_id=factories.make_task(project, "B").id)
    invoice = draft(project)

    transactions.update(invoice, changes_of(invoice, lines=changes_of(invoice).lines[:1]), OLGA)

    assert [x.name for x in invoice.lines] == ["A"]
    assert states() == ["on_draft", "unbilled"]
    assert set(transactions_of([kept.id, gone.id])) == {kept.id}
    assert [x.sentence for x in life(gone.id)][-1] == "Back to unbilled: its line was removed from a draft"
    assert proof().is_right


def test_a_draft_takes_new_words_rates_taxes_and_lines_but_no_new_hours(project):
    factories.make_time_entry(project, seconds=7200)
    tax = factories.make_tax("VAT", "19")
    invoice = draft(project)
    hours = replace(changes_of(invoice).lines[0], name="Design", rate=Decimal(95), quantity=Decimal(99), tax_id=tax.id)
    train = LineChange(None, "Train", "Berlin–Ulm", Decimal(2), "", Decimal("74.20"), tax.id)

    transactions.update(invoice, changes_of(invoice, lines=(train, hours), reference="PO-7"), OLGA)

    assert [(x.name, x.quantity, x.amount) for x in invoice.lines] == [
        ("Train", Decimal(2), Decimal("148.40")), ("Design", Decimal(2), Decimal(190)),
    ]  # fmt: skip
    assert (invoice.subtotal, invoice.tax_total, invoice.total) == (
        Decimal("338.40"), Decimal("64.30"), Decimal("402.70"),
    )  # fmt: skip
    assert invoice.reference == "PO-7"


def test_two_tabs_cannot_overwrite_each_other(project):
    factories.make_time_entry(project)
    invoice = draft(project)
    first, second = changes_of(invoice, notes="first"), changes_of(invoice, notes="second")

    transactions.update(invoice, first, OLGA)

    with pytest.raises(MoveRefused, match="Somebody changed this"):
        transactions.update(invoice, second, OLGA)
    assert invoice.notes == "first"


@pytest.mark.req("T-26")
def test_a_deleted_draft_gives_its_hours_back_and_leaves_the_lists(project):
    entry = factories.make_time_entry(project)
    invoice = draft(project)

    transactions.delete_draft(invoice, OLGA)

    assert states() == ["unbilled"]
    assert db.session.scalars(select(type(invoice)).where(transactions.visible())).all() == []
    assert life(entry.id)[-1].sentence == "Back to unbilled: a draft was deleted"
    assert draft(project).total == Decimal(100)


@pytest.mark.req("R-05")
def test_an_issued_invoice_cannot_be_edited_deleted_or_issued_again(project):
    factories.make_time_entry(project)
    invoice = draft(project)
    transactions.issue(invoice, OLGA)

    for verb in (
        lambda: transactions.update(invoice, changes_of(invoice), OLGA),
        lambda: transactions.delete_draft(invoice, OLGA),
        lambda: transactions.issue(invoice, OLGA),
        lambda: transactions.add_time(invoice, TimeChoice((project.id,)), OLGA),
    ):
        with pytest.raises(MoveRefused, match=r"INV-\d{4}-00001 is Issued"):
            verb()


@pytest.mark.req("R-05")
def test_later_edits_elsewhere_do_not_change_what_was_issued(project, organisation):
    tax = factories.make_tax("VAT", "19")
    factories.make_time_entry(project)
    invoice = draft(project, tax_id=tax.id)
    transactions.issue(invoice, OLGA)
    before = (dict(invoice.frozen), invoice.total, transactions.totals_of(invoice))

    organisation.name, organisation.address = "Other Studio", "Moved"
    project.customer.name, project.rate, tax.percent, tax.name = "Renamed", Decimal(500), Decimal(25), "Other"
    db.session.flush()
    db.session.refresh(invoice)

    assert (dict(invoice.frozen), invoice.total, transactions.totals_of(invoice)) == before
    assert invoice.frozen["customer"]["name"] == "Aurora Outdoor"
    assert invoice.frozen["tax_names"] == {str(tax.id): "VAT"}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [((), "nothing on this draft"), ((LineChange(None, "Gift", rate=Decimal(0)),), "comes to nothing"),
     ((LineChange(None, "Refund", rate=Decimal(-5)),), "comes to nothing or less")],
)  # fmt: skip
def test_a_draft_without_anything_to_pay_gets_no_number(lines, sentence):
    invoice = transactions.start_blank(factories.make_customer().id, OLGA)
    transactions.update(invoice, changes_of(invoice, lines=lines), OLGA)

    with pytest.raises(MoveRefused, match=sentence):
        transactions.issue(invoice, OLGA)


@pytest.mark.req("R-06")
def test_a_foreign_invoice_needs_its_exchange_rate_and_keeps_it():
    project = factories.make_project(factories.make_customer(currency="EUR"), rate=Decimal(100))
    factories.make_time_entry(project)
    invoice = draft(project)
    with pytest.raises(MoveRefused, match="no exchange rate to USD"):
        transactions.issue(invoice, OLGA)

    db.session.refresh(invoice)
    transactions.update(invoice, changes_of(invoice, exchange_rate=Decimal("1.08")), OLGA)
    transactions.issue(invoice, OLGA)

    assert (invoice.exchange_rate, invoice.exchange_source) == (Decimal("1.08"), "Olga Marsh")


@pytest.mark.req("T-08", "R-02")
def test_hours_that_are_on_an_invoice_are_refused_by_its_name(project):
    entry = factories.make_time_entry(project)
    invoice = draft(project)
    transactions.issue(invoice, OLGA)

    with pytest.raises(MoveRefused, match=f"already on {invoice.number}"):
        draft(project, entry_ids=(entry.id,))
    with pytest.raises(MoveRefused, match=f"already on {invoice.number}"):
        draft(project)


def test_hours_that_changed_since_they_were_put_on_a_draft_hold_up_its_issue(project):
    entry = factories.make_time_entry(project)
    invoice = draft(project)
    entry.seconds = 7200
    db.session.flush()

    with pytest.raises(MoveRefused, match="1 entry changed"):
        transactions.issue(invoice, OLGA)


@pytest.mark.req("T-28", "R-03")
def test_a_fault_between_the_invoice_and_its_hours_changes_nothing(project, monkeypatch):
    factories.make_time_entry(project)
    db.session.commit()

    def broken(*_arguments):
        raise OSError("power cut")

    monkeypatch.setattr("billing.hours.ledger.pairs", broken)
    with pytest.raises(OSError, match="power cut"):
        draft(project)
    db.session.rollback()

    assert states() == ["unbilled"]
    assert db.session.scalars(select(TransactionLine)).all() == []
    assert db.session.scalars(select(Allocation)).all() == []


def test_more_hours_can_join_a_draft_but_not_those_of_another_customer(project):
    factories.make_time_entry(project)
    invoice = draft(project)
    late = factories.make_time_entry(project, seconds=1800)
    stranger = factories.make_project(factories.make_customer())
    factories.make_time_entry(stranger)

    transactions.add_time(invoice, TimeChoice((project.id,)), OLGA)

    assert invoice.total == Decimal(150)
    assert transactions_of([late.id]) == {late.id: (invoice.id, None)}
    with pytest.raises(MoveRefused, match="another customer"):
        transactions.add_time(invoice, TimeChoice((stranger.id,)), OLGA)


@pytest.mark.req("M-05")
def test_written_off_hours_are_not_billed_until_they_are_taken_back(project):
    entry = factories.make_time_entry(project)
    other = factories.make_time_entry(project)

    assert write_off([entry.id], "Goodwill", OLGA) == 1
    assert mark_elsewhere([other.id], "Billed on paper", OLGA) == 1
    with pytest.raises(MoveRefused, match="no unbilled hours"):
        draft(project)
    take_back([entry.id], "", OLGA)

    assert states() == ["unbilled", "elsewhere"]
    assert [x.sentence for x in life(entry.id)] == [
        "Written off by Olga Marsh: Goodwill", "Unbilled by Olga Marsh",
    ]  # fmt: skip
    with pytest.raises(MoveRefused, match="changed meanwhile"):
        write_off([entry.id, other.id], "", OLGA)


@pytest.mark.req("R-12")
def test_every_verb_is_in_the_audit_log_with_who_did_it(project):
    factories.make_time_entry(project)
    invoice = draft(project)
    transactions.update(invoice, changes_of(invoice), OLGA)
    transactions.issue(invoice, OLGA)
    transactions.mark_sent(invoice, OLGA)
    transactions.void(invoice, "Mistake", OLGA)

    rows = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == "transaction").order_by(AuditEntry.id)
    ).all()

    verbs = ["invoice.started", "invoice.changed", "invoice.issued", "invoice.sent", "invoice.voided"]
    assert [x.verb for x in rows] == verbs
    assert {(x.actor, x.subject_id) for x in rows} == {("Olga Marsh", invoice.id)}
    assert rows[-1].before == {"status": "sent"}


@pytest.mark.parametrize("layout", ["task", "entry"])
def test_a_draft_takes_the_same_statements_for_three_entries_as_for_three_hundred(project, layout):
    seen: list[str] = []
    listen = (db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    counts = []
    for size in (3, 300):
        for _ in range(size):
            db.session.add(TimeEntry(project_id=project.id, date=date(2026, 6, 1), seconds=3600))
        db.session.commit()
        seen.clear()
        event.listen(*listen)
        invoice = draft(project, layout=layout)
        event.remove(*listen)
        counts.append(len(seen))
        assert invoice.total == size * 100
        db.session.commit()

    assert counts[0] == counts[1] <= 25
