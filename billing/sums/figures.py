"""The figures of a transaction: what goes into its sum, and what comes out. `billing.sums.totals` does the sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from billing.hours.rates import UNIT_SECONDS
from billing.money import ZERO

#: category of what carries no tax at all: outside the scope of tax (UNCL 5305)
NO_TAX = "O"


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
    #: per cent off this line
    discount_percent: Decimal = ZERO

    @property
    def unit_seconds(self) -> int | None:
        """Seconds that the rate is for; None when the amount is quantity × rate."""
        return None if self.seconds is None else UNIT_SECONDS.get(self.unit)


@dataclass(frozen=True, slots=True)
class WholeInput:
    """What applies to the whole transaction. `shipping` and a discount amount are meant as `tax_mode` says."""

    #: exclusive: rates are without tax; inclusive: they hold it
    tax_mode: str = "exclusive"
    #: percent: `discount_value` is per cent of the subtotal; amount: it is money
    discount_kind: str = "percent"
    discount_value: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_tax_id: int | None = None
    shipping_tax_percent: Decimal = ZERO
    adjustment: Decimal = ZERO
    #: tax id → category; one that is not named is standard, or zero-rated at zero per cent
    categories: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_inclusive(self) -> bool:
        """Whether rates, shipping and discount hold their tax."""
        return self.tax_mode == "inclusive"


@dataclass(frozen=True, slots=True)
class RoundingLine:
    """The difference between hours priced together and hours priced line by line, for one tax; `net`: without tax."""

    tax_id: int | None
    tax_percent: Decimal
    amount: Decimal
    net: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class TaxSum:
    """One tax group. `net` is what `tax` is computed on: `lines_net - discount + shipping`, all without tax.

    A group without `tax_id` holds what carries no tax. `lines_net` holds the rounding line too.
    """

    tax_id: int | None
    percent: Decimal
    net: Decimal
    tax: Decimal
    lines_net: Decimal = ZERO
    #: this group's share of the discount on the whole, without tax
    discount: Decimal = ZERO
    #: what shipping adds to this group, without tax
    shipping: Decimal = ZERO
    #: UNCL 5305 as in `Tax.category`: S, Z, E, AE, K, G or O
    category: str = NO_TAX

    def plus(self, other: TaxSum) -> TaxSum:
        """Return this group and another of the same category and rate as one."""
        return replace(
            self, net=self.net + other.net, tax=self.tax + other.tax, lines_net=self.lines_net + other.lines_net,
            discount=self.discount + other.discount, shipping=self.shipping + other.shipping,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Totals:
    """What a transaction comes to. `lines` are the amounts in the order given; `rounding` comes after them.

    As shown (with their tax where the mode is inclusive): `lines`, `line_discounts`, `rounding[].amount`, `subtotal`
    (sum of lines and rounding), `discount_total`, `shipping`. Always without tax: `line_nets`, `rounding[].net`, all of
    `taxes`, `lines_net`, `discount_net`, `shipping_net`, `net_total`.

    EN 16931: BT-131 `line_nets` (and each `rounding[].net`, a line of its own), BT-106 `lines_net`,
    BT-92/BT-107 `taxes[].discount` and `discount_net`, BT-99/BT-108 `taxes[].shipping` and `shipping_net`,
    BT-109 `net_total`, BT-110 `tax_total`, BT-112 `total_with_tax`, BT-114 `adjustment`, BT-116/117 `taxes[].net/.tax`.
    """

    lines: tuple[Decimal, ...]
    rounding: tuple[RoundingLine, ...]
    #: highest rate first
    taxes: tuple[TaxSum, ...]
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    #: each line's amount without tax
    line_nets: tuple[Decimal, ...] = ()
    #: what each line's own discount takes off it: quantity × rate, rounded, less the amount
    line_discounts: tuple[Decimal, ...] = ()
    discount_total: Decimal = ZERO
    shipping: Decimal = ZERO
    adjustment: Decimal = ZERO
    is_inclusive: bool = False

    @property
    def by_category(self) -> tuple[TaxSum, ...]:
        """The groups with those of one category and rate put together, as EN 16931 wants them (BG-23)."""
        found: dict[tuple[str, Decimal], TaxSum] = {}
        for group in self.taxes:
            key = (group.category, group.percent)
            found[key] = found[key].plus(group) if key in found else group
        return tuple(found.values())

    @property
    def lines_net(self) -> Decimal:
        """Sum of all lines without tax, rounding lines too."""
        return sum((group.lines_net for group in self.taxes), ZERO)

    @property
    def discount_net(self) -> Decimal:
        """The discount on the whole without tax."""
        return sum((group.discount for group in self.taxes), ZERO)

    @property
    def shipping_net(self) -> Decimal:
        """Shipping without tax."""
        return sum((group.shipping for group in self.taxes), ZERO)

    @property
    def net_total(self) -> Decimal:
        """What tax is computed on, all groups together."""
        return sum((group.net for group in self.taxes), ZERO)

    @property
    def total_with_tax(self) -> Decimal:
        """The total before the adjustment: `net_total + tax_total`."""
        return self.total - self.adjustment
