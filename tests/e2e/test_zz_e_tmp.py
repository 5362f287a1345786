import pytest
from datetime import timedelta
from decimal import Decimal
from tests.e2e.test_customer_pages_walk import *
from tests.e2e.test_customer_pages_walk import issued
from billing import reminders, mail
from billing.mail import Extras
from tests.e2e.test_looks import violations

def test_look(customer, office, page_of, picture, organisation):
    organisation.has_reminders = True
    reminders.preset_rules(OLGA)
    factories.make_contact_person(customer, first_name="Ben", last_name="Ortiz", email="ben@customer.example", is_primary=False)
    invoice = issued(customer, "invoice", 900, due_date=utcnow().date() - timedelta(days=20))
    invoice.issued_at = utcnow() - timedelta(days=30)
    issued(customer, "invoice", 1200)
    issued(customer, "quote", 700)
    draft = transactions.start_blank(customer.id, OLGA)
    factories.make_line(draft, rate=Decimal(10), amount=Decimal(10))
    mail.send_transaction(invoice, OLGA, "a")
    mail.send_transaction(invoice, OLGA, "b", extras=Extras(send_at=utcnow()+timedelta(days=2)))
    address = links.customer_page(customer)
    paths = {"templates": "/settings/mail-templates", "template": "/settings/mail-templates/invoice/de", "reminders": "/settings/reminders", "outgoing": "/outgoing-mail/", "message": "/outgoing-mail/1", "send": f"/invoices/{invoice.id}/send", "overview": address, "invoice": f"/c/{invoice.link_token}", "show": f"/invoices/{invoice.id}", "customer": f"/customers/{customer.id}"}
    db.session.commit()
    page = page_of(office)
    wrong = []
    for scheme, width in (("light", 1440), ("dark", 390)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        for name, path in paths.items():
            answer = page.goto(path)
            if answer.status != 200:
                wrong.append((name, answer.status)); continue
            page.wait_for_timeout(400)
            picture(page, f"{name}-{scheme}-{width}")
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"): wrong.append((name, width, "overflow"))
            wrong += [(name, width, v) for v in violations(page)]
    print(wrong)
    assert not wrong
