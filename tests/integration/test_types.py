"""The states of every type: each verb is allowed in exactly the states of this table, and nowhere else (§13)."""

from __future__ import annotations

import pytest

from billing.errors import MoveRefused
from billing.numbering import format_number
from billing.transactions.claim import claim, refusal
from billing.types import TYPES, type_of
from extensions import db
from tests import factories

#: type → state → verbs; what is not named is refused
ARROWS: dict[str, dict[str, str]] = {
    "quote": {
        "draft": "edit delete issue",
        "issued": "send accept decline",
        "sent": "send accept decline",
        "accepted": "send convert",
        "declined": "",
        "partly_ordered": "convert free",
        "ordered": "free",
        "partly_invoiced": "convert free",
        "invoiced": "free",
    },
    "sales_order": {
        "draft": "edit delete issue",
        "issued": "send convert void",
        "sent": "send convert void",
        "partly_invoiced": "send convert free",
        "invoiced": "send free",
        "void": "",
    },
    "invoice": {
        "draft": "edit delete issue",
        "issued": "send void pay credit",
        "sent": "send void pay credit",
        "partially_paid": "send pay unpay credit",
        "paid": "send unpay credit",
        "void": "",
    },
    "retainer": {
        "draft": "edit delete issue",
        "issued": "send void pay",
        "sent": "send void pay",
        "partially_paid": "send pay unpay draw refund regain",
        "paid": "send unpay draw refund",
        "partly_drawn": "send unpay draw refund regain",
        "drawn": "send unpay regain",
        "refunded": "send unpay regain",
        "void": "",
    },
    "credit_note": {
        "draft": "edit delete issue",
        "issued": "send void draw refund regain",
        "sent": "send void draw refund regain",
        "closed": "send void regain",
        "void": "",
    },
}
VERBS = ("edit", "delete", "issue", "send", "void", "accept", "decline", "convert", "free", "pay", "unpay", "credit",
         "draw", "refund", "regain")  # fmt: skip
CASES = [
    (key, state, verb, verb in verbs.split()) for key, row in ARROWS.items() for state, verbs in row.items()
    for verb in VERBS
]  # fmt: skip
#: what the types say of themselves: income, owed, credit, takes hours, becomes
KINDS = {
    "quote": (0, False, False, False, ("sales_order", "invoice")),
    "sales_order": (0, False, False, False, ("invoice",)),
    "invoice": (1, True, False, True, ()),
    "retainer": (0, True, True, False, ()),
    "credit_note": (-1, False, True, False, ()),
}


def test_the_table_names_every_type_and_every_state():
    assert {key: list(kind.states) for key, kind in TYPES.items()} == {key: list(row) for key, row in ARROWS.items()}
    assert {verb for kind in TYPES.values() for verb in kind.moves} <= set(VERBS)


@pytest.mark.req("T-20", "T-25", "T-26")
@pytest.mark.parametrize(("key", "state", "verb", "is_allowed"), CASES, ids=lambda value: str(value))
def test_every_arrow_is_open_or_refused_with_a_sentence(db_session, organisation, key, state, verb, is_allowed):
    row = factories.make_transaction(type=key, status=state, number=None if state == "draft" else "X-1")

    if is_allowed:
        claim(row, verb)
        assert row.version == 2
        return
    with pytest.raises(MoveRefused) as refused:
        claim(row, verb)

    db.session.refresh(row)
    assert (row.version, row.status) == (1, state)
    assert str(refused.value) == refusal(row, verb)
    assert str(refused.value).endswith(".")


@pytest.mark.req("T-02")
@pytest.mark.parametrize("key", TYPES)
def test_a_type_tells_the_trunk_all_it_needs(key):
    kind = TYPES[key]

    told = (kind.income_sign, kind.is_owed, kind.gives_credit, kind.takes_hours, kind.becomes)

    assert told == KINDS[key]
    assert kind.has_until == bool(kind.days_word)
    assert kind.lapsing_states <= set(kind.states)
    assert {state for states in kind.moves.values() for state in states} <= set(kind.states)
    assert {state for both in kind.conversions.values() for state in both} <= set(kind.states)
    assert set(kind.becomes) <= set(TYPES)


@pytest.mark.req("R-08")
def test_addresses_and_numbers_of_the_types_never_meet():
    numbers = {format_number(kind.pattern, 2026, 1) for kind in TYPES.values()}

    assert [kind.path for kind in TYPES.values()] == [
        "quotes", "sales-orders", "invoices", "retainer-invoices", "credit-notes"
    ]  # fmt: skip
    assert numbers == {"QT-2026-00001", "SO-2026-00001", "INV-2026-00001", "RET-2026-00001", "CN-2026-00001"}


def test_what_was_issued_counts_until_it_is_void(db_session, organisation):
    states = {key: kind.issued_states & {"draft", "void", "deleted"} for key, kind in TYPES.items()}

    assert not any(states.values())
    assert type_of(factories.make_transaction(type="retainer")).title == "Retainer invoice"
