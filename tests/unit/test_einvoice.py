"""E-invoices: valid by the official schemas and rules, and every sum the one that is stored (M-15, R-14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from billing.einvoice import en16931
from billing.einvoice.parties import country_code, vat_number
from billing.einvoice.units import code_of, time_quantity
from billing.einvoice.xml import cii_of as cii
from billing.einvoice.xml import ubl_of as ubl
from billing.money import ZERO, digits
from billing.sums.totals import WholeInput
from tests.einvoice_kit import BUYER, SELLER, as_credit, hours, line, problems_of, source, terms_of

pytestmark = pytest.mark.req("M-15")
D = Decimal
INCLUSIVE = WholeInput(tax_mode="inclusive")
SWISS = SELLER | {"country": "Switzerland", "tax_id": "CHE-123.456.789 MWST", "iban": "CH93 0076 2011 6238 5295 7"}
AMERICAN = SELLER | {"country": "US", "tax_id": "12-3456789", "registration_id": "", "iban": ""}

CASES = {
    "one rate": source([line("100"), line("12.5", quantity=D(3), unit="Stk")]),
    "mixed rates": source([line("100"), line("49.95", 2, quantity=D(2)), line("10", 7)]),
    "two taxes of one rate": source([line("33.33"), line("66.67", 8)]),
    "line and total discount": source(
        [line("99.99", quantity=D(3), discount_percent=D("12.5")), line("50", 2)],
        whole=WholeInput(discount_value=D(5)),
    ),
    "total discount as an amount": source(
        [line("100"), line("50", 2)], whole=WholeInput(discount_kind="amount", discount_value=D("7.77"))
    ),
    "inclusive prices": source(
        [line("119", discount_percent=D(10)), line("21.4", 2, quantity=D("2.5"), unit="km"), line("0.99")],
        whole=replace(INCLUSIVE, discount_value=D(3), shipping=D("5.9"), shipping_tax_id=1, shipping_tax_percent=D(19)),
    ),
    "reverse charge": source([line("100", 3)]),
    "exempt beside taxed": source([line("100", 4), line("10")]),
    "export": source([line("100", 5)], buyer=BUYER | {"country": "US", "tax_id": ""}),
    "intra-community": source([line("100", 6)]),
    "outside the scope of tax": source([line("100", None)], seller=AMERICAN, currency="USD", base_currency="USD"),
    "shipping": source([line("100")], whole=WholeInput(shipping=D(9), shipping_tax_id=2, shipping_tax_percent=D(7))),
    "adjustment": source([line("99.97")], whole=WholeInput(adjustment=D("-0.03"))),
    "foreign currency": source([line("100")], currency="USD", exchange_rate=D("0.92345678")),
    "swiss": source([line("100")], currency="CHF", base_currency="CHF", seller=SWISS),
    "yen": source([line("333.333", quantity=D("1.5")), line("1000", 2)], currency="JPY", exchange_rate=D("0.0061")),
    "hours with rounding lines": source(
        [hours(1200, "100"), hours(1200, "100"), hours(1200, "100"), hours(4007), hours(5400)],
        period=(date(2026, 6, 3), date(2026, 6, 14)),
    ),
    "days": source([replace(hours(14400, "720"), unit="days"), replace(hours(3000, "720"), unit="days")]),
    "a line that takes off": source([line("100"), line("-20", quantity=D(1), discount_percent=D(10))]),
    "partly paid": replace(source([line("100")]), payable=D("69.00")),
    "fully paid": replace(source([line("100")]), payable=D("0.00")),
    "prepayment": replace(source([line("500")]), code="386", number="RET-2026-00001"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_invoice_is_valid_as_cii_and_as_ubl(name):
    invoice = CASES[name]

    assert problems_of(cii(invoice)) == []
    assert problems_of(ubl(invoice)) == []


@pytest.mark.parametrize("name", ["one rate", "inclusive prices", "reverse charge", "yen", "foreign currency"])
def test_a_credit_note_is_valid_and_names_its_invoice(name):
    credit = as_credit(CASES[name])

    for xml in (cii(credit), ubl(credit)):
        assert problems_of(xml) == []
        assert b"381" in xml
        assert b"INV-2026-00042" in xml


def test_the_rules_can_find_something_wrong():
    broken = cii(CASES["one rate"]).replace(b"<ram:GrandTotalAmount>1", b"<ram:GrandTotalAmount>2")

    assert any(found.startswith("BR-CO-15") for found in problems_of(broken))


def test_tax_in_base_currency_is_stated_where_the_invoice_is_in_another():
    data = en16931(CASES["foreign currency"])

    assert (data["BT-5"], data["BT-6"]) == ("USD", "EUR")
    assert (data["BT-110"], data["BT-111"]) == ("19.00", "17.55")


def test_reverse_charge_says_why_and_names_both_numbers():
    data = en16931(CASES["reverse charge"])

    assert data["BG-23"][0]["BT-120"] == "Steuerschuldnerschaft des Leistungsempfängers."
    assert (data["BG-4"]["vat_identifier"], data["BG-7"]["vat_identifier"]) == ("DE281776502", "FR40303265045")


def test_hours_recompute_exactly_from_quantity_and_price():
    data = en16931(CASES["hours with rounding lines"])

    for found in data["BG-25"]:
        exact = D(found["BT-129"]) / D(found.get("BT-149", "1")) * D(found["BT-146"])
        assert exact.quantize(D("0.01"), "ROUND_HALF_UP") == D(found["BT-131"])
    assert data["BG-25"][-1]["BT-153"] == "Rundung"
    assert (data["BT-73"], data["BT-74"]) == (date(2026, 6, 3), date(2026, 6, 14))


@pytest.mark.parametrize(
    ("seconds", "per", "found"),
    [
        (5400, 3600, (D("1.5"), "HUR", D(1))),
        (1200, 3600, (D(20), "MIN", D(60))),
        (4007, 3600, (D(4007), "SEC", D(3600))),
        (14400, 28800, (D("0.5"), "DAY", D(1))),
    ],
)
def test_time_is_written_in_the_largest_unit_that_is_exact(seconds, per, found):
    assert time_quantity(seconds, per) == found


@pytest.mark.parametrize(("unit", "code"), [("", "C62"), ("km", "KMT"), ("Std.", "HUR"), ("Lizenz", "C62")])
def test_units_have_codes(unit, code):
    assert code_of(unit) == code


@pytest.mark.parametrize(
    ("text", "number"),
    [("DE 281 776 502", "DE281776502"), ("EL123456789", "EL123456789"), ("27AAPFU0939F1ZV", ""), ("", ""),
     ("CHE-123.456.789", "CHE123456789"), ("12-3456789", "")],
)  # fmt: skip
def test_a_vat_number_has_its_country_in_front(text, number):
    assert vat_number(text) == number


@pytest.mark.parametrize(
    ("text", "code"), [("DE", "DE"), ("de", "DE"), ("Germany", "DE"), ("Schweiz", "CH"), ("ZZ", ""), ("Atlantis", "")]
)
def test_countries_are_known_by_code_and_by_name(text, code):
    assert country_code(text) == code


def test_no_text_breaks_the_xml():
    hostile = "a\x00b\x1b<b>&amp;]]>\ud800\u202e=1+1\r\n" + "x" * 5000
    buyer = BUYER | {"name": hostile}
    invoice = replace(CASES["one rate"], notes=hostile, reference=hostile, terms=hostile, buyer=buyer)

    assert problems_of(cii(invoice)) == []
    assert etree.fromstring(ubl(invoice)) is not None


# ---- whatever is on it, the sums of the XML are those of `billing.sums.totals`

_rates = st.decimals(min_value=D("-50"), max_value=D("5000"), places=4)
_taxes = st.sampled_from([1, 2, 3, 4, 7, 8])
_percents = st.sampled_from([ZERO, ZERO, D(5), D("12.5"), D(100)])


@st.composite
def _lines(draw):
    tax = draw(_taxes)
    discount = draw(_percents)
    if draw(st.booleans()):
        rate = str(abs(draw(_rates)))
        return hours(draw(st.integers(0, 200_000)), rate, tax, discount_percent=discount)
    quantity = draw(st.decimals(min_value=D("0.01"), max_value=D("40"), places=2))
    return line(str(draw(_rates)), tax, quantity=quantity, discount_percent=discount)


_wholes = st.builds(
    WholeInput,
    tax_mode=st.sampled_from(["exclusive", "inclusive"]),
    discount_kind=st.sampled_from(["percent", "amount"]),
    discount_value=st.sampled_from([ZERO, D(3), D("7.5"), D(50)]),
    shipping=st.sampled_from([ZERO, D("4.9"), D(12)]),
    shipping_tax_id=st.just(1),
    shipping_tax_percent=st.just(D(19)),
    adjustment=st.sampled_from([ZERO, D("-0.02"), D("0.05")]),
)


@pytest.mark.req("R-14")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_lines(), min_size=1, max_size=6), _wholes, st.sampled_from(["EUR", "USD", "JPY"]))
def test_the_sums_of_the_xml_are_the_stored_ones_and_the_rules_hold(lines, whole, currency):
    invoice = source(lines, currency, whole, exchange_rate=D("0.5"))
    xml = cii(invoice)

    found, sums = terms_of(xml), invoice.sums
    assert found["BT-115"] == found["BT-112"] + found.get("BT-114", ZERO) == sums.total
    assert (found["BT-106"], found["BT-109"], found["BT-110"]) == (sums.lines_net, sums.net_total, sums.tax_total)
    assert (found.get("BT-107", ZERO), found.get("BT-108", ZERO)) == (sums.discount_net, sums.shipping_net)
    assert all(-found[term].as_tuple().exponent <= digits(currency) for term in found)
    assert problems_of(xml) == []
    assert problems_of(ubl(invoice)) == []
