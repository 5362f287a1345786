"""Codes to pay by, against the published formats: EPC069-12 and the Swiss Implementation Guidelines QR-bill 2.3."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payment_codes import (
    Account,
    SwissAddress,
    code_svg,
    epc_payload,
    grouped,
    is_bic,
    is_iban,
    is_qr_iban,
    qr_reference,
    swiss_payload,
)

D = Decimal
#: the example of EPC069-12
RED_CROSS = Account("BE72000000001616", "Red Cross of Belgium", "BPOTBEB1")
#: the example of the Swiss guidelines
SNAIL = Account("CH44 3199 9123 0008 8901 2", "Max Muster & Söhne")
CREDITOR = SwissAddress("Max Muster & Söhne", "Musterstrasse 123", "8000", "Seldwyla", "CH")
DEBTOR = SwissAddress("Simon Muster", "Musterstrasse 1", "8000", "Seldwyla", "CH")


@pytest.mark.parametrize(
    "iban",
    ["DE89 3704 0044 0532 0130 00", "CH93 0076 2011 6238 5295 7", "GB82WEST12345698765432", "be72 0000 0000 1616",
     "NO93 8601 1117 947", "MT84MALT011000012345MTLCAST001S", "SA03 8000 0000 6080 1016 7519"],
)  # fmt: skip
def test_an_iban_is_known_by_its_check_digits(iban):
    assert is_iban(iban)


@pytest.mark.parametrize(
    "text",
    ["", "DE88370400440532013000", "DE8937040044053201300", "12345678901234567", "DE89-3704", "CH93007620116238529"],
)
def test_a_slip_is_no_iban(text):
    assert not is_iban(text)


@given(st.integers(4, 21), st.integers(0, 9))
def test_one_wrong_digit_is_always_found(place, digit):
    right = "DE89370400440532013000"
    wrong = right[:place] + str(digit) + right[place + 1 :]

    assert is_iban(wrong) == (wrong == right)


@pytest.mark.parametrize(
    ("text", "is_one"), [("COBADEFFXXX", True), ("cobadeff", True), ("COBADEF", False), ("", False)]
)
def test_a_bic_has_eight_or_eleven_signs(text, is_one):
    assert is_bic(text) == is_one


def test_an_iban_is_written_in_fours():
    assert grouped("de89370400440532013000") == "DE89 3704 0044 0532 0130 00"


def test_the_epc_code_is_that_of_the_guideline():
    payload = epc_payload(RED_CROSS, D(1), "Urgency fund")

    assert payload.split("\n") == [
        "BCD", "002", "1", "SCT", "BPOTBEB1", "Red Cross of Belgium", "BE72000000001616", "EUR1.00", "", "",
        "Urgency fund",
    ]  # fmt: skip


@pytest.mark.parametrize("amount", [D(0), D("-5"), D("1000000000")])
def test_there_is_no_epc_code_for_what_cannot_be_transferred(amount):
    assert epc_payload(RED_CROSS, amount, "") == ""


def test_there_is_no_epc_code_without_an_account():
    assert epc_payload(replace(RED_CROSS, iban="BE73000000001616"), D(1), "") == ""


def test_an_epc_code_is_never_longer_than_the_guideline_allows():
    payload = epc_payload(Account(RED_CROSS.iban, "ä" * 200, ""), D("999999999.99"), "x" * 400 + "\nBCD")

    assert len(payload.split("\n")) == 11
    assert payload.split("\n")[5] == "ä" * 70
    assert len(payload.split("\n")[10]) == 140


def test_the_reference_has_the_check_digit_of_the_guideline():
    assert qr_reference("21 00000 00003 13947 14300 0901") == "210000000003139471430009017"


def test_the_swiss_code_holds_the_thirty_one_lines_of_the_guideline():
    payload = swiss_payload(SNAIL, CREDITOR, DEBTOR, ("CHF", D("50.00")), "21000000000313947143000901")

    lines = payload.split("\n")
    assert len(lines) == 31
    assert lines[:4] == ["SPC", "0200", "1", "CH4431999123000889012"]
    assert lines[4:11] == ["S", "Max Muster & Söhne", "Musterstrasse 123", "", "8000", "Seldwyla", "CH"]
    assert lines[11:18] == [""] * 7
    assert lines[18:20] == ["50.00", "CHF"]
    assert lines[20:27] == ["S", "Simon Muster", "Musterstrasse 1", "", "8000", "Seldwyla", "CH"]
    assert lines[27:29] == ["QRR", "210000000003139471430009017"]
    assert lines[30] == "EPD"


def test_a_plain_swiss_account_has_no_reference():
    plain = Account("CH9300762011623852957", "Max Muster")

    lines = swiss_payload(plain, CREDITOR, DEBTOR, ("CHF", D("1949.75")), "INV-2026-00042").split("\n")

    assert not is_qr_iban(plain.iban)
    assert is_qr_iban(SNAIL.iban)
    assert lines[27:30] == ["NON", "", "INV-2026-00042"]


def test_a_debtor_whose_address_is_not_whole_is_left_to_be_written_in():
    lines = swiss_payload(SNAIL, CREDITOR, replace(DEBTOR, city=""), ("CHF", D(1)), "1").split("\n")

    assert lines[20:27] == [""] * 7


@pytest.mark.parametrize(
    ("account", "creditor", "currency"),
    [(RED_CROSS, CREDITOR, "CHF"), (SNAIL, replace(CREDITOR, zip_code=""), "CHF"), (SNAIL, CREDITOR, "USD")],
)
def test_there_is_no_swiss_code_where_it_does_not_apply(account, creditor, currency):
    assert swiss_payload(account, creditor, DEBTOR, (currency, D(1)), "1") == ""


def test_signs_that_swiss_banks_do_not_take_are_left_out():
    lines = swiss_payload(SNAIL, replace(CREDITOR, name="Müller 漢字\nAG"), DEBTOR, ("CHF", D(1)), "1").split("\n")

    assert lines[5] == "Müller AG"
    assert len(lines) == 31


def test_the_picture_is_the_code_and_the_swiss_one_has_its_cross():
    plain, swiss = code_svg("BCD"), code_svg("SPC", is_swiss=True)

    assert plain.startswith("<svg")
    assert "scale(" not in plain
    assert "scale(" in swiss
    # 21 modules and four of quiet on each side, as ISO 18004 asks
    assert 'viewBox="0 0 29 29"' in plain
    assert 'viewBox="0 0 21 21"' in swiss
