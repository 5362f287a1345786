"""One invoice over several projects of one customer: hours, expenses and milestones of all of them (T-15)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import select

from billing import expenses
from billing.expense_records import ExpenseValues
from extensions import db
from models import TimeEntry, Transaction
from models.audit import Actor
from tests import factories
from tests.browsing import words_of

OLGA = Actor("person", "Olga Marsh")


@pytest.fixture(autouse=True)
def _plain_forms(app):
    """Forms without the hidden token; that it is asked for is tested for all routes at once."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def bruno_at(people, browser_of):
    return browser_of(people.bruno)


@pytest.fixture
def work(people):
    """Two projects of one customer, one of another, and one in another currency; an hour on each."""
    aurora, other = factories.make_customer("Aurora", currency="USD"), factories.make_customer("Other")
    made = {
        "web": factories.make_project(aurora, "Website", rate=Decimal(100)),
        "print": factories.make_project(aurora, "Printing", rate=Decimal(80)),
        "euro": factories.make_project(aurora, "Euro job", rate=Decimal(80), currency="EUR"),
        "foreign": factories.make_project(other, "Foreign", rate=Decimal(50)),
    }
    for place, project in enumerate(made.values(), start=1):
        factories.make_time_entry(project, seconds=3600 * place, date=date(2026, 6, place))
    db.session.commit()
    return made


def choose(browser, project, *also, **values):
    """Look at the choice, then press the button with what the page carries."""
    base = f"/invoices/new/from-project/{project.id}"
    asked = {"layout": "project", "rounding": "none", "minutes": 15, "tax_id": 0, **values}
    pairs = [*asked.items(), *(("also", one.id) for one in also)]
    page = browser.get(base + "?" + "&".join(f"{name}={value}" for name, value in pairs))
    form = page.text[page.text.index('method="post" action="/invoices/new') :]
    form = form[: form.index("</form>")]
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", form, re.DOTALL):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            fields.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    return page, browser.post(base, data=fields)


def newest() -> Transaction:
    db.session.expire_all()
    return db.session.scalars(select(Transaction).order_by(Transaction.id.desc()).limit(1)).one()


@pytest.mark.req("T-15")
def test_the_hours_of_several_projects_go_on_one_invoice_of_their_customer(bruno_at, work):
    page, answer = choose(bruno_at, work["web"], work["print"])

    made = newest()
    assert "US$260.00" in words_of(page)
    assert answer.location == f"/invoices/{made.id}/edit"
    assert [(line.name, line.amount) for line in made.lines] == [("Printing", Decimal(160)), ("Website", Decimal(100))]
    assert (made.customer_id, made.project_id, made.total) == (work["web"].customer_id, None, Decimal(260))
    taken = db.session.scalars(select(TimeEntry.project_id).where(TimeEntry.billing_state == "on_draft"))
    assert set(taken) == {work["web"].id, work["print"].id}


@pytest.mark.req("T-15")
def test_only_projects_of_the_same_customer_and_currency_are_offered_and_taken(bruno_at, work):
    page, _answer = choose(bruno_at, work["web"], work["euro"], work["foreign"])

    offered = page.text[page.text.index('id="other-projects"') :]
    offered = offered[: offered.index("</fieldset>")]
    assert "Printing" in offered
    assert "Euro job" not in offered
    assert "Foreign" not in offered
    assert {line.name for line in newest().lines} == {"Website"}


@pytest.mark.req("T-15")
def test_a_customer_is_billed_for_all_projects_at_once(bruno_at, work):
    page = bruno_at.get(f"/invoices/new?customer_id={work['web'].customer_id}")
    together = re.search(r'href="([^"]+also=[^"]+)"', page.text)

    chosen = bruno_at.get(unescape(together[1]))

    assert "Bill these 2 projects together" in words_of(page)
    assert chosen.text.count('name="also"') >= 1
    assert "US$260.00" in words_of(chosen)


@pytest.mark.req("T-10", "T-15", "T-24")
def test_the_expenses_of_all_chosen_projects_go_along(bruno_at, work):
    for name, amount in (("web", "30"), ("print", "12"), ("foreign", "99")):
        project = work[name]
        expenses.add(
            ExpenseValues(date(2026, 6, 1), "Travel", "", "", project.currency, Decimal(amount),
                          customer_id=project.customer_id, project_id=project.id, is_billable=True),
            OLGA,
        )  # fmt: skip
    db.session.commit()

    choose(bruno_at, work["web"], work["print"])

    made = newest()
    assert sorted(line.amount for line in made.lines if line.kind == "expense") == [Decimal(12), Decimal(30)]
    assert made.total == Decimal(302)


@pytest.mark.req("T-15")
def test_hours_of_another_project_are_added_to_a_draft_that_is_there(bruno_at, work):
    choose(bruno_at, work["web"])
    draft = newest()

    _page, answer = choose(bruno_at, work["print"], onto=draft.id)

    assert answer.location == f"/invoices/{draft.id}/edit"
    assert newest().total == Decimal(260)
    items = bruno_at.get(f"/invoices/new/from-project/{work['web'].id}/items?onto={draft.id}")
    assert items.status_code == 200
