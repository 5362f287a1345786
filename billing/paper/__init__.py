"""What stands on paper: every word and figure ready to be set. The same for page, PDF and mail."""

from __future__ import annotations

from billing.paper.annex import annex_of, with_annex
from billing.paper.document import (
    PaperCode,
    PaperDocument,
    PaperFact,
    PaperGrid,
    PaperLine,
    PaperParty,
    PaperSum,
    fit_text,
    fitted,
)
from billing.paper.figures import hours_text
from billing.paper.layouts import LAYOUTS, Layout, layout_of
from billing.paper.sample import sample_of
from billing.paper.statement import Look, StatementRow, statement
from billing.paper.transaction import document_of, facts_of

__all__ = [
    "LAYOUTS", "Layout", "Look", "PaperCode", "PaperDocument", "PaperFact", "PaperGrid", "PaperLine", "PaperParty",
    "PaperSum", "StatementRow", "annex_of", "document_of", "facts_of", "fit_text", "fitted", "hours_text", "layout_of",
    "sample_of", "statement", "with_annex",
]  # fmt: skip
