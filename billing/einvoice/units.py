"""Units of lines as UN/ECE recommendation 20 writes them. Pure."""

from __future__ import annotations

from decimal import Decimal

from billing.hours.rates import DAY_SECONDS, HOUR_SECONDS

#: one: what has no unit, or one that the list does not know
ONE = "C62"
_CODES = {
    "": ONE, "h": "HUR", "hour": "HUR", "hours": "HUR", "std": "HUR", "d": "DAY", "day": "DAY", "days": "DAY",
    "min": "MIN", "week": "WEE", "weeks": "WEE", "month": "MON", "months": "MON", "year": "ANN", "years": "ANN",
    "km": "KMT", "m": "MTR", "cm": "CMT", "mm": "MMT", "m2": "MTK", "m²": "MTK", "m3": "MTQ", "m³": "MTQ",
    "mile": "SMI", "miles": "SMI", "kg": "KGM", "g": "GRM", "t": "TNE", "l": "LTR", "kwh": "KWH", "gb": "E34",
    "pc": "H87", "pcs": "H87", "piece": "H87", "pieces": "H87", "stk": "H87", "stück": "H87", "set": "SET",
    "pair": "PR", "page": "ZP", "pages": "ZP", "box": "XBX",
}  # fmt: skip


def code_of(unit: str) -> str:
    """Return the code of a unit as people write it."""
    return _CODES.get(unit.strip().casefold().rstrip("."), ONE)


def time_quantity(seconds: int, unit_seconds: int) -> tuple[Decimal, str, Decimal]:
    """Return quantity, unit code and base quantity of a rate, so that quantity ÷ base × rate is exact.

    Hours or days where two places say them; else minutes, else seconds, with the rate for as many as a unit has.
    """
    if seconds * 100 % unit_seconds == 0:
        code = {HOUR_SECONDS: "HUR", DAY_SECONDS: "DAY"}[unit_seconds]
        return Decimal(seconds) / unit_seconds, code, Decimal(1)
    if seconds % 60 == 0:
        return Decimal(seconds // 60), "MIN", Decimal(unit_seconds // 60)
    return Decimal(seconds), "SEC", Decimal(unit_seconds)
