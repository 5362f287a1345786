"""Expenses as people meet them: writing down, receipts, finding, the file, and putting them on invoices."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from billing import expenses, transactions
from billing.expenses import ExpenseValues
from extensions import current_config, db
from models import AuditEntry, Expense, ExpenseCategory, Outbox, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import send, token_of, words_of

OLGA = Actor("person", "Olga Marsh")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF, JPEG, WEBP = b"%PDF-1.7\n%", b"\xff\xd8\xff\xe0" + b"\0" * 20, b"RIFF\x10\0\0\0WEBPVP8 "


def spend(customer=None, project=None, **values) -> Expense:
    plain = {
        "date": date(2026, 6, 15), "category": "Travel", "vendor": "Deutsche Bahn", "description": "Train to Ulm",
        "currency": "USD", "amount": Decimal(100), "is_billable": customer is not None,
        "customer_id": customer.id if customer else None, "project_id": project.id if project else None,
    }  # fmt: skip
    return expenses.add(ExpenseValues(**(plain | values)), OLGA)


def typed(**fields: Any) -> dict[str, Any]:
    """What a person types into a new expense."""
    plain = {
        "date": "2026-06-15", "category": "Travel", "vendor": "Deutsche Bahn", "description": "Train to Ulm",
        "amount": "119.00", "currency": "USD", "tax_id": "0", "tax_mode": "included", "paid_by_id": "0",
    }  # fmt: skip
    return plain | fields


def upload(content: bytes, name: str = "receipt.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


@pytest.fixture
def browser(people, browser_of):
    """Bruno keeps the books."""
    return browser_of(people.bruno)


@pytest.fixture
def site(people):
    return factories.make_project(factories.make_customer("Aurora"), "Website")


def only_expense() -> Expense:
    db.session.expire_all()
    return db.session.scalars(select(Expense)).one()


@pytest.mark.both_databases
@pytest.mark.req("T-02", "T-24")
def test_an_expense_started_on_a_project_belongs_to_it_and_to_its_customer(browser, site):
    page = browser.get(f"/projects/{site.id}")
    assert f'href="/expenses/new?project_id={site.id}"' in page.text

    new = f"/expenses/new?project_id={site.id}"
    assert 'value="Website"' in browser.get(new).text
    answer = send(browser, new, typed(project_id=site.id, customer_id="", is_billable="y", markup_percent="10"))

    assert answer.status_code == 303, words_of(answer)
    expense = only_expense()
    assert (expense.project_id, expense.customer_id) == (site.id, site.customer_id)
    assert (expense.billing_state, expense.markup_percent) == ("unbilled", Decimal(10))
    shown = words_of(browser.get(answer.location))
    assert "Train to Ulm" in shown
    assert "Unbilled" in shown
    assert "130.90" in shown  # billed before tax: 119 with ten per cent on top


@pytest.mark.req("T-02")
def test_a_closed_project_offers_no_new_expense(browser, site):
    site.is_active = False

    assert "/expenses/new?project_id" not in browser.get(f"/projects/{site.id}").text


@pytest.mark.req("R-14")
def test_tax_in_the_amount_and_on_top_of_it_come_to_what_the_receipt_says(browser, people):
    tax = factories.make_tax("VAT", "19")
    for mode in ("included", "added"):
        send(browser, "/expenses/new", typed(tax_id=tax.id, tax_mode=mode))

    found = db.session.scalars(select(Expense).order_by(Expense.id)).all()
    assert [(it.net, it.tax_amount, it.total) for it in found] == [
        (Decimal(100), Decimal(19), Decimal(119)), (Decimal(119), Decimal("22.61"), Decimal("141.61"))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("date", "", "Enter the day of the expense."),
        ("date", "0026-06-15", "Check the year."),
        ("category", " ", "Choose a category"),
        ("amount", "", "Enter the amount"),
        ("amount", "many", "Enter a number, for example 95.00."),
        ("amount", "0", "Enter an amount above zero."),
        ("amount", "-5", "Enter a number of 0 or more."),
        ("amount", "1.005", "Amounts in USD have 2 decimal places."),
        ("amount", "999999999999", "That is too large."),
        ("markup_percent", "2000", "That is too large."),
        ("customer_id_text", "Nobody & Sons", "No customer has this name."),
        ("project_id_text", "Nothing", "No project has this name."),
        ("is_billable", "y", "Choose whom it is billed to"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field_and_nothing_typed_is_lost(browser, field, value, sentence):
    answer = send(browser, "/expenses/new", typed(**{"vendor": "Quill & Co", field: value}))

    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert 'value="Quill &amp; Co"' in answer.text
    assert db.session.scalars(select(Expense)).all() == []


@pytest.mark.req("R-14")
def test_yen_have_no_decimals(browser):
    answer = send(browser, "/expenses/new", typed(currency="JPY", amount="100.5"))

    assert answer.status_code == 422
    assert "Amounts in JPY have 0 decimal places." in words_of(answer)


@pytest.mark.req("T-10")
def test_a_project_of_another_customer_is_refused(browser, site):
    boreal = factories.make_customer("Boreal")

    answer = send(browser, "/expenses/new", typed(project_id=site.id, customer_id=boreal.id))

    assert answer.status_code == 422
    assert "This is a project of Aurora." in words_of(answer)


@pytest.mark.req("T-05", "T-11")
def test_an_expense_is_changed_and_deleted(browser, people):
    expense_id = spend().id

    page = f"/expenses/{expense_id}/edit"
    version = re.search(r'name="version"[^>]*value="(\d+)"', browser.get(page).text)[1]
    assert send(browser, page, typed(amount="70", category="Taxi", version=version)).status_code == 303
    changed = only_expense()
    assert (changed.total, changed.category.name) == (Decimal(70), "Taxi")
    assert send(browser, f"/expenses/{expense_id}", {}, to=f"/expenses/{expense_id}/delete").status_code == 303

    assert db.session.get(Expense, expense_id) is None
    assert browser.get(f"/expenses/{expense_id}").status_code == 404
    verbs = db.session.scalars(select(AuditEntry.verb).where(AuditEntry.subject == "expense").order_by(AuditEntry.id))
    assert list(verbs) == ["expense.added", "expense.changed", "expense.deleted"]


def test_a_stale_tab_is_told_and_keeps_what_was_typed(browser, people):
    expense = spend()

    answer = send(browser, f"/expenses/{expense.id}/edit", typed(vendor="Typed here", version="0"))

    assert answer.status_code == 409
    assert "Somebody changed this expense meanwhile." in words_of(answer)
    assert 'value="Typed here"' in answer.text
    assert only_expense().vendor == "Deutsche Bahn"


@pytest.mark.both_databases
@pytest.mark.req("T-24", "T-11")
def test_convert_to_invoice_makes_a_draft_and_the_expense_says_where_it_is(browser, site):
    first, second = spend(site.customer, site), spend(site.customer, site, description="Hotel in Ulm")

    answer = send(browser, f"/expenses/{first.id}", {"ids": [first.id, second.id]}, to="/expenses/convert")

    draft = db.session.scalars(select(Transaction)).one()
    assert answer.location == f"/invoices/{draft.id}/edit"
    editor = words_of(browser.get(answer.location))
    assert "an expense" in editor
    assert re.search(r"Total \S*\$200\.00", editor)
    assert (draft.total, draft.project_id) == (Decimal(200), site.id)
    shown = browser.get(f"/expenses/{first.id}")
    assert "On draft" in words_of(shown)
    assert f'href="/invoices/{draft.id}"' in shown.text
    transactions.issue(db.session.get_one(Transaction, draft.id), OLGA)
    assert f"Invoiced {draft.number}" in words_of(browser.get(f"/expenses/{first.id}"))


@pytest.mark.req("T-24")
def test_saving_the_draft_keeps_the_amount_of_its_expense(browser, site):
    expense = spend(site.customer, site, markup_percent=Decimal(10))
    draft = expenses.start_from_expenses([expense.id], OLGA)
    (line,) = draft.lines
    page = f"/invoices/{draft.id}/edit"
    fields = {
        "version": draft.version, "date": "2026-07-01", "due_date": "2026-07-31", "terms": "30",
        "due_was": "2026-07-31", "line": str(line.id), f"{line.id}-name": "Journey", f"{line.id}-tax": "",
        f"{line.id}-rate": "1", f"{line.id}-quantity": "9",
    }  # fmt: skip

    assert send(browser, page, fields).status_code == 303

    db.session.refresh(draft)
    assert (draft.lines[0].name, draft.total) == ("Journey", Decimal(110))
    assert expenses.violations() == []


@pytest.mark.req("T-24")
def test_an_invoiced_expense_has_no_editor_and_cannot_be_deleted(browser, site):
    expense = spend(site.customer, site)
    expenses.start_from_expenses([expense.id], OLGA)

    answer = browser.get(f"/expenses/{expense.id}/edit", follow_redirects=True)
    token = token_of(browser, "/expenses/new")
    refused = browser.post(f"/expenses/{expense.id}/delete", data={"csrf_token": token}, follow_redirects=True)

    for said in (answer, refused):
        assert "This expense is on a draft." in words_of(said)
    assert "/edit" not in re.sub(r"/invoices/\S+", "", answer.text)


@pytest.mark.req("T-24")
def test_another_currency_asks_for_its_rate_and_then_converts(browser, site):
    expense = spend(site.customer, site, currency="EUR")

    asked = send(browser, f"/expenses/{expense.id}", {"ids": expense.id}, to="/expenses/convert")
    wrong = send(browser, "/expenses/new", {"ids": expense.id, "rate-EUR": "0"}, to="/expenses/convert")
    done = send(browser, "/expenses/new", {"ids": expense.id, "rate-EUR": "1.10"}, to="/expenses/convert")

    assert asked.status_code == 422
    assert "One EUR in USD" in words_of(asked)
    assert "Enter a rate above zero." in words_of(wrong)
    assert done.status_code == 303
    assert db.session.scalars(select(Transaction)).one().total == Decimal(110)


@pytest.mark.parametrize("ids", [[], ["999999"], ["x"], ["99999999999"]])
def test_converting_nothing_says_what_to_do(browser, ids):
    answer = send(browser, "/expenses/new", {"ids": ids}, to="/expenses/convert")

    assert answer.status_code == 422
    assert "Choose the expenses that you want to invoice." in words_of(answer)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PNG, "image/png"), (PDF, "application/pdf"), (JPEG, "image/jpeg"), (WEBP, "image/webp")],
)
def test_a_receipt_is_kept_by_its_content_and_given_back_as_a_download(browser, content, kind):
    send(browser, "/expenses/new", typed(receipt=upload(content, '..\\..\\evil "name".html')))

    expense = only_expense()
    answer = browser.get(f"/expenses/{expense.id}/receipt")
    assert answer.data == content
    assert answer.mimetype == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert ".html" not in answer.headers["Content-Disposition"]
    stored = current_config().data_folder / "documents" / expense.receipt_file
    assert stored.is_file()
    assert "evil" not in expense.receipt_file


@pytest.mark.parametrize("content", [b"<html><script>", b"GIF89a", b"", b"RIFF....WAVE", b"\x89PNGx"])
def test_a_file_that_is_no_receipt_is_refused_whatever_its_name(browser, content):
    answer = send(browser, "/expenses/new", typed(receipt=upload(content, "receipt.png")))

    assert answer.status_code == 422
    assert "This is neither a PDF nor a PNG, JPEG or WebP picture." in words_of(answer)
    assert list((current_config().data_folder / "documents").glob("receipt-*")) == []


def test_a_receipt_that_is_too_large_is_refused(browser):
    fields = typed(csrf_token=token_of(browser, "/expenses/new")).items()
    head = 'Content-Disposition: form-data; name="receipt"; filename="receipt.png"'
    parts = [f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields]
    body = "".join(parts).encode() + f"--edge\r\n{head}\r\n\r\n".encode() + PNG + b"\0" * 5 * 1024 * 1024

    answer = browser.post(
        "/expenses/new", data=body + b"\r\n--edge--\r\n", content_type="multipart/form-data; boundary=edge"
    )  # fmt: skip

    assert answer.status_code == 422
    assert "The file is larger than 5 MB." in words_of(answer)


def test_a_receipt_is_replaced_and_taken_off_and_its_old_file_goes(browser):
    send(browser, "/expenses/new", typed(receipt=upload(PNG)))
    expense = only_expense()
    folder, first = current_config().data_folder / "documents", expense.receipt_file
    page = f"/expenses/{expense.id}/edit"

    send(browser, page, typed(receipt=upload(PDF, "bill.pdf")))
    second = only_expense().receipt_file
    assert (only_expense().receipt_name, (folder / first).exists()) == ("bill.pdf", False)
    send(browser, page, typed(drop_receipt="y"))

    assert only_expense().receipt_file == ""
    assert not (folder / second).exists()
    assert browser.get(f"/expenses/{expense.id}/receipt").status_code == 404


@pytest.mark.parametrize("path", ["/expenses/", "/expenses/{}", "/expenses/{}/receipt", "/expenses/export.csv"])
def test_timesheet_staff_see_no_expenses_and_no_receipts(people, browser_of, path):
    address = path.format(spend().id)

    assert browser_of(people.tim).get(address).status_code == 403
    assert "Expenses" not in words_of(browser_of(people.tim).get("/account"))


@pytest.mark.both_databases
@pytest.mark.req("T-11")
def test_the_list_filters_by_state_customer_project_category_and_period_and_adds_up(browser, site):
    spend(site.customer, site, description="Train")
    spend(site.customer, description="Hotel", category="Stay", amount=Decimal(30), vendor="Ibis")
    spend(description="Paper", category="Office", currency="EUR", amount=Decimal(5), date=date(2026, 1, 2))

    def listed(**filters: Any) -> str:
        return words_of(browser.get("/expenses/", query_string=filters, headers={"HX-Request": "true"}))

    everything = listed()
    stay = db.session.scalar(select(ExpenseCategory.id).where(ExpenseCategory.name == "Stay"))
    assert all(word in everything for word in ("Train", "Hotel", "Paper", "$130.00", "€5.00"))
    cases = [
        ({"state": "not_billable"}, "Paper"), ({"customer_id": site.customer_id}, "Train Hotel"),
        ({"project_id": site.id}, "Train"), ({"project_id_text": "website"}, "Train"),
        ({"category_id": stay}, "Hotel"), ({"until": "2026-02-01"}, "Paper"), ({"q": "ibi"}, "Hotel"),
        ({"q": "PAP"}, "Paper"), ({"customer_id_text": "nobody"}, ""), ({"since": "2027-01-01"}, ""),
    ]  # fmt: skip
    for filters, expected in cases:
        found = listed(**filters)
        shown = {word for word in ("Train", "Hotel", "Paper") if re.search(rf"\b{word}\b", found)}
        assert shown == set(expected.split()), filters


@pytest.mark.both_databases
def test_the_file_holds_what_the_list_shows_and_no_cell_is_a_formula(browser, site):
    spend(site.customer, site, description="=HYPERLINK(1)", vendor="@evil", amount=Decimal("19.90"))
    spend(description="-2+3", category="+Office", currency="JPY", amount=Decimal(500))
    expenses.start_from_expenses([spend(site.customer, site, description="Billed").id], OLGA)

    answer = browser.get("/expenses/export.csv", buffered=False)
    assert answer.is_streamed
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    only = browser.get("/expenses/export.csv?state=unbilled").get_data(as_text=True)

    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    by_text = {row["Description"]: row for row in rows}
    assert set(by_text) == {"'=HYPERLINK(1)", "'-2+3", "Billed"}
    assert by_text["'=HYPERLINK(1)"]["Vendor"] == "'@evil"
    assert (by_text["'-2+3"]["Total"], by_text["'-2+3"]["Category"]) == ("500", "'+Office")
    assert by_text["'=HYPERLINK(1)"]["Total"] == "19.90"
    assert (by_text["Billed"]["State"], by_text["Billed"]["Invoice"]) == ("On draft", "Draft")
    assert "HYPERLINK" in only
    assert "Billed" not in only


@pytest.mark.req("T-11")
def test_project_and_customer_show_their_expenses(browser, site):
    expense = spend(site.customer, site, description="Train to Ulm")
    spend(description="Paper for the office")

    for page in (f"/projects/{site.id}?tab=expenses", f"/customers/{site.customer_id}?tab=expenses"):
        shown = browser.get(page)
        assert f'href="/expenses/{expense.id}"' in shown.text
        assert "$100.00" in words_of(shown)
        assert "Paper" not in words_of(shown)


@pytest.mark.both_databases
@pytest.mark.parametrize("looked_for", ["train", "DEUTSCHE", "Train to U"])
def test_search_finds_an_expense_by_its_beginning_or_its_vendor(browser, looked_for):
    expense = spend()
    spend(description="Paper", vendor="Office World")

    page = browser.get("/search", query_string={"q": looked_for})

    assert f'href="/expenses/{expense.id}"' in page.text
    assert "Office World" not in words_of(page)


def test_a_deleted_expense_is_nowhere(browser, site):
    expense = spend(site.customer, site)
    transactions.delete_draft(expenses.start_from_expenses([expense.id], OLGA), OLGA)
    db.session.refresh(expense)
    expenses.delete(expense, OLGA)

    for page in ("/expenses/", "/expenses/export.csv", "/search?q=train", f"/projects/{site.id}?tab=expenses"):
        assert "Train to Ulm" not in browser.get(page).text
    assert browser.get(f"/expenses/{expense.id}").status_code == 404


def test_a_category_typed_once_is_offered_again_whatever_its_letters(browser):
    send(browser, "/expenses/new", typed(category="Train  rides"))
    send(browser, "/expenses/new", typed(category="train rides"))

    assert '<option value="Train rides">' in browser.get("/expenses/new").text
    assert len(db.session.scalars(select(ExpenseCategory)).all()) == 1


@pytest.mark.req("T-04")
def test_an_expense_of_a_synced_project_leaves_word_for_the_other_side(browser, people):
    synced = factories.make_project(factories.make_customer("Aurora"), "Website", source="zoho_projects")
    own = factories.make_project(factories.make_customer("Boreal"), "Shop")
    spend(own.customer, own)
    expense = spend(synced.customer, synced)

    (note,) = db.session.scalars(select(Outbox)).all()
    assert (note.subject, note.subject_id, note.event) == ("expense", expense.id, "created")
    assert note.payload["total"] == "100.00"


@pytest.mark.parametrize("address", ["/expenses/", "/expenses/?at=end", "/expenses/?state=unbilled&q=tr"])
def test_the_list_takes_five_statements_and_scans_nothing_among_many(browser, site, db_session, address):
    spend(site.customer, site)
    kinds = db_session.scalars(select(ExpenseCategory.id)).one()
    rows = [
        {"date": date(2026, 1 + n % 12, 1 + n % 28), "category_id": kinds, "currency": "USD", "amount": Decimal(n + 1),
         "net": Decimal(n + 1), "total": Decimal(n + 1), "customer_id": site.customer_id, "title_key": f"train {n}",
         "billing_state": "unbilled" if n % 50 == 0 else "not_billable"} for n in range(8000)
    ]  # fmt: skip
    db_session.execute(insert(Expense), rows)
    db_session.commit()
    browser.get(address)
    seen: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *said: seen.append((said[2], said[3])))

    answer = browser.get(address)
    event.remove(db.engine, "before_cursor_execute", note)

    own = [(sql, values) for sql, values in seen if "expense" in sql]
    assert answer.status_code == 200
    assert len(own) <= 5
    for sql, values in own:
        plan = "\n".join(
            str(row) for row in db_session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        )
        assert not re.search(r"SCAN expenses\b(?!.* USING)", plan), f"{sql}\n{plan}"
        assert "SCAN expense_allocations" not in plan, plan


@pytest.mark.both_databases
@pytest.mark.req("T-10", "T-24")
def test_a_new_invoice_of_a_project_offers_its_unbilled_expenses_and_takes_the_ticked_ones(browser, site):
    factories.make_time_entry(site)
    train, hotel = spend(site.customer, site), spend(site.customer, site, description="Hotel", amount=Decimal(50))
    spend(factories.make_customer("Boreal"), site, description="Another customer's")
    spend(site.customer, description="No project's")
    page = f"/invoices/new/from-project/{site.id}"

    shown = browser.get(page)
    offered = re.findall(r'name="expense"\s+value="(\d+)"\s+checked', shown.text)
    choice = {"layout": "task", "rounding": "none", "minutes": "15", "tax_id": "0"}
    answer = send(browser, page, choice | {"offered": "y", "expense": [train.id]})

    assert offered == [str(train.id), str(hotel.id)]
    assert answer.status_code == 303
    draft = db.session.scalars(select(Transaction)).one()
    assert [(line.kind, line.amount) for line in draft.lines] == [("time", Decimal(100)), ("expense", Decimal(100))]
    assert [it.id for it in expenses.unbilled(site.customer_id, site.id)] == [hotel.id]


@pytest.mark.req("T-24")
def test_what_was_unticked_stays_so_while_the_choice_of_hours_changes(browser, site):
    factories.make_time_entry(site)
    spend(site.customer, site)
    choice = {"layout": "task", "rounding": "up", "minutes": "15", "tax_id": "0", "offered": "y"}

    page = f"/invoices/new/from-project/{site.id}"
    again = browser.get(page, query_string=choice, headers={"HX-Request": "true"})

    assert 'name="expense"' in again.text
    assert "checked" not in "".join(re.findall(r"<input[^>]*name=.expense.[^>]*>", again.text))


@pytest.mark.req("T-10", "T-24")
def test_an_expense_that_was_billed_meanwhile_makes_no_half_invoice(browser, site):
    factories.make_time_entry(site)
    taken = spend(site.customer, site)
    expenses.start_from_expenses([taken.id], OLGA)
    page = f"/invoices/new/from-project/{site.id}"
    choice = {"layout": "task", "rounding": "none", "minutes": "15", "tax_id": "0"}

    answer = send(browser, page, choice | {"offered": "y", "expense": [taken.id]})

    assert answer.status_code == 422
    assert "not unbilled any more" in words_of(answer)
    assert len(db.session.scalars(select(Transaction)).all()) == 1


@pytest.mark.req("T-24")
def test_a_project_without_hours_bills_its_expenses_and_adds_more_to_the_draft(browser, site):
    first, second = spend(site.customer, site), spend(site.customer, site, description="Hotel")
    page = f"/expenses/of-project/{site.id}"

    none = send(browser, page, {"offered": "y"})
    done = send(browser, page, {"offered": "y", "expense": [first.id]})
    draft = db.session.scalars(select(Transaction)).one()
    token = token_of(browser, page)
    more = send(browser, page, {"offered": "y", "expense": [second.id], "onto": draft.id})
    late = browser.post(page, data={"csrf_token": token, "offered": "y", "expense": [second.id]})

    assert none.status_code == 422
    assert "Tick the expenses" in words_of(none)
    assert done.location == more.location == f"/invoices/{draft.id}/edit"
    db.session.refresh(draft)
    assert draft.total == Decimal(200)
    assert late.status_code == 422
    assert "No unbilled expenses" in words_of(browser.get(page))


@pytest.mark.req("T-24")
def test_the_editor_of_a_draft_leads_to_the_expenses_it_could_still_take(browser, site):
    draft = transactions.start_blank(site.customer_id, OLGA, site.id)
    db.session.commit()
    assert "Unbilled expenses" not in words_of(browser.get(f"/invoices/{draft.id}/edit"))
    spend(site.customer, site)

    assert "Unbilled expenses 1" in words_of(browser.get(f"/invoices/{draft.id}/edit"))
    answer = browser.get(f"/expenses/onto/{draft.id}")
    assert answer.location == f"/expenses/of-project/{site.id}?onto={draft.id}"
    assert "Add to the draft" in words_of(browser.get(answer.location))
