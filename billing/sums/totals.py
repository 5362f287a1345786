"""Sums of a transaction: line amounts, rounding difference, discounts, shipping, tax per rate, total. Pure.

One rule each (requirements R-04, R-14, T-14):

- A line's amount is its seconds × its rate, less the line's discount in per cent, rounded **once, half up**, to the
  currency's precision. So every line of the page re-computes by hand.
- Hours split over many lines would then add up to a little more or less than the same hours on one line. That
  difference is not hidden in some line: it stands on a **rounding line** of its own. For every (project, unit, rate,
  discount, tax) it is `rounded(all seconds × rate) - sum(rounded lines)`; these are summed per tax. So the total is
  the same whichever layout, the subtotal is the sum of the rounded lines, and no line is off by a cent. (Spreading
  the difference over lines by largest remainder would keep the total too, but some lines would not re-compute.)
- The subtotal is the sum of line amounts and rounding lines, **as shown**: with the tax in it where `tax_mode` is
  inclusive. The discount on the whole comes off it, rounded once; it is never more than the subtotal.
- That discount is **shared over the tax groups** in proportion to what each adds to the subtotal, by largest
  remainder, so that the shares are whole cents and add up to it exactly. Shipping joins the group of its own tax.
- Tax is computed once per tax group, (tax, per cent), and rounded half up:
  exclusive: on the net of the group; inclusive: what is shown ÷ (1 + rate), rounded, is the net, and the tax is what
  is left of what is shown. So nothing is lost; it may be one cent off net × rate, which EN 16931 allows.
- Net parts: in inclusive mode the net of a group is shared over its lines, its discount and its shipping by largest
  remainder. So in both modes, **for every group and for the whole** (EN 16931, BR-CO-10 to BR-CO-14):
  `sum of line nets - discount + shipping = net`, and `net + tax` is what is shown.
- The adjustment is added after all that and has no tax (EN 16931: rounding amount, BT-114).

Nobody else adds up: paper, e-invoice and reports read the fields of `Totals`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from billing.money import ZERO, round_money
from billing.sums.figures import NO_TAX, LineInput, RoundingLine, TaxSum, Totals, WholeInput
from billing.sums.shares import share, split

__all__ = [
    "NO_TAX", "LineInput", "RoundingLine", "TaxSum", "Totals", "WholeInput", "discount_of", "line_amount",
    "line_discount", "totals",
]  # fmt: skip

_TaxKey = tuple[int | None, Decimal]


def line_amount(line: LineInput, currency: str) -> Decimal:
    """Return a line's amount after its discount, rounded half up once."""
    return round_money(_exact(line) * (100 - line.discount_percent) / 100, currency)


def line_discount(line: LineInput, currency: str) -> Decimal:
    """Return what a line's own discount takes off it."""
    return round_money(_exact(line), currency) - line_amount(line, currency) if line.discount_percent else ZERO


def _exact(line: LineInput) -> Decimal:
    per = line.unit_seconds
    return line.quantity * line.rate if per is None or line.seconds is None else line.seconds * line.rate / per


def totals(lines: Sequence[LineInput], currency: str, whole: WholeInput | None = None) -> Totals:
    """Add up a transaction. Lines of kind rounding are not passed in: they come out."""
    whole = whole or WholeInput()
    amounts = tuple(line_amount(line, currency) for line in lines)
    rounding = _rounding(lines, amounts, currency)
    parts = [((line.tax_id, line.tax_percent), amount) for line, amount in zip(lines, amounts, strict=True)]
    parts += [((difference.tax_id, difference.tax_percent), difference.amount) for difference in rounding]
    groups = _Groups(parts, currency, whole)
    nets = groups.line_nets()
    taxes = groups.taxes(nets)
    tax_total = sum((group.tax for group in taxes), ZERO)
    shown = groups.subtotal - groups.discount + groups.shipping
    adjustment = round_money(whole.adjustment, currency)
    return Totals(
        lines=amounts,
        rounding=tuple(
            RoundingLine(part.tax_id, part.tax_percent, part.amount, net)
            for part, net in zip(rounding, nets[len(amounts) :], strict=True)
        ),
        taxes=taxes,
        subtotal=groups.subtotal,
        tax_total=tax_total,
        total=shown + (ZERO if whole.is_inclusive else tax_total) + adjustment,
        line_nets=nets[: len(amounts)],
        line_discounts=tuple(line_discount(line, currency) for line in lines),
        discount_total=groups.discount,
        shipping=groups.shipping,
        adjustment=adjustment,
        is_inclusive=whole.is_inclusive,
    )


class _Groups:
    """Lines by tax, with their shares of discount and shipping. `parts`: (tax, amount as shown) of all lines."""

    def __init__(self, parts: Sequence[tuple[_TaxKey, Decimal]], currency: str, whole: WholeInput) -> None:
        self.parts, self.currency, self.whole = parts, currency, whole
        self.shown: dict[_TaxKey, Decimal] = defaultdict(Decimal)
        for key, amount in parts:
            self.shown[key] += amount
        self.subtotal = sum(self.shown.values(), ZERO)
        self.discount = discount_of(self.subtotal, currency, whole)
        self.shipping = round_money(whole.shipping, currency)
        self.shipping_key = (whole.shipping_tax_id, whole.shipping_tax_percent)
        if self.shipping:
            self.shown[self.shipping_key] += ZERO
        self.keys = sorted(self.shown, key=lambda key: (-key[1], key[0] or 0))
        shares = share(self.discount, [self.shown[key] for key in self.keys], currency)
        self.discounts = dict(zip(self.keys, shares, strict=True))
        self._split = {key: self._split_net(key) for key in self.keys} if whole.is_inclusive else {}

    def _shipping_in(self, key: _TaxKey) -> Decimal:
        return self.shipping if key == self.shipping_key else ZERO

    def _split_net(self, key: _TaxKey) -> list[Decimal]:
        """Return a group's net parts where prices hold their tax: its lines in order, then discount, then shipping."""
        amounts = [amount for own, amount in self.parts if own == key]
        amounts += [-self.discounts[key], self._shipping_in(key)]
        return split([amount * 100 / (100 + key[1]) for amount in amounts], self.currency)

    def line_nets(self) -> tuple[Decimal, ...]:
        """Return each line's amount without tax, in the order given."""
        if not self.whole.is_inclusive:
            return tuple(amount for _key, amount in self.parts)
        waiting = {key: iter(nets) for key, nets in self._split.items()}
        return tuple(next(waiting[key]) for key, _amount in self.parts)

    def taxes(self, nets: Sequence[Decimal]) -> tuple[TaxSum, ...]:
        """Return the groups, highest rate first."""
        sums: dict[_TaxKey, Decimal] = defaultdict(Decimal)
        for (key, _amount), net in zip(self.parts, nets, strict=True):
            sums[key] += net
        return tuple(self._tax(key, sums[key]) for key in self.keys)

    def _tax(self, key: _TaxKey, lines_net: Decimal) -> TaxSum:
        discount, shipping, category = self.discounts[key], self._shipping_in(key), self._category(key)
        if not self.whole.is_inclusive:
            net = lines_net - discount + shipping
            tax = round_money(net * key[1] / 100, self.currency)
            return TaxSum(*key, net, tax, lines_net, discount, shipping, category)
        shown = self.shown[key] - discount + shipping
        negative, shipping = self._split[key][-2:]
        net = lines_net + negative + shipping
        return TaxSum(*key, net, shown - net, lines_net, ZERO - negative, shipping, category)

    def _category(self, key: _TaxKey) -> str:
        if key[0] is None:
            return NO_TAX
        return self.whole.categories.get(key[0]) or ("S" if key[1] else "Z")


def discount_of(subtotal: Decimal, currency: str, whole: WholeInput) -> Decimal:
    """Return what the discount on the whole takes off, rounded; never more than the subtotal, never below zero."""
    if subtotal <= 0 or whole.discount_value <= 0:
        return round_money(ZERO, currency)
    is_percent = whole.discount_kind == "percent"
    wanted = subtotal * whole.discount_value / 100 if is_percent else whole.discount_value
    return min(round_money(wanted, currency), subtotal)


def _rounding(lines: Sequence[LineInput], amounts: Sequence[Decimal], currency: str) -> tuple[RoundingLine, ...]:
    seconds: dict[tuple[int | None, str, Decimal, Decimal, _TaxKey], int] = defaultdict(int)
    differences: dict[_TaxKey, Decimal] = defaultdict(Decimal)
    for line, amount in zip(lines, amounts, strict=True):
        if line.unit_seconds is None or line.seconds is None:
            continue
        tax = (line.tax_id, line.tax_percent)
        seconds[line.project_id, line.unit, line.rate, line.discount_percent, tax] += line.seconds
        differences[tax] -= amount
    for (_project, unit, rate, discount, tax), together in seconds.items():
        differences[tax] += line_amount(
            LineInput(rate, unit=unit, seconds=together, discount_percent=discount), currency
        )
    return tuple(RoundingLine(tax[0], tax[1], amount) for tax, amount in differences.items() if amount)
