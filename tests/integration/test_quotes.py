"""Quotes: written, sent, answered by the customer's link or by staff, and turned into an invoice once."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from billing import mail, pdf, transactions
from billing.errors import MoveRefused
from billing.paper import document_of
from billing.proof import proof
from billing.transactions import Answer, Changes, LineChange, TimeChoice
from billing.types import TYPES, status_of
from extensions import db, limiter
from models import AuditEntry, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import words_of
from tests.integration.test_billing_races import at_once

OLGA = Actor("person", "Olga Marsh")
CARLA = Actor("customer", "Aurora Outdoor")
YES, NO = Answer("accept", "Carla Reyes", "Go ahead"), Answer("decline", "Carla Reyes", "Too dear")


@pytest.fixture(autouse=True)
def _plain_forms(app):
    """Forms without the hidden token, unless a test asks for it."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def aurora(people):
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    return customer


def make_quote(customer, *, project=None, rate: str = "250", to: str = "sent") -> Transaction:
    """A quote over two days at `rate`, brought to a status."""
    quote = transactions.start_blank(customer.id, OLGA, project.id if project else None, "quote")
    lines = (LineChange(None, "Concept", "Two days", Decimal(2), "days", Decimal(rate)),)
    transactions.update(quote, Changes(quote.version, quote.date, quote.due_date, "", "", lines), OLGA)
    if to == "draft":
        return quote
    transactions.issue(quote, OLGA)
    if to != "issued":
        transactions.mark_sent(quote, OLGA)
    if to in ("accepted", "declined", "invoiced"):
        transactions.answer(quote, NO if to == "declined" else YES, OLGA)
    if to == "invoiced":
        transactions.convert(quote, OLGA)
    db.session.flush()
    return quote


def expire(quote: Transaction) -> None:
    quote.date -= timedelta(days=90)
    quote.due_date = quote.date + timedelta(days=30)
    db.session.flush()


# ---- the ledger's part, on both databases


@pytest.mark.both_databases
@pytest.mark.req("T-25", "R-08")
def test_a_quote_takes_a_number_of_its_own_series_and_is_owed_by_nobody(aurora, organisation):
    quote, invoice = make_quote(aurora), transactions.start_blank(aurora.id, OLGA)

    number = f"QT-{organisation.today().year}-00001"
    assert (quote.number, quote.total, quote.balance, quote.status) == (number, 500, 0, "sent")
    assert quote.due_date == quote.date + timedelta(days=30)
    assert invoice.number is None
    assert quote.frozen["customer"]["name"] == "Aurora Outdoor"


#: verb → what it needs; the states in which it is refused follow from the table of the type
VERBS = {
    "edit": lambda q: transactions.update(q, Changes(q.version, q.date, q.due_date, "", "", ()), OLGA),
    "delete": lambda q: transactions.delete_draft(q, OLGA),
    "issue": lambda q: transactions.issue(q, OLGA),
    "send": lambda q: transactions.mark_sent(q, OLGA),
    "accept": lambda q: transactions.answer(q, YES, OLGA),
    "decline": lambda q: transactions.answer(q, NO, OLGA),
    "convert": lambda q: transactions.convert(q, OLGA),
    "void": lambda q: transactions.void(q, "Mistake", OLGA),
}
LEADS_TO = {"delete": "deleted", "issue": "issued", "accept": "accepted", "decline": "declined", "convert": "invoiced"}


@pytest.mark.req("T-25")
@pytest.mark.parametrize("state", ["draft", "issued", "sent", "accepted", "declined", "invoiced"])
@pytest.mark.parametrize("verb", VERBS)
def test_every_arrow_between_the_states_of_a_quote(aurora, state, verb):
    quote = make_quote(aurora, to=state)
    version = quote.version

    if TYPES["quote"].may(verb, state):
        VERBS[verb](quote)
        expected = LEADS_TO.get(verb, "sent" if verb == "send" and state == "issued" else state)
        assert (quote.status, quote.version) == (expected, version + 1)
    else:
        with pytest.raises(MoveRefused):
            VERBS[verb](quote)
        db.session.refresh(quote)
        assert (quote.status, quote.version) == (state, version)
    assert proof().is_right


@pytest.mark.req("T-25")
def test_a_quote_expires_by_its_date_alone_and_only_while_it_waits_for_an_answer(aurora, organisation):
    waiting, accepted, draft = make_quote(aurora), make_quote(aurora, to="accepted"), make_quote(aurora, to="draft")
    for quote in (waiting, accepted, draft):
        expire(quote)

    words = [status_of(quote, organisation.today())[1] for quote in (waiting, accepted, draft)]

    assert words == ["Expired", "Accepted", "Draft"]
    assert waiting.status == "sent"


@pytest.mark.req("T-25")
def test_a_customer_cannot_accept_an_expired_quote_but_staff_may_note_a_late_yes(aurora):
    quote = make_quote(aurora)
    expire(quote)

    with pytest.raises(MoveRefused, match=f"{quote.number} has expired. Ask for a new one."):
        transactions.answer(quote, YES, CARLA)
    transactions.answer(quote, YES, OLGA)

    assert (quote.status, quote.answered_by, quote.answer_comment) == ("accepted", "Carla Reyes", "Go ahead")


@pytest.mark.both_databases
@pytest.mark.req("T-25")
def test_an_accepted_quote_becomes_a_draft_invoice_with_the_same_lines_once(aurora):
    project = factories.make_project(aurora)
    quote = make_quote(aurora, project=project, to="accepted")

    made = transactions.convert(quote, OLGA)

    assert [(x.name, x.quantity, x.unit, x.rate, x.amount) for x in made.lines] == [
        (x.name, x.quantity, x.unit, x.rate, x.amount) for x in quote.lines
    ]
    assert (made.type, made.status, made.total, made.balance) == ("invoice", "draft", 500, 500)
    assert (made.project_id, made.reference, made.converted_from_id) == (project.id, quote.number, quote.id)
    assert quote.status == "invoiced"
    with pytest.raises(MoveRefused, match="Only an accepted one is converted, and only once"):
        transactions.convert(quote, OLGA)
    assert proof().is_right


@pytest.mark.both_databases
@pytest.mark.req("T-25", "T-28")
@pytest.mark.parametrize("way", ["delete", "void"])
def test_what_a_quote_became_is_taken_back_and_the_quote_is_free_again(aurora, way):
    quote = make_quote(aurora, to="accepted")
    made = transactions.convert(quote, OLGA)

    if way == "delete":
        transactions.delete_draft(made, OLGA)
    else:
        transactions.issue(made, OLGA)
        transactions.void(made, "Mistake", OLGA)

    assert quote.status == "accepted"
    assert transactions.convert(quote, OLGA).id != made.id
    assert proof().is_right


@pytest.mark.both_databases
@pytest.mark.req("T-25", "R-02")
def test_a_quote_converted_from_many_tabs_becomes_one_invoice(app: Flask, aurora, db_session):
    quote_id = make_quote(aurora, to="accepted").id
    db_session.commit()

    said = at_once(app, [lambda: str(transactions.convert(db.session.get_one(Transaction, quote_id), OLGA).id)] * 4)

    assert sum(not sentence.startswith("refused") for sentence in said) == 1
    assert len(db_session.scalars(select(Transaction).where(Transaction.converted_from_id == quote_id)).all()) == 1


@pytest.mark.both_databases
@pytest.mark.req("T-25")
def test_a_quote_answered_twice_at_once_keeps_one_answer(app: Flask, aurora, db_session):
    quote_id = make_quote(aurora).id
    db_session.commit()

    def say(given: Answer):
        def work() -> str:
            transactions.answer(db.session.get_one(Transaction, quote_id), given, CARLA)
            return given.verb

        return work

    said = at_once(app, [say(YES), say(NO), say(YES), say(NO)])

    won = [sentence for sentence in said if not sentence.startswith("refused")]
    assert len(won) == 1
    expected = {"accept": "accepted", "decline": "declined"}[won[0]]
    assert db_session.get_one(Transaction, quote_id).status == expected


@pytest.mark.both_databases
@pytest.mark.req("T-25", "R-02")
def test_no_second_draft_takes_what_went_on_already_however_it_is_written(aurora):
    quote = make_quote(aurora, to="invoiced")
    other = transactions.start_blank(aurora.id, OLGA)
    other.converted_from_id, other.total = quote.id, Decimal(100)
    factories.make_line(other, source_line_id=quote.lines[0].id, quantity=Decimal(1))

    with pytest.raises(MoveRefused, match=r"“Concept” of .* is over 2 days; with this draft 3 would be taken"):
        transactions.follow_source(other, OLGA)
    with pytest.raises(MoveRefused, match="with this draft 3 would be taken"):
        transactions.issue(other, OLGA)


def test_hours_cannot_be_put_on_a_quote(aurora):
    project = factories.make_project(aurora)
    factories.make_time_entry(project)
    quote = make_quote(aurora, project=project, to="draft")

    with pytest.raises(MoveRefused, match="Hours cannot be put on this kind of transaction"):
        transactions.start_from_time(TimeChoice((project.id,)), OLGA, "quote")
    with pytest.raises(MoveRefused, match="Hours cannot be put on this kind of transaction"):
        transactions.add_time(quote, TimeChoice((project.id,)), OLGA)


@pytest.mark.req("R-14", "T-16")
def test_page_paper_and_invoice_say_the_same_total(aurora):
    tax = factories.make_tax(percent="8.875")
    quote = make_quote(aurora, rate="199.99", to="draft")
    line = quote.lines[0]
    change = LineChange(line.id, "Concept", "", Decimal(2), "days", Decimal("199.99"), tax.id)
    transactions.update(quote, Changes(quote.version, quote.date, quote.due_date, "", "", (change,)), OLGA)
    transactions.issue(quote, OLGA)
    transactions.answer(quote, YES, OLGA)

    paper, made = document_of(quote), transactions.convert(quote, OLGA)

    assert paper.title == "Quote"
    assert "Valid until" in [fact.label for fact in paper.facts]
    assert paper.bank_details == ""
    assert paper.total.amount == "US$435.48"
    assert (quote.total, made.total) == (Decimal("435.48"), Decimal("435.48"))
    assert pdf.render(paper).startswith(b"%PDF")


# ---- in the browser


@pytest.fixture
def bruno_at(people, browser_of):
    return browser_of(people.bruno)


@pytest.mark.req("T-01", "T-02", "T-09")
def test_new_transaction_on_a_project_offers_a_quote_and_an_invoice(bruno_at, aurora):
    project = factories.make_project(aurora, "Rebrand")
    db.session.commit()

    page = bruno_at.get(f"/projects/{project.id}").text
    start = bruno_at.get(f"/quotes/new?project_id={project.id}")

    assert f'href="/quotes/new?project_id={project.id}"' in page
    assert f'href="/invoices/new/from-project/{project.id}"' in page
    assert 'value="Aurora Outdoor"' in start.text
    assert 'value="Rebrand"' in start.text


@pytest.mark.req("T-05", "T-09")
def test_the_customer_may_stay_blank_when_a_project_is_chosen_and_must_be_the_projects(bruno_at, aurora):
    project = factories.make_project(aurora, "Rebrand")
    factories.make_customer("Borealis")
    db.session.commit()
    both = {"customer_id_text": "Borealis", "project_id_text": "Rebrand"}

    nobody = bruno_at.post("/quotes/new", data={"customer_id_text": ""})
    wrong = bruno_at.post("/quotes/new", data=both)
    answer = bruno_at.post("/quotes/new", data={"customer_id_text": "", "project_id_text": "rebrand"})

    assert "Choose a customer from the list." in words_of(nobody)
    assert "Rebrand is a project of Aurora Outdoor." in words_of(wrong)
    assert (nobody.status_code, wrong.status_code) == (422, 422)
    assert re.fullmatch(r"/quotes/\d+/edit", answer.location)
    made = db.session.scalars(select(Transaction)).one()
    assert (made.type, made.customer_id, made.project_id) == ("quote", aurora.id, project.id)


@pytest.mark.req("T-05", "T-09")
def test_a_draft_without_hours_goes_to_another_customer_and_project(bruno_at, aurora):
    other = factories.make_customer("Borealis", currency="EUR")
    shop = factories.make_project(other, "Shop", currency="EUR")
    quote = make_quote(aurora, to="draft")
    db.session.commit()
    fields = {
        "version": quote.version, "date": str(quote.date), "due_date": str(quote.due_date),
        "due_was": str(quote.due_date), "line": [str(quote.lines[0].id)], f"{quote.lines[0].id}-name": "Concept",
        f"{quote.lines[0].id}-rate": "250", f"{quote.lines[0].id}-quantity": "2",
        # what a browser without JavaScript sends: the old id beside another name
        "customer_id": str(aurora.id), "customer_id_text": "Borealis", "project_id": "", "project_id_text": "Shop",
    }  # fmt: skip

    unknown = bruno_at.post(f"/quotes/{quote.id}/edit", data=fields | {"customer_id_text": "Nobody"})
    saved = bruno_at.post(f"/quotes/{quote.id}/edit", data=fields)

    assert unknown.status_code == 422
    assert "Choose a customer from the list." in words_of(unknown)
    assert saved.status_code == 303
    db.session.refresh(quote)
    assert (quote.customer_id, quote.project_id, quote.currency) == (other.id, shop.id, "EUR")


@pytest.mark.req("T-09")
def test_a_draft_with_hours_keeps_its_customer(bruno_at, aurora):
    project = factories.make_project(aurora)
    factories.make_time_entry(project)
    draft = transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    other = factories.make_customer("Borealis")
    party = transactions.Party(other.id)
    db.session.commit()

    page = bruno_at.get(f"/invoices/{draft.id}/edit").text

    assert 'name="customer_id_text"' not in page
    line = draft.lines[0]
    kept = (LineChange(line.id, line.name, rate=line.rate),)
    with pytest.raises(MoveRefused, match="its customer and project stay"):
        transactions.update(draft, Changes(draft.version, draft.date, None, "", "", kept, party=party), OLGA)


@pytest.mark.req("T-03")
def test_the_message_of_a_quote_speaks_of_accepting_and_not_of_paying(bruno_at, aurora):
    quote = make_quote(aurora)
    fields = mail.defaults(quote)
    message = mail.compose(quote, fields, "a-press-of-a-button", OLGA)

    assert fields.subject == f"Quote {quote.number} from Brightline Studio"
    assert "You can accept or decline it" in fields.text
    for text in (message.text, message.html):
        assert "Balance due" not in text
        assert "US$500.00" in text
        assert f"/c/{quote.link_token}" in text
    assert "Valid until" in message.text


@pytest.mark.req("T-03", "T-25")
def test_the_page_of_a_quote_walks_from_sent_to_the_invoice_and_back(bruno_at, aurora):
    quote = make_quote(aurora)
    db.session.commit()
    here = f"/quotes/{quote.id}"

    sent = words_of(bruno_at.get(here))
    asked = words_of(bruno_at.get(f"{here}/accept"))
    nameless = bruno_at.post(f"{here}/accept", data={"name": " "})
    bruno_at.post(f"{here}/accept", data={"name": "Carla Reyes", "comment": "By phone"})
    accepted = words_of(bruno_at.get(here))
    converted = bruno_at.post(f"{here}/convert")
    invoiced, draft = words_of(bruno_at.get(here)), words_of(bruno_at.get(converted.location.removesuffix("/edit")))
    again = words_of(bruno_at.post(f"{here}/convert", follow_redirects=True))

    assert "Valid until" in sent
    assert "Balance" not in sent
    assert "QT-" in asked
    assert nameless.status_code == 422
    assert "Accepted by Carla Reyes" in accepted
    assert "By phone" in accepted
    assert "Convert to invoice" in accepted
    assert re.fullmatch(r"/invoices/\d+/edit", converted.location)
    assert "Became Invoice Draft" in invoiced
    assert f"Made from Quote {quote.number}" in draft
    assert "only once" in again


@pytest.mark.req("T-25")
def test_lists_tell_quotes_from_invoices_and_find_expired_ones(bruno_at, aurora):
    late, fresh = make_quote(aurora), make_quote(aurora)
    expire(late)
    db.session.commit()

    quotes, expired = words_of(bruno_at.get("/quotes/")), words_of(bruno_at.get("/quotes/?state=expired"))
    invoices = words_of(bruno_at.get("/invoices/"))
    project_list = bruno_at.get(f"/customers/{aurora.id}?tab=transactions").text

    assert late.number in quotes
    assert fresh.number in quotes
    assert late.number in expired
    assert fresh.number not in expired
    assert late.number not in invoices
    assert f'href="/quotes/{fresh.id}"' in project_list


def test_menus_and_search_name_both_types(bruno_at, aurora):
    quote = make_quote(aurora)
    db.session.commit()

    page = bruno_at.get("/quotes/").text
    found = bruno_at.get(f"/search?q={quote.number.lower()}").text

    assert re.search(r'href="/quotes/"[^>]*aria-current="page"', page)
    assert not re.search(r'href="/invoices/"[^>]*aria-current="page"', page)
    assert 'href="/quotes/new"' in page
    assert 'href="/invoices/new"' in page
    assert f'href="/quotes/{quote.id}"' in found


def test_home_tells_of_accepted_quotes_until_they_are_converted(bruno_at, aurora):
    quote = make_quote(aurora, to="accepted")
    db.session.commit()

    before = bruno_at.get("/")
    transactions.convert(quote, OLGA)
    db.session.commit()
    after = words_of(bruno_at.get("/"))

    assert "Quotes were accepted 1 is waiting to be converted." in words_of(before)
    assert 'href="/quotes/?state=accepted"' in before.text
    assert "Quotes were accepted" not in after


def test_a_quote_is_not_found_under_the_address_of_invoices(bruno_at, aurora):
    quote = make_quote(aurora)
    db.session.commit()

    assert bruno_at.get(f"/invoices/{quote.id}").status_code == 404
    assert bruno_at.post(f"/invoices/{quote.id}/void", data={"reason": "x"}).status_code == 404


# ---- the customer's link


@pytest.fixture
def limits(app):
    """Counts per minute as on a real server."""
    app.config["RATELIMIT_ENABLED"] = True
    limiter.init_app(app)
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.mark.req("T-25", "R-12")
@pytest.mark.parametrize(("verb", "state"), [("accept", "accepted"), ("decline", "declined")])
def test_a_customer_answers_by_the_link_once_with_name_and_comment(client, aurora, verb, state):
    quote = make_quote(aurora)
    db.session.commit()
    link = f"/c/{quote.link_token}"

    offered = words_of(client.get(link))
    answered = client.post(f"{link}/{verb}", data={"name": "Carla Reyes", "comment": "We start in May"})
    after = words_of(client.get(link))
    again = client.post(f"{link}/accept", data={"name": "Somebody else"})

    db.session.refresh(quote)
    assert "US$500.00 Valid until" in offered
    assert "Accept" in offered
    assert answered.status_code == 303
    assert (quote.status, quote.answered_by, quote.answer_comment) == (state, "Carla Reyes", "We start in May")
    assert "by Carla Reyes" in after
    assert "You can answer once" not in after
    assert again.status_code == 409
    assert quote.answered_by == "Carla Reyes"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == f"quote.{state}")).one()
    assert (entry.actor_kind, entry.actor) == ("customer", "Aurora Outdoor")
    assert entry.summary == "Carla Reyes · We start in May"


@pytest.mark.req("T-25")
def test_an_answer_without_a_name_is_asked_again_and_loses_nothing(client, aurora):
    quote = make_quote(aurora)
    db.session.commit()

    answer = client.post(f"/c/{quote.link_token}/accept", data={"comment": "We start in May"})

    assert answer.status_code == 422
    assert "Enter your name." in words_of(answer)
    assert "We start in May" in answer.text
    assert quote.status == "sent"


@pytest.mark.parametrize("to", ["draft", "accepted", "invoiced"])
def test_only_a_quote_that_waits_can_be_answered_by_its_link(client, aurora, to):
    quote = make_quote(aurora, to=to)
    db.session.commit()

    answer = client.post(f"/c/{quote.link_token}/decline", data={"name": "Carla"})

    assert answer.status_code == (404 if to == "draft" else 409)
    assert db.session.get_one(Transaction, quote.id).status == to


def test_an_expired_quote_says_so_and_takes_no_answer(client, aurora):
    quote = make_quote(aurora)
    expire(quote)
    db.session.commit()

    page = client.get(f"/c/{quote.link_token}")
    answer = client.post(f"/c/{quote.link_token}/accept", data={"name": "Carla"})

    assert "This quote has expired." in words_of(page)
    assert "You can answer once" not in words_of(page)
    assert answer.status_code == 409
    assert db.session.get_one(Transaction, quote.id).status == "sent"


def test_an_invoice_cannot_be_accepted_by_its_link(client, aurora):
    project = factories.make_project(aurora)
    factories.make_time_entry(project)
    invoice = transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    transactions.issue(invoice, OLGA)
    db.session.commit()

    page = client.get(f"/c/{invoice.link_token}")
    answer = client.post(f"/c/{invoice.link_token}/accept", data={"name": "Carla"})

    assert "Your answer" not in words_of(page)
    assert answer.status_code == 409
    assert invoice.status == "issued"


def test_an_answer_needs_the_token_of_its_page(app, client, aurora):
    app.config["WTF_CSRF_ENABLED"] = True
    quote = make_quote(aurora)
    db.session.commit()
    link = f"/c/{quote.link_token}"

    forged = client.post(f"{link}/accept", data={"name": "Carla"})
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(link).text)[1]
    real = client.post(f"{link}/accept", data={"name": "Carla", "csrf_token": token})

    assert forged.status_code == 400
    assert real.status_code == 303


def test_who_answers_again_and_again_is_stopped(client, aurora, limits):
    quote = make_quote(aurora)
    db.session.commit()

    codes = [client.post(f"/c/{quote.link_token}/accept", data={"name": ""}).status_code for _ in range(12)]

    assert codes[:10] == [422] * 10
    assert codes[10:] == [429, 429]


def test_hostile_words_of_a_customer_are_only_text(client, bruno_at, aurora):
    quote = make_quote(aurora)
    db.session.commit()
    evil = "<script>alert(1)</script>{{7*7}}"

    client.post(f"/c/{quote.link_token}/decline", data={"name": evil, "comment": evil})
    pages = [bruno_at.get(f"/quotes/{quote.id}").text, client.get(f"/c/{quote.link_token}").text]

    for page in pages:
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;" in page
