"""Sharing money in whole units of its currency, by largest remainder: the parts add up to the whole. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from billing.money import ZERO, digits, round_money


def share(whole: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Share a rounded amount in proportion to weights, which may be of both signs.

    The parts add up to it exactly. Where the weights come to nothing, so do the parts; then `whole` must be zero.
    """
    base = sum(weights, ZERO)
    if not whole or not base:
        return [round_money(ZERO, currency) for _weight in weights]
    return split([whole * weight / base for weight in weights], currency)


def split(exact: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Round parts so that they add up to their rounded sum. Each is off by less than one unit; zero stays zero.

    All are rounded down; the units that are then missing go to those that lost most, in order where they lost alike.
    """
    unit = Decimal(1).scaleb(-digits(currency))
    target = round_money(sum(exact, ZERO), currency)
    parts = [part.quantize(unit, ROUND_FLOOR) for part in exact]
    missing = int((target - sum(parts, ZERO)) / unit)
    by_loss = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_loss[:missing]:
        parts[place] += unit
    return [part if part else abs(part) for part in parts]
