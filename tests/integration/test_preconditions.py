"""What must hold before a remote is connected."""

from __future__ import annotations

from typing import Any

import pytest

from extensions import db
from models import Integration, Organisation
from models.audit import Actor
from sync import connection
from sync.connection import ConnectRequest, SetupRefused
from sync.connection.preconditions import unmet
from tests import factories


def actor(role: str) -> Actor:
    """Somebody of a role."""
    person = factories.make_user(f"Somebody {role}", role)
    return Actor("person", person.name, person.id)


@pytest.mark.req("P-03")
def test_a_first_integration_asks_for_nothing(db_session: Any, organisation: Organisation) -> None:
    assert unmet("zoho_projects", actor("staff")) == []


@pytest.mark.req("P-03")
@pytest.mark.parametrize(("role", "is_refused"), [("owner", False), ("admin", False), ("staff", True)])
def test_whoever_connects_beside_another_integration_is_in_charge_of_it(
    db_session: Any, organisation: Organisation, role: str, is_refused: bool
) -> None:
    db.session.add(Integration(connector="zoho_crm", state="active"))
    db.session.flush()

    assert bool(unmet("zoho_projects", actor(role))) == is_refused


@pytest.mark.req("P-03")
def test_connecting_is_refused_with_the_sentence(db_session: Any, organisation: Organisation) -> None:
    db.session.add(Integration(connector="zoho_crm", state="active"))
    db.session.flush()

    with pytest.raises(SetupRefused, match="Ask an owner or an admin"):
        connection.begin("zoho_projects", ConnectRequest("us", "1000.A", "secret"), actor("staff"))


@pytest.mark.req("P-03")
def test_an_integration_that_was_deleted_asks_for_nothing(db_session: Any, organisation: Organisation) -> None:
    db.session.add(Integration(connector="zoho_crm", state="deleted"))
    db.session.flush()

    assert unmet("zoho_projects", actor("staff")) == []
