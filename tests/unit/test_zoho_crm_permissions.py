"""Zoho CRM: what the account may read, which edition will do, and which fields there are."""

from __future__ import annotations

import pytest

from connectors.base import FieldType
from connectors.errors import ScopeMissing
from connectors.zoho_crm.organisation import as_scope
from tests.unit.crm_kit import ORG, Crm


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.mark.req("C-03")
def test_a_module_that_is_closed_names_the_three_causes(crm: Crm) -> None:
    crm.world.edit("crm.profile", name="Administrator", denied=["Crm_Implied_View_Products"])

    denied = [row for row in crm.connector.permissions(ORG) if not row.is_granted]

    assert [row.module for row in denied] == ["items"]
    for cause in ("hidden or disabled", "no permission", "edition does not have it"):
        assert cause in str(denied[0].problem)
    with pytest.raises(ScopeMissing, match="edition does not have it"):
        crm.read("items")


def test_a_missing_scope_is_named(crm: Crm) -> None:
    grant = crm.world.accounts.refresh_tokens[crm.tokens.refresh_token]
    grant.scopes = tuple(scope for scope in grant.scopes if "products" not in scope)
    crm.tokens.access_token = ""

    denied = [row for row in crm.connector.permissions(ORG) if not row.is_granted]

    assert "ZohoCRM.modules.products.READ" in str(denied[0].problem)


@pytest.mark.req("C-07")
@pytest.mark.parametrize(
    ("details", "is_refused"),
    [
        ({"paid": False, "paid_type": "free"}, True),
        ({"paid": True, "paid_type": "Standard"}, True),
        ({"paid": True, "paid_type": "professional"}, False),
        ({"paid": False, "paid_type": "free", "trial_type": "enterprise"}, False),
        ({}, False),
    ],
)
def test_an_edition_below_professional_is_refused_with_a_sentence(details: dict[str, object], is_refused: bool) -> None:
    found = as_scope({"id": "1", "company_name": "Zylker", "iso_code": "EUR", "license_details": details})

    assert (found.name, found.currency) == ("Zylker", "EUR")
    assert ("Professional or above" in (found.refusal or "")) is is_refused


def test_fields_tell_their_types_and_whether_they_may_be_written(crm: Crm) -> None:
    found = {field.key: field for field in crm.connector.fields("deals", ORG)}
    accounts = {field.key: field for field in crm.connector.fields("customers", ORG)}

    assert (found["Amount"].type, found["Closing_Date"].type) == (FieldType.MONEY, FieldType.DATE)
    assert "Closed Won" in found["Stage"].choices
    assert not found["Expected_Revenue"].is_writable
    assert accounts["Phone"].is_writable
    assert "Modified_Time" not in accounts
