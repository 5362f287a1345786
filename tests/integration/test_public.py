"""The customer's page: opened by its link alone, closed when the link is revoked."""

from __future__ import annotations

import re

import pytest

from billing import pdf, transactions
from billing.transactions import TimeChoice
from extensions import db, limiter
from models.audit import Actor
from tests import factories
from tests.browsing import send, words_of

pytestmark = pytest.mark.usefixtures("people")
OLGA = Actor("person", "Olga Marsh")


@pytest.fixture
def invoice(organisation):
    project = factories.make_project(factories.make_customer("Aurora Outdoor"), "Rebrand")
    factories.make_time_entry(project, seconds=5400)
    made = transactions.start_from_time(TimeChoice((project.id,)), OLGA)
    transactions.issue(made, OLGA)
    db.session.commit()
    pdf.store(made, db.session.commit)
    return made


@pytest.mark.req("T-03")
def test_a_customer_reads_the_invoice_and_takes_the_pdf_without_signing_in(client, invoice):
    page = client.get(f"/c/{invoice.link_token}")
    file = client.get(f"/c/{invoice.link_token}/pdf")
    picture = client.get(re.search(r'src="(/c/[^"]+\.svg)"', page.text)[1])

    words = words_of(page)
    assert "Brightline Studio" in words
    assert f"Invoice {invoice.number}" in words
    assert "US$150.00 due" in words
    assert file.data == pdf.stored_bytes(invoice)
    assert file.headers["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'
    assert picture.mimetype == "image/svg+xml"


def test_the_page_has_no_way_into_the_app_and_is_not_indexed(client, invoice):
    page = client.get(f"/c/{invoice.link_token}")

    hrefs = set(re.findall(r'<a[^>]*href="([^"]+)"', page.text))
    assert all(href.startswith("/c/") for href in hrefs), hrefs
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert 'name="robots" content="noindex"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_revoked_and_an_unknown_link_look_alike(client, invoice, people, browser_of):
    old = invoice.link_token
    send(browser_of(people.bruno), f"/invoices/{invoice.id}", {}, to=f"/invoices/{invoice.id}/renew-link")
    db.session.refresh(invoice)

    revoked, unknown = client.get(f"/c/{old}"), client.get("/c/made-up")

    assert revoked.status_code == unknown.status_code == 404
    assert words_of(revoked) == words_of(unknown)
    assert invoice.number not in revoked.text
    assert {client.get(f"/c/{old}{tail}").status_code for tail in ("/pdf", "/page/1.svg")} == {404}
    assert client.get(f"/c/{invoice.link_token}").status_code == 200


def test_a_draft_has_no_public_page(client, organisation):
    draft = factories.make_transaction()
    db.session.commit()

    assert client.get(f"/c/{draft.link_token}").status_code == 404


@pytest.mark.req("T-26")
def test_the_customer_of_a_void_invoice_reads_that_nothing_is_to_be_paid(client, invoice):
    transactions.void(invoice, "Our secret reason", OLGA)
    db.session.commit()

    page = words_of(client.get(f"/c/{invoice.link_token}"))

    assert "This invoice was withdrawn. Nothing is to be paid." in page
    assert "Our secret reason" not in page


def test_guessing_links_is_stopped(app, client):
    app.config["RATELIMIT_ENABLED"] = True
    limiter.init_app(app)
    limiter.reset()
    try:
        answers = [client.get(f"/c/guess-{number}").status_code for number in range(61)]
    finally:
        limiter.reset()
        limiter.enabled = False

    assert answers[:60] == [404] * 60
    assert answers[60] == 429


def test_hostile_text_is_only_text_for_the_customer_too(client, organisation):
    project = factories.make_project(factories.make_customer("<b>Aurora</b>"), "<img src=x onerror=alert(1)>")
    factories.make_time_entry(project)
    made = transactions.start_from_time(TimeChoice((project.id,), layout="project"), OLGA)
    transactions.issue(made, OLGA)
    db.session.commit()

    page = client.get(f"/c/{made.link_token}").text

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
