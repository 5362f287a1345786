"""What owners and admins decide under Settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from extensions import db
from models import AuditEntry, Organisation, Tax, User
from tests import factories

Browsers = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def no_tokens(app: Flask) -> None:
    """Forms are taken without their token here."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.req("G-03")
def test_the_zoho_apps_are_two_clicks_from_anywhere(people: Any, browser_of: Browsers) -> None:
    olga = browser_of(people.olga)

    home = olga.get("/").get_data(as_text=True)
    settings = olga.get("/settings/").get_data(as_text=True)

    assert 'href="/settings/"' in home
    assert 'href="/settings/integrations/"' in settings


@pytest.mark.req("T-17")
def test_the_maximum_per_day_is_given_in_hours_and_kept_in_seconds(people: Any, browser_of: Browsers) -> None:
    olga = browser_of(people.olga)
    form = {
        "max_per_day": "26:30", "max_seconds_per_day": "26:30", "rounding_mode": "up", "rounding_minutes": "15",
        "default_layout": "entry", "default_rate": "95.50", "payment_terms_days": "14", "invoice_notes": "",
    }  # fmt: skip

    response = olga.post("/settings/preferences/projects", data=form)

    assert response.status_code == 303, response.get_data(as_text=True)[:3000]
    organisation = db.session.get_one(Organisation, 1)
    assert organisation.max_seconds_per_day == 26 * 3600 + 30 * 60
    assert (organisation.rounding_mode, organisation.default_layout, organisation.payment_terms_days) == (
        "up", "entry", 14,
    )  # fmt: skip
    assert str(organisation.default_rate) == "95.5000"


def test_the_base_currency_cannot_change_once_there_are_transactions(people: Any, browser_of: Browsers) -> None:
    factories.make_transaction()
    olga = browser_of(people.olga)
    page = {
        "name": "Brightline Studio", "email": "billing@brightline.example", "country": "US", "edition": "global",
        "base_currency": "EUR", "time_zone": "America/New_York", "locale": "en_GB",
    }  # fmt: skip

    olga.post("/settings/organisation", data=page)

    assert db.session.get_one(Organisation, 1).base_currency == "USD"


def test_the_mail_password_is_never_shown_again(people: Any, browser_of: Browsers) -> None:
    olga = browser_of(people.olga)
    form = {
        "mail_host": "mail.example", "mail_port": "587", "mail_security": "starttls", "mail_user": "olga",
        "mail_password": "hunter2-hunter2", "mail_from": "billing@brightline.example",
    }  # fmt: skip
    olga.post("/settings/mail", data=form)

    page = olga.get("/settings/mail").get_data(as_text=True)

    assert "mail.example" in page
    assert "hunter2" not in page
    stored = db.session.get_one(Organisation, 1).mail_password
    assert stored
    assert "hunter2" not in stored


def test_an_admin_cannot_make_an_owner_and_the_last_owner_stays(people: Any, browser_of: Browsers) -> None:
    ada = browser_of(people.ada)

    ada.post(f"/settings/users/{people.bruno.id}/role", data={"role": "owner"})
    browser_of(people.olga).post(f"/settings/users/{people.olga.id}/role", data={"role": "staff"})

    assert db.session.get_one(User, people.bruno.id).role == "staff"
    assert db.session.get_one(User, people.olga.id).role == "owner"


@pytest.mark.req("R-12")
def test_a_change_of_role_is_written_into_the_audit_log_under_the_persons_name(
    people: Any, browser_of: Browsers
) -> None:
    browser_of(people.olga).post(f"/settings/users/{people.bruno.id}/role", data={"role": "admin"})

    line = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.subject == "user").order_by(AuditEntry.id.desc())
    ).first()
    assert line is not None
    assert (line.actor, line.subject_id) == ("Olga Marsh", people.bruno.id)


def test_a_tax_can_be_added_and_is_offered_until_it_is_retired(people: Any, browser_of: Browsers) -> None:
    olga = browser_of(people.olga)
    refused = olga.post("/settings/taxes", data={"name": "VAT", "percent": "nineteen"})
    olga.post("/settings/taxes", data={"name": "VAT", "percent": "19"})

    page = olga.get("/settings/taxes").get_data(as_text=True)

    assert refused.status_code == 422
    assert 'value="VAT"' in refused.get_data(as_text=True)
    tax = db.session.scalars(db.select(Tax)).one()
    assert (tax.name, str(tax.percent), tax.is_active) == ("VAT", "19.0000", True)
    assert "19 %" in page

    olga.post(f"/settings/taxes/{tax.id}/retire")

    assert db.session.scalars(db.select(Tax.is_active)).one() is False
