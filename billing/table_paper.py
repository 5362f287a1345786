"""A table as a PDF: landscape, its head on every page, pages numbered. Cells arrive as they are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from threading import Lock

from billing.paper import fit_text, fitted
from billing.pdf import compiler
from extensions import to_json

#: rows that go on paper; whoever needs more takes a spreadsheet
MOST_ROWS = 2_000
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """The head of a column; figures stand at its end."""

    title: str
    is_figure: bool


@dataclass(frozen=True, slots=True)
class TablePaper:
    """A table ready to be set: plain strings only, so nothing in it can be code. `totals`: empty, or the last row.

    `page` holds {page} and {pages}; `direction` is ltr or rtl.
    """

    title: str
    subtitle: str
    organisation: str
    #: when it was made, in words
    made: str
    page: str
    language: str
    direction: str
    columns: Sequence[PaperColumn]
    rows: Sequence[Sequence[str]]
    totals: Sequence[str] = ()
    notes: Sequence[str] = ()


def to_pdf(paper: TablePaper) -> bytes:
    """Return the PDF, tagged for screen readers; at most `MOST_ROWS` rows."""
    facts = asdict(paper) | {"rows": paper.rows[:MOST_ROWS]}
    with _one_at_a_time:
        made = compiler("report.typ").compile(
            format="pdf", sys_inputs={"document": to_json(fitted(facts, "", fit_text))}
        )
    if not isinstance(made, bytes):
        raise RuntimeError("typst made no single file")
    return made
