"""Transactions in the browser: from unbilled time to a sent invoice and back, seen as their people see them."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.policy import default as email_policy
from html import unescape

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import event, select

from billing import mail, transactions
from billing.hours.pricing import Rounding
from billing.proof import proof
from billing.transactions import TimeChoice
from extensions import db
from models import MailMessage, TimeEntry, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import words_of

OLGA = Actor("person", "Olga Marsh")
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _plain_forms(app):
    """Forms without the hidden token; that it is asked for is tested for all routes at once."""
    app.config["WTF_CSRF_ENABLED"] = False


class Sink:
    """A mail server that keeps what it gets, or says no."""

    def __init__(self) -> None:
        self.letters = []
        self.answer = "250 kept as 4711"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
        self.letters.append(message_from_bytes(envelope.content, policy=email_policy))
        return self.answer


@pytest.fixture
def sink(organisation):
    found = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(found, hostname="127.0.0.1", port=port)
    server.start()
    organisation.mail_host, organisation.mail_port, organisation.mail_security = "127.0.0.1", port, "none"
    db.session.commit()
    yield found
    server.stop()


@pytest.fixture
def rebrand(organisation):
    """Two tasks, three entries of 4 h together, 100 an hour."""
    customer = factories.make_customer("Aurora Outdoor")
    factories.make_contact_person(customer)
    project = factories.make_project(customer, "Rebrand")
    drawing, writing = factories.make_task(project, "Drawing"), factories.make_task(project, "Writing")
    tim = factories.make_user("Tess Falk", "timesheet")
    for task, day, seconds in ((drawing, 1, 3600), (drawing, 2, 4000), (writing, 3, 6800)):
        factories.make_time_entry(project, task_id=task.id, date=date(2026, 6, day), seconds=seconds, user_id=tim.id)
    db.session.commit()
    return project


@pytest.fixture
def bruno_at(people, browser_of):
    return browser_of(people.bruno)


def choice_url(project, **values) -> str:
    query = "&".join(f"{name}={value}" for name, value in values.items())
    return f"/invoices/new/from-project/{project.id}" + (f"?{query}" if query else "")


PLAIN = {"layout": "task", "rounding": "none", "minutes": 15, "tax_id": 0}


def make_draft(browser, project, **values):
    """Look at the choice and press *Create draft*, sending what the page carries."""
    page = browser.get(choice_url(project, **(PLAIN | values)))
    form = page.text[page.text.index('method="post" action="/invoices/new') :]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(unescape(value))
    return browser.post(choice_url(project), data=fields)


def draft_of(project) -> Transaction:
    return db.session.scalars(select(Transaction).order_by(Transaction.id.desc()).limit(1)).one()


def states(project) -> set[str]:
    db.session.expire_all()
    return set(db.session.scalars(select(TimeEntry.billing_state).where(TimeEntry.project_id == project.id)))


def fields_of(page: str) -> dict[str, list[str]]:
    """Return what a browser would send of the editor: all its inputs, texts and selects."""
    form = page[page.index('id="editor"') :]
    form = form[: form.index("</form>")]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name = re.search(r'\bname="([^"]+)"', tag)
        value = re.search(r'\bvalue="([^"]*)"', tag)
        if name:
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, text in re.findall(r'<textarea[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = [unescape(text).strip("\r\n")]
    for name, inside in re.findall(r'<select[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"\s+selected|selected value="([^"]*)"', inside)
        found[name] = [(chosen[1] or chosen[2] or "") if chosen else ""]
    return found


def save(browser, draft, **changes):
    url = f"/invoices/{draft.id}/edit"
    return browser.post(url, data=fields_of(browser.get(url).text) | changes)


def press(browser, draft, **changes):
    """Open the send page and press the button once; gives the answer and what was sent."""
    url = f"/invoices/{draft.id}/send"
    page = browser.get(url).text
    form = page[page.index(f'action="{url}"') :]
    tags = re.findall(r"<input\b[^>]*>", form[: form.index("</form>")])
    pairs = [(re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in tags]
    fields = {name[1]: unescape(value[1]) if value else "" for name, value in pairs if name}
    fields["text"] = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", form, re.DOTALL)[1]).strip()
    fields |= changes
    return browser.post(url, data=fields), fields


def text_of(content: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return read.stdout.decode()


@pytest.mark.req("T-01", "T-03", "T-14", "T-26", "R-01", "R-03", "R-08")
@pytest.mark.both_databases
def test_hours_go_from_the_project_to_a_sent_invoice_and_come_back_when_it_is_void(bruno_at, rebrand, sink):
    assert f"/invoices/new/from-project/{rebrand.id}" in bruno_at.get(f"/projects/{rebrand.id}").text

    made = make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    assert made.location == f"/invoices/{draft.id}/edit"
    assert states(rebrand) == {"on_draft"}

    assert save(bruno_at, draft, reference="PO 12").location == f"/invoices/{draft.id}"
    answer, _fields = press(bruno_at, draft)
    db.session.expire_all()
    assert answer.location == f"/invoices/{draft.id}"
    assert states(rebrand) == {"invoiced"}
    waiting = words_of(bruno_at.get(f"/invoices/{draft.id}"))
    assert "Sending to carla@customer.example …" in waiting

    mail.deliver_due(db.session.commit)
    page = words_of(bruno_at.get(f"/invoices/{draft.id}"))
    letter = sink.letters[0]
    attachment = next(letter.iter_attachments())
    total = "US$400.00"
    assert "Sent to carla@customer.example" in page
    assert "The mail server said: 250 kept as 4711" in page
    assert total in page
    assert letter["Subject"] == f"Invoice {draft.number} from Brightline Studio"
    assert attachment.get_filename() == f"{draft.number}.pdf"
    assert total in text_of(attachment.get_content())
    entry = db.session.scalars(select(TimeEntry).limit(1)).one()
    assert draft.number in words_of(bruno_at.get(f"/time/{entry.id}"))

    asked = words_of(bruno_at.get(f"/invoices/{draft.id}/void"))
    assert "Gives 3 entries (4:00 h) back to unbilled." in asked
    bruno_at.post(f"/invoices/{draft.id}/void", data={"reason": "Wrong customer"})
    assert states(rebrand) == {"unbilled"}
    voided = words_of(bruno_at.get(f"/invoices/{draft.id}"))
    assert "Reason: Wrong customer" in voided
    assert "3 entries" in voided
    assert proof().is_right


@pytest.mark.req("T-14", "T-16")
@pytest.mark.parametrize("layout", ["project", "entry", "task", "user", "task_user"])
def test_the_preview_shows_the_lines_and_the_total_that_the_draft_then_has(bruno_at, rebrand, layout):
    chosen = {"layout": layout, "rounding": "up", "minutes": 15}

    seen = words_of(bruno_at.get(choice_url(rebrand, **(PLAIN | chosen)), headers=HTMX))
    make_draft(bruno_at, rebrand, **chosen)

    draft = draft_of(rebrand)
    lines = [line for line in draft.lines if line.kind == "time"]
    assert len(lines) == {"project": 1, "entry": 3, "task": 2, "user": 1, "task_user": 2}[layout]
    assert draft.total == Decimal("425")
    assert "US$425.00" in seen
    assert all(line.name in seen for line in lines)
    assert "Rounding bills 4:15 for 4:00 logged: +US$25.00 before tax." in seen
    assert sum(line.logged_seconds for line in lines) == 14_400


def test_looking_at_a_choice_changes_nothing(bruno_at, rebrand):
    bruno_at.get(choice_url(rebrand, **PLAIN))

    assert states(rebrand) == {"unbilled"}
    assert db.session.scalar(select(Transaction.id)) is None


@pytest.mark.req("R-01")
def test_only_ticked_entries_and_days_until_the_date_go_on_the_draft(bruno_at, rebrand):
    first, second, third = db.session.scalars(select(TimeEntry).order_by(TimeEntry.date)).all()

    make_draft(bruno_at, rebrand, until="2026-06-02")
    by_day = {first.billing_state, second.billing_state, third.billing_state}
    factories.make_time_entry(rebrand, date=date(2026, 6, 9))
    db.session.commit()
    make_draft(bruno_at, rebrand, pick="y", picked="y", entry=third.id)

    assert by_day == {"unbilled"} or first.billing_state == "on_draft"
    db.session.expire_all()
    assert [entry.billing_state for entry in (first, second, third)] == ["on_draft"] * 3
    assert [line.logged_seconds for line in draft_of(rebrand).lines] == [6800]


def test_a_draft_is_only_made_of_what_was_seen(bruno_at, rebrand):
    page = bruno_at.get(choice_url(rebrand, **PLAIN)).text
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    factories.make_time_entry(rebrand, seconds=600)
    db.session.commit()

    answer = bruno_at.post(choice_url(rebrand), data=PLAIN | {"seen": seen})

    assert answer.status_code == 422
    assert "The unbilled hours changed after you looked." in words_of(answer)
    assert "4:10" in words_of(answer)
    assert states(rebrand) == {"unbilled"}


@pytest.mark.req("T-14")
def test_a_fixed_cost_project_is_billed_in_stages(bruno_at, rebrand):
    fixed = factories.make_project(rebrand.customer, "Site", billing_method="fixed", fixed_amount=Decimal(9000))
    factories.make_time_entry(fixed)
    db.session.commit()

    fields = PLAIN | {"layout": "project", "amount": "3000"}
    bruno_at.post(choice_url(fixed), data=fields)
    left = words_of(bruno_at.get(choice_url(fixed, **PLAIN)))

    assert draft_of(fixed).total == 3000
    assert "US$6,000.00 of the price is left." in left


@pytest.mark.req("T-05", "R-04")
def test_the_editor_adds_changes_and_removes_lines(bruno_at, rebrand):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    drawing = draft.lines[0]
    keep = {
        "line": [str(drawing.id), "n1"],
        "n1-name": "Train",
        "n1-quantity": "2",
        "n1-rate": "148,40",
        "n1-unit": "trip",
    }

    answer = save(bruno_at, draft, **keep, **{f"{drawing.id}-rate": "120.00"})

    db.session.expire_all()
    draft = draft_of(rebrand)
    assert answer.status_code == 303
    assert [(line.name, line.amount) for line in draft.lines] == [
        ("Drawing", Decimal("253.33")),
        ("Train", Decimal("296.80")),
    ]
    entries = {entry.task_id: entry.billing_state for entry in db.session.scalars(select(TimeEntry))}
    assert set(entries.values()) == {"on_draft", "unbilled"}


def test_what_is_typed_wrong_is_marked_and_stays(bruno_at, rebrand):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    wrong = {
        "line": [str(line.id) for line in draft.lines] + ["n1"],
        "n1-name": "",
        "n1-rate": "many",
        "reference": "PO 7",
    }

    answer = save(bruno_at, draft, due_date="2020-01-01", **wrong)

    words = words_of(answer)
    assert answer.status_code == 422
    assert "Say what this line is for." in words
    assert "Enter a number, for example 95.00." in words
    assert "The due date lies before the date. Choose a later one." in words
    assert 'value="many"' in answer.text
    assert 'value="PO 7"' in answer.text


@pytest.mark.req("R-04")
def test_totals_are_shown_live_and_stored_only_on_saving(bruno_at, rebrand):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    fields = fields_of(bruno_at.get(f"/invoices/{draft.id}/edit").text) | {f"{draft.lines[0].id}-rate": "200"}

    answer = bruno_at.post(f"/invoices/{draft.id}/totals", data=fields, headers=HTMX)

    assert "US$611.11" in words_of(answer)
    assert f'id="line-amount-{draft.lines[0].id}"' in answer.text
    db.session.expire_all()
    assert draft_of(rebrand).total == 400


def test_a_line_is_added_and_removed_without_saving(bruno_at, rebrand):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    fields = fields_of(bruno_at.get(f"/invoices/{draft.id}/edit").text)

    more = bruno_at.post(f"/invoices/{draft.id}/lines", data=fields | {"add": "1"}, headers=HTMX)
    page = bruno_at.post(f"/invoices/{draft.id}/lines", data=fields | {"remove": str(draft.lines[0].id)})

    assert 'name="n1-name"' in more.text
    assert "<html" not in more.text
    assert "<html" in page.text
    assert "US$188.89" in words_of(page)
    db.session.expire_all()
    assert len(draft_of(rebrand).lines) == 2


def test_terms_move_the_due_date_and_a_typed_due_date_wins(bruno_at, rebrand):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    fields = fields_of(bruno_at.get(f"/invoices/{draft.id}/edit").text)

    moved = bruno_at.post(
        f"/invoices/{draft.id}/dates", data=fields | {"date": "2026-06-01", "terms": "14"}, headers=HTMX
    )
    own = fields | {"date": "2026-06-01", "due_date": "2026-06-10"}
    typed = bruno_at.post(f"/invoices/{draft.id}/dates", data=own, headers=HTMX)

    assert 'value="2026-06-15"' in moved.text
    assert 'value="2026-06-10"' in typed.text
    assert re.search(r'<option selected value="">Own date', typed.text)


@pytest.mark.req("R-01")
def test_hours_can_be_added_to_a_draft_later(bruno_at, rebrand):
    make_draft(bruno_at, rebrand, until="2026-06-01")
    draft = draft_of(rebrand)

    way = bruno_at.get(f"/invoices/{draft.id}/hours")
    make_draft(bruno_at, rebrand, onto=draft.id)

    assert way.location == f"/invoices/new/from-project/{rebrand.id}?onto={draft.id}"
    db.session.expire_all()
    assert draft_of(rebrand).id == draft.id
    assert draft_of(rebrand).total == 400


def test_a_stale_tab_is_told_and_loses_nothing(bruno_at, rebrand):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    url = f"/invoices/{draft.id}/edit"
    old = fields_of(bruno_at.get(url).text)
    save(bruno_at, draft, reference="First tab")

    answer = bruno_at.post(url, data=old | {"reference": "Second tab", "notes": "Typed for long"})
    again = bruno_at.post(
        url, data=fields_of(answer.text) | {"over": re.search(r'name="over"\s+value="(\d+)"', answer.text)[1]}
    )

    assert answer.status_code == 409
    assert "Somebody changed this draft meanwhile." in words_of(answer)
    assert 'value="Second tab"' in answer.text
    assert "Typed for long" in answer.text
    db.session.expire_all()
    assert again.status_code == 303
    assert draft_of(rebrand).reference == "Second tab"


@pytest.mark.req("R-02", "T-28")
@pytest.mark.both_databases
def test_of_two_tabs_with_the_same_hours_one_wins_and_the_other_is_told_where_they_are(bruno_at, rebrand):
    page = bruno_at.get(choice_url(rebrand, **PLAIN)).text
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    fields = PLAIN | {"seen": seen}

    first = bruno_at.post(choice_url(rebrand), data=fields)
    second = bruno_at.post(choice_url(rebrand), data=fields)

    assert first.status_code == 303
    assert second.status_code == 422
    assert "the latest are already on a draft" in words_of(second)
    assert len(db.session.scalars(select(Transaction)).all()) == 1


@pytest.mark.req("T-03", "R-08")
@pytest.mark.both_databases
def test_pressing_send_twice_sends_once_and_takes_one_number(bruno_at, rebrand, sink):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)

    first, fields = press(bruno_at, draft)
    second = bruno_at.post(f"/invoices/{draft.id}/send", data=fields)
    mail.deliver_due(db.session.commit)

    assert first.location == second.location == f"/invoices/{draft.id}"
    assert len(sink.letters) == 1
    assert draft_of(rebrand).number.endswith("00001")


def test_a_draft_that_changed_is_not_sent_unseen(bruno_at, rebrand, sink):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    _page = bruno_at.get(f"/invoices/{draft.id}/send").text
    stale = draft.version
    save(bruno_at, draft, reference="PO 12")

    answer, _fields = press(bruno_at, draft, version=str(stale))

    assert answer.status_code == 422
    assert "The draft was changed after this page was opened." in words_of(answer)
    assert db.session.scalar(select(MailMessage.id)) is None
    assert draft_of(rebrand).status == "draft"


def test_an_address_typed_wrong_takes_no_number(bruno_at, rebrand, sink):
    make_draft(bruno_at, rebrand)

    answer, _fields = press(bruno_at, draft_of(rebrand), to="carla at customer")

    assert answer.status_code == 422
    assert "carla at customer is not an e-mail address." in words_of(answer)
    assert draft_of(rebrand).number is None


def test_a_refused_message_says_so_and_can_be_sent_again(bruno_at, rebrand, sink):
    sink.answer = "550 no such mailbox"
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    press(bruno_at, draft)
    mail.deliver_due(db.session.commit)
    told = words_of(bruno_at.get(f"/invoices/{draft.id}"))
    message = db.session.scalars(select(MailMessage)).one()

    sink.answer = "250 fine"
    again = f"/invoices/{draft.id}/messages/{message.id}/send-again"
    bruno_at.post(again, data={})
    mail.deliver_due(db.session.commit)

    assert "Not sent to carla@customer.example" in told
    assert "The mail server said: 550 no such mailbox" in told
    assert "Sent to carla@customer.example" in words_of(bruno_at.get(f"/invoices/{draft.id}"))


def test_the_page_looks_again_while_a_message_is_on_its_way_and_then_stops(bruno_at, rebrand, sink):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    press(bruno_at, draft)
    poll = HTMX | {"X-Poll": "1"}

    waiting = bruno_at.get(f"/invoices/{draft.id}/messages", headers=poll)
    mail.deliver_due(db.session.commit)
    done = bruno_at.get(f"/invoices/{draft.id}/messages", headers=poll)

    assert 'hx-trigger="every 2s"' in waiting.text
    assert "HX-Refresh" not in waiting.headers
    assert "every 2s" not in done.text
    assert done.headers["HX-Refresh"] == "true"


@pytest.mark.req("T-03")
def test_without_a_mail_server_it_can_be_marked_as_sent(bruno_at, rebrand, people, browser_of):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    page = f"/invoices/{draft.id}/send"

    told = words_of(bruno_at.get(page))
    refused = bruno_at.post(
        page, data={"press": "a" * 16, "version": draft.version, "to": "a@b.example", "subject": "x", "text": "y"}
    )
    bruno_at.post(f"/invoices/{draft.id}/mark-sent", data={"version": draft.version})

    assert "Mail is not set up" in told
    assert "/settings/mail" in browser_of(people.olga).get(page).text
    assert refused.status_code == 422
    assert "no number was taken" in words_of(refused)
    db.session.expire_all()
    sent = draft_of(rebrand)
    assert (sent.status, bool(sent.number), bool(sent.pdf_file)) == ("sent", True, True)
    assert bruno_at.get(f"/invoices/{draft.id}/pdf").data.startswith(b"%PDF-")


@pytest.mark.req("T-26")
def test_a_deleted_draft_gives_its_hours_back_and_has_no_page(bruno_at, rebrand):
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)
    on_page = f"/invoices/{draft.id}"
    seen = bruno_at.get(on_page).text

    answer = bruno_at.post(f"{on_page}/delete", data={}, follow_redirects=True)

    assert "Gives 3 entries (4:00 h) back to unbilled." in seen
    assert "3 entries are unbilled again." in words_of(answer)
    assert states(rebrand) == {"unbilled"}
    assert bruno_at.get(on_page).status_code == 404


def test_voiding_wants_a_reason(bruno_at, rebrand):
    made = transactions.start_from_time(TimeChoice((rebrand.id,)), OLGA)
    transactions.issue(made, OLGA)
    db.session.commit()

    answer = bruno_at.post(f"/invoices/{made.id}/void", data={"reason": " "})

    assert answer.status_code == 422
    assert "Say why it is voided" in words_of(answer)
    assert states(rebrand) == {"invoiced"}


def test_an_issued_invoice_has_no_editor(bruno_at, rebrand):
    made = transactions.start_from_time(TimeChoice((rebrand.id,)), OLGA)
    db.session.commit()
    fields = fields_of(bruno_at.get(f"/invoices/{made.id}/edit").text)
    transactions.issue(made, OLGA)
    db.session.commit()

    looked = bruno_at.get(f"/invoices/{made.id}/edit", follow_redirects=True)
    saved = bruno_at.post(f"/invoices/{made.id}/edit", data=fields | {"reference": "Late"})

    assert "is Issued and closed" in words_of(looked)
    assert saved.status_code == 409
    assert "is Issued and closed" in words_of(saved)
    assert "Save mine over it" not in saved.text


@pytest.mark.req("M-05", "R-01")
def test_the_entries_behind_a_line_are_listed_with_links(bruno_at, rebrand):
    made = transactions.start_from_time(TimeChoice((rebrand.id,), layout="project"), OLGA)
    db.session.commit()
    url = f"/invoices/{made.id}/lines/{made.lines[0].id}"

    piece, page = bruno_at.get(url, headers=HTMX), bruno_at.get(url)

    entry = db.session.scalars(select(TimeEntry).order_by(TimeEntry.id)).first()
    assert "<html" not in piece.text
    assert f"/time/{entry.id}" in piece.text
    assert "Drawing Drew the home page Tess Falk 1:00" in words_of(piece)
    assert "<html" in page.text
    assert bruno_at.get(f"/invoices/{made.id}/lines/999999").status_code == 404


def test_the_list_is_filtered_by_state_customer_period_and_number(bruno_at, organisation):
    aurora, borealis = factories.make_customer("Aurora"), factories.make_customer("Borealis")
    late = {"status": "sent", "total": Decimal(70), "balance": Decimal(70), "due_date": date(2026, 1, 31)}
    factories.make_transaction(aurora, number="INV-2026-00148", date=date(2026, 1, 1), **late)
    paid = {"status": "paid", "total": Decimal(30), "number": "INV-2026-00007"}
    factories.make_transaction(borealis, date=date(2026, 3, 1), **paid)
    factories.make_transaction(borealis, date=date(2026, 4, 1), total=Decimal(5), balance=Decimal(5))
    db.session.commit()

    def listed(query: str) -> str:
        return words_of(bruno_at.get(f"/invoices/?{query}", headers=HTMX))

    assert "3 invoices Total US$105.00 Open US$70.00" in listed("")
    assert "INV-2026-00148" in listed("state=overdue")
    assert "INV-2026-00007" not in listed("state=overdue")
    assert "Overdue" in listed("q=148")
    assert "INV-2026-00007" in listed("q=borea")
    assert "INV-2026-00148" not in listed("q=borea")
    assert "INV-2026-00148" in listed(f"customer_id={aurora.id}")
    assert "INV-2026-00148" not in listed("customer_id_text=Borealis")
    assert "INV-2026-00148" not in listed("since=2026-02-01&until=2026-03-31")
    assert "Nothing fits" in listed("q=nobody") or "Clear" in listed("q=nobody")


def test_the_list_takes_few_statements_and_no_scan(bruno_at, organisation):
    customer = factories.make_customer()
    for number in range(60):
        factories.make_transaction(customer, number=f"INV-{number}", status="sent", balance=Decimal(1))
    db.session.commit()
    url = f"/invoices/?customer_id={customer.id}&q=INV&state=overdue&customer_id_text=x"
    said: list[tuple[str, object]] = []

    def listen(_connection, _cursor, statement, parameters, _context, _many):
        said.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", listen)
    page = bruno_at.get(url)
    event.remove(db.engine, "before_cursor_execute", listen)

    asked = [pair for pair in said if not pair[0].startswith(("BEGIN", "PRAGMA"))]
    assert page.status_code == 200
    assert len(asked) <= 5, [statement for statement, _parameters in asked]
    if db.engine.dialect.name != "sqlite":
        return
    for statement, parameters in asked:
        plan = [
            row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
        scans = [step for step in plan if step.startswith("SCAN") and "COVERING" not in step and "anon" not in step]
        assert not [step for step in scans if "transactions" in step], plan


@pytest.mark.parametrize(("person", "status"), [("bruno", 200), ("petra", 200), ("ada", 200), ("tim", 403)])
def test_staff_bill_and_timesheet_people_do_not(people, browser_of, rebrand, person, status):
    made = transactions.start_from_time(TimeChoice((rebrand.id,)), OLGA)
    db.session.commit()
    browser = browser_of(getattr(people, person))

    pages = ("/invoices/", f"/invoices/{made.id}", f"/invoices/{made.id}/edit", f"/invoices/{made.id}/pdf")

    assert {browser.get(page).status_code for page in pages} == {status}


HOSTILE = '<script>alert(1)</script> =cmd|calc "& #let x = 1 $ \u202egnp.exe مرحبا'


def test_hostile_text_is_only_text_on_every_page_and_in_the_pdf(bruno_at, organisation):
    customer = factories.make_customer(HOSTILE)
    project = factories.make_project(customer, HOSTILE)
    task = factories.make_task(project, HOSTILE)
    factories.make_time_entry(project, task_id=task.id, notes=HOSTILE)
    made = transactions.start_from_time(TimeChoice((project.id,), layout="entry"), OLGA)
    made.notes = made.reference = HOSTILE
    factories.make_time_entry(project, task_id=task.id, notes=HOSTILE)
    db.session.commit()
    line = made.lines[0].id

    pages = ("", "/edit", "/send", "/preview", f"/lines/{line}")
    texts = [bruno_at.get(f"/invoices/{made.id}{page}").text for page in pages]
    texts += [bruno_at.get(url).text for url in ("/invoices/", "/invoices/new", choice_url(project, **PLAIN))]
    texts.append(bruno_at.get(choice_url(project, **(PLAIN | {"layout": "entry", "pick": "y"}))).text)
    picture = bruno_at.get(f"/invoices/{made.id}/preview/1.svg")

    assert not [text for text in texts if "<script>alert" in text]
    assert all("&lt;script&gt;alert(1)" in text for text in texts[:2])
    assert b"<script" not in picture.data
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert "<script>alert(1)</script>" in text_of(bruno_at.get(f"/invoices/{made.id}/pdf").data).replace("\n", "")


def test_a_draft_with_more_lines_than_a_page_keeps_the_others(bruno_at, rebrand):
    for number in range(120):
        factories.make_time_entry(rebrand, seconds=60 * (number + 1))
    made = transactions.start_from_time(TimeChoice((rebrand.id,), layout="entry", rounding=Rounding("up", 15)), OLGA)
    db.session.commit()
    before = made.total

    answer = save(bruno_at, made, reference="Long")

    db.session.expire_all()
    assert answer.status_code == 303
    assert "Lines 1 to 100 of 123." in words_of(bruno_at.get(f"/invoices/{made.id}/edit"))
    assert "Lines 101 to 123 of 123." in words_of(bruno_at.get(f"/invoices/{made.id}/edit?start=100"))
    assert (draft_of(rebrand).total, len(draft_of(rebrand).lines)) == (before, 123)
    assert states(rebrand) == {"on_draft"}


def test_a_foreign_draft_asks_for_the_exchange_rate(bruno_at, organisation, sink):
    project = factories.make_project(factories.make_customer("Aurora", currency="EUR"), "Rebrand")
    factories.make_time_entry(project)
    db.session.commit()
    make_draft(bruno_at, project)
    draft = draft_of(project)

    refused, _fields = press(bruno_at, draft)
    save(bruno_at, draft, exchange_rate="1.0835")
    done, _fields = press(bruno_at, draft)

    assert "has no exchange rate to USD" in words_of(refused)
    assert done.status_code == 303
    assert draft_of(project).exchange_rate == Decimal("1.0835")


@pytest.mark.req("T-09")
def test_a_blank_draft_is_started_for_a_customer(bruno_at, organisation):
    customer = factories.make_customer("Aurora Outdoor")
    db.session.commit()

    unknown = bruno_at.post("/invoices/new", data={"customer_id_text": "Nobody"})
    answer = bruno_at.post("/invoices/new", data={"customer_id_text": "aurora outdoor"})

    assert unknown.status_code == 422
    assert "Choose a customer from the list." in words_of(unknown)
    assert re.fullmatch(r"/invoices/\d+/edit", answer.location)
    assert db.session.scalars(select(Transaction)).one().customer_id == customer.id


@pytest.mark.req("T-15")
def test_hours_of_another_project_of_the_customer_go_on_the_same_draft(bruno_at, rebrand):
    shop = factories.make_project(rebrand.customer, "Shop", rate=Decimal(50))
    factories.make_time_entry(shop)
    foreign = factories.make_project(factories.make_customer("Borealis"), "Other")
    factories.make_time_entry(foreign)
    db.session.commit()
    make_draft(bruno_at, rebrand)
    draft = draft_of(rebrand)

    offered = bruno_at.get(f"/invoices/{draft.id}/hours", follow_redirects=True)
    make_draft(bruno_at, shop, onto=draft.id)
    refused = bruno_at.post(choice_url(foreign), data=PLAIN | {"onto": draft.id})

    db.session.expire_all()
    assert "Shop" in words_of(offered)
    assert draft_of(rebrand).total == 450
    assert refused.status_code == 422
    assert "another customer or currency" in words_of(refused)
