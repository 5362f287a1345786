"""What a draft comes to as typed, and the rows that say so: one way for the editor and for every choice of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from billing.money import ZERO
from billing.sums.totals import LineInput, Totals, WholeInput, totals
from billing.transactions.sums import input_of
from blueprints.filters import amount, money
from blueprints.transactions.drafting import Draft, tax_words
from forms.transactions import DraftForm, LineFields
from models import Tax


@dataclass(frozen=True, slots=True)
class Sums:
    """What typed lines come to: amount by key of line, rows (label, amount) with the total last."""

    amounts: dict[str, Decimal]
    rows: list[tuple[str, str]]
    total: Decimal
    subtotal: Decimal


def sums_of(draft: Draft) -> Sums:
    """Price the draft as typed, with the same rules as everything else (requirements R-14)."""
    transaction, percents = draft.transaction, {tax.id: tax.percent for tax in draft.taxes}
    shown = [line for line in draft.lines if not line.is_gone]
    inputs = [
        *(input_of(row) for row in draft.before),
        *(_typed_input(line, percents) for line in shown),
        *(input_of(row) for row in draft.after),
    ]
    found = totals(inputs, transaction.currency, _typed_whole(draft.form, percents))
    amounts = found.lines[draft.start : draft.start + len(shown)]
    by_key = {line.key: value for line, value in zip(shown, amounts, strict=True)}
    rows = sum_rows(found, transaction.currency, draft.taxes, _names(draft.form))
    return Sums(by_key, rows, found.total, found.subtotal)


def _names(form: DraftForm) -> tuple[str, str]:
    """Return what discount and adjustment are called."""
    percent = form.discount_value.value if form.discount_kind.data == "percent" else None
    discount = _("Discount %(percent)s %%", percent=f"{percent.normalize():f}") if percent else _("Discount")
    return discount, form.adjustment_name.data or _("Adjustment")


def _typed_input(line: LineFields, percents: dict[int, Decimal]) -> LineInput:
    row = line.stored
    percent = ZERO if line.tax_id is None else percents.get(line.tax_id, ZERO)
    return LineInput(
        line.rate_value, line.quantity_value, line.unit, row.seconds if row else None, row.project_id if row else None,
        line.tax_id, percent, line.discount_value,
    )  # fmt: skip


def _typed_whole(form: DraftForm, percents: dict[int, Decimal]) -> WholeInput:
    tax_id = form.shipping_tax_id
    return WholeInput(
        form.tax_mode.data or "exclusive", form.discount_kind.data or "percent", form.discount_value.value or ZERO,
        form.shipping.value or ZERO, tax_id, percents.get(tax_id or 0, ZERO), form.adjustment.value or ZERO,
    )  # fmt: skip


def sum_rows(
    found: Totals, currency: str, taxes: Sequence[Tax], names: tuple[str, str] = ("", "")
) -> list[tuple[str, str]]:
    """Return the rows below a table of lines: rounding difference, subtotal, discount, shipping, tax by rate, total.

    `names` of discount and adjustment. Where prices include tax, the tax rows say how much of the total it is.
    """
    rows = [(_("Rounding difference"), amount(part.amount, currency)) for part in found.rounding]
    rows.append((_("Subtotal"), amount(found.subtotal, currency)))
    if found.discount_total:
        rows.append((names[0], amount(-found.discount_total, currency)))
    if found.shipping:
        rows.append((_("Shipping"), amount(found.shipping, currency)))
    rows += _tax_rows(found, currency, taxes)
    if found.adjustment:
        rows.append((names[1], amount(found.adjustment, currency)))
    return [*rows, (_("Total"), money(found.total, currency))]


def _tax_rows(found: Totals, currency: str, taxes: Sequence[Tax]) -> list[tuple[str, str]]:
    names = {tax.id: tax_words(tax) for tax in taxes}
    pattern = _("includes %(name)s on %(net)s") if found.is_inclusive else _("%(name)s on %(net)s")
    return [
        (
            pattern % {"name": names.get(tax.tax_id or 0, _("Tax")), "net": amount(tax.net, currency)},
            amount(tax.tax, currency),
        )
        for tax in found.taxes
        if tax.tax_id is not None
    ]
