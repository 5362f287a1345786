"""How tests of integrations walk: through set-up, over the consent page and back."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from extensions import db
from models import Integration

HOME = "/settings/integrations"
PAGE = f"{HOME}/zoho_projects"
#: preferences that differ from every default
CHOICES = {
    "time_entries": "1", "general_entries": "1", "extent": "cutoff", "cutoff": "2026-10-01", "duplicates": "clone",
    "restrict_project_creation": "1", "interval_minutes": "720",
}  # fmt: skip


def text_of(answer):
    """What a person reads, blanks collapsed."""
    body = re.sub(r"<(script|style|template|svg).*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def registered(standin, **values):
    client = standin.world.accounts.default_client
    return {
        "data_centre": "custom", "accounts_url": standin.url, "api_url": standin.url,
        "client_id": client.client_id, "client_secret": client.secret, **values,
    }  # fmt: skip


def consent(standin, browser, decision="allow"):
    """Press *Authorise*, decide on the remote's page, and return the address it sends the browser back to."""
    address = urlsplit(browser.get(f"{PAGE}/authorise/start").location)
    answer = standin.app.test_client().post(
        address.path, query_string=address.query, data={"decision": decision}, base_url=standin.url
    )
    return answer.location


def come_back(browser, location):
    parts = urlsplit(location)
    return browser.get(f"{parts.path}?{parts.query}")


def set_up(browser, standin, until="preview"):
    """Walk through set-up as far as the step before `until`."""
    steps = {
        "authorise": lambda: browser.post(f"{PAGE}/connect", data=registered(standin)),
        "portal": lambda: come_back(browser, consent(standin, browser)),
        "preferences": lambda: browser.post(f"{PAGE}/portal", data={"scope_id": str(standin.world.main.id)}),
        "fields": lambda: browser.post(
            f"{PAGE}/preferences",
            data={"time_entries": "1", "general_entries": "1", "extent": "unbilled", "duplicates": "overwrite",
                  "interval_minutes": "60"},
        ),
        "preview": lambda: browser.post(f"{PAGE}/fields", data={}),
    }  # fmt: skip
    for step, take in steps.items():
        answer = take()
        assert answer.status_code == 303, text_of(answer)
        if step == until:
            break
    return answer


def the_integration():
    db.session.rollback()
    return db.session.scalar(db.select(Integration).where(Integration.state != "deleted"))


def text_of_row(page, row_id):
    row = re.search(rf'<tr id="{row_id}">.*?</tr>', page.text, re.S)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", row, flags=re.S)).split())
