"""Sums of a transaction: amounts of lines, the rounding difference, tax per rate, total. Pure.

One rule each (requirements R-04, R-14, T-14):

- A line's amount is its seconds × its rate, rounded **once, half up**, to the currency's precision. So every line of
  the page re-computes by hand.
- Hours split over many lines would then add up to a little more or less than the same hours on one line. That
  difference is not hidden in some line: it stands on a **rounding line** of its own. For every (project, unit, rate,
  tax) it is `rounded(all seconds × rate) - sum(rounded lines)`; these are summed per tax. So the total is the same
  whichever layout, the subtotal is the sum of the rounded lines, and no line is off by a cent. (Spreading the
  difference over lines by largest remainder would keep the total too, but some lines would not re-compute.)
- Tax is computed once per tax rate, on the sum of that rate's rounded lines, and rounded half up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.money import ZERO, round_money
from billing.rates import UNIT_SECONDS


@dataclass(frozen=True, slots=True)
class LineInput:
    """What the sum needs to know of a line. `seconds` (as billed) is None unless the line stands for hours."""

    rate: Decimal
    quantity: Decimal = Decimal(1)
    unit: str = ""
    seconds: int | None = None
    project_id: int | None = None
    tax_id: int | None = None
    tax_percent: Decimal = ZERO

    @property
    def unit_seconds(self) -> int | None:
        """Seconds that the rate is for; None when the amount is quantity × rate."""
        return None if self.seconds is None else UNIT_SECONDS.get(self.unit)


@dataclass(frozen=True, slots=True)
class RoundingLine:
    """The difference between hours priced together and hours priced line by line, for one tax."""

    tax_id: int | None
    tax_percent: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TaxSum:
    """Tax of one rate: `net` is what it is computed on."""

    tax_id: int | None
    percent: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """`lines` are the amounts in the order given; `rounding` comes after them; subtotal is the sum of both."""

    lines: tuple[Decimal, ...]
    rounding: tuple[RoundingLine, ...]
    taxes: tuple[TaxSum, ...]
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal


_TaxKey = tuple[int | None, Decimal]


def line_amount(line: LineInput, currency: str) -> Decimal:
    """Return a line's amount, rounded half up."""
    per = line.unit_seconds
    if per is None or line.seconds is None:
        return round_money(line.quantity * line.rate, currency)
    return round_money(line.seconds * line.rate / per, currency)


def totals(lines: Sequence[LineInput], currency: str) -> Totals:
    """Add up a transaction. Lines of kind rounding are not passed in: they come out."""
    amounts = tuple(line_amount(line, currency) for line in lines)
    rounding = _rounding(lines, amounts, currency)
    nets: dict[_TaxKey, Decimal] = defaultdict(Decimal)
    for line, amount in zip(lines, amounts, strict=True):
        nets[line.tax_id, line.tax_percent] += amount
    for difference in rounding:
        nets[difference.tax_id, difference.tax_percent] += difference.amount
    taxes = tuple(
        TaxSum(tax_id, percent, net, round_money(net * percent / 100, currency))
        for (tax_id, percent), net in sorted(nets.items(), key=lambda item: (-item[0][1], item[0][0] or 0))
    )
    subtotal = sum(nets.values(), ZERO)
    tax_total = sum((tax.tax for tax in taxes), ZERO)
    return Totals(amounts, rounding, taxes, subtotal, tax_total, subtotal + tax_total)


def _rounding(lines: Sequence[LineInput], amounts: Sequence[Decimal], currency: str) -> tuple[RoundingLine, ...]:
    seconds: dict[tuple[int | None, str, Decimal, _TaxKey], int] = defaultdict(int)
    differences: dict[_TaxKey, Decimal] = defaultdict(Decimal)
    for line, amount in zip(lines, amounts, strict=True):
        if line.unit_seconds is None or line.seconds is None:
            continue
        tax = (line.tax_id, line.tax_percent)
        seconds[line.project_id, line.unit, line.rate, tax] += line.seconds
        differences[tax] -= amount
    for (_project, unit, rate, tax), together in seconds.items():
        differences[tax] += line_amount(LineInput(rate, unit=unit, seconds=together), currency)
    return tuple(RoundingLine(tax[0], tax[1], amount) for tax, amount in differences.items() if amount)
