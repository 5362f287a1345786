"""The ledger: proof that every hour is billed exactly once (requirements M-05)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from billing.proof import ProofRow, proof
from blueprints.access import needs
from blueprints.menu import MenuEntry

blueprint = Blueprint("ledger", __name__, url_prefix="/ledger")
MENU = (MenuEntry("work", "Ledger", "list-check", "ledger.index", "time.view"),)
#: state → tone of its part of the bar; the order is that of an hour's life
TONES = {"unbilled": "warn", "on_draft": "info", "invoiced": "ok", "elsewhere": "4", "written_off": "6"}


@blueprint.get("/")
@needs("time.view")
def index() -> Any:
    """Prove that all hours are accounted for, per project and in all."""
    found = proof()
    wrong = [row for row in found.rows if not row.is_right]
    right = [row for row in found.rows if row.is_right]
    return render_template(
        "ledger/index.html", proof=found, rows=[*wrong, *right], wrong=wrong, added=added, tones=TONES
    )


def added(row: ProofRow) -> int:
    """Return the sum of the states, which must be what was logged."""
    return row.unbilled + row.on_draft + row.invoiced + row.elsewhere + row.written_off
