"""A table as a PDF: landscape, its head on every page, pages numbered. Cells arrive as they are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from billing.paper import fit_text
from billing.pdf import PAPER
from extensions import to_json

if TYPE_CHECKING:
    from typst import Compiler

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


@lru_cache(maxsize=1)
def _compiler() -> Compiler:
    import typst

    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[str(PAPER / "fonts")])
    return typst.Compiler(str(PAPER / "report.typ"), root=str(PAPER), font_paths=fonts)


def to_pdf(paper: TablePaper) -> bytes:
    """Return the PDF, tagged for screen readers; at most `MOST_ROWS` rows."""
    facts = asdict(paper) | {"rows": paper.rows[:MOST_ROWS]}
    with _one_at_a_time:
        made = _compiler().compile(format="pdf", sys_inputs={"document": to_json(_fit(facts))})
    if not isinstance(made, bytes):
        raise RuntimeError("typst made no single file")
    return made


def _fit(value: object) -> object:
    if isinstance(value, str):
        return fit_text(value)
    if isinstance(value, dict):
        return {key: _fit(item) for key, item in value.items()}
    return [_fit(item) for item in value] if isinstance(value, list | tuple) else value
