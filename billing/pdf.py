"""Setting paper with typst and keeping the file: rendered outside any database transaction, hashed, never changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

from billing import einvoice
from billing.einvoice.xmp import with_facturx
from billing.paper import PaperDocument, annex_of, document_of
from billing.stored_files import path_of, write_whole
from models import Transaction

if TYPE_CHECKING:
    from typst import Compiler, Fonts

PAPER = Path(__file__).resolve().parent.parent / "templates" / "paper"
_one_at_a_time = Lock()

#: for archives, and for screen readers
_STANDARDS: Final[list[Literal["a-3a", "ua-1"]]] = ["a-3a", "ua-1"]

__all__ = [
    "annex", "can_set", "carries_invoice", "compiler", "document_of", "file_name", "preview_svg", "render",
    "render_with", "store", "stored_bytes",
]  # fmt: skip


@cache
def _fonts() -> Fonts:
    import typst

    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[str(PAPER / "fonts")])


@cache
def compiler(template: str = "transaction.typ") -> Compiler:
    """Load typst and the fonts once, when the first document is wanted; no network, no file outside the folder."""
    import typst

    return typst.Compiler(str(PAPER / template), root=str(PAPER), font_paths=_fonts())


def render(document: PaperDocument, xml: bytes | None = None) -> bytes:
    """Return the PDF, tagged for screen readers; the same document gives the same bytes.

    It is PDF/A-3, with the e-invoice `xml` in it where there is one (Factur-X, requirement M-15). A sign that none of
    our fonts has cannot be embedded: then it is a plain PDF without e-invoice, as `carries_invoice` tells.
    """
    data = {"document": document.as_json()}
    made = _set(data if xml is None else data | {"xml": xml.decode()}, document, _STANDARDS)
    if made is None:
        return _single(_set(data, document, None))
    return made if xml is None else with_facturx(made)


def render_with(document: PaperDocument, source: einvoice.Source | None) -> bytes:
    """Return the PDF with the e-invoice of what was gathered for it, if anything was."""
    return render(document, None if source is None else einvoice.cii_of(source))


def _set(data: dict[str, str], document: PaperDocument, standards: Any) -> bytes | None:
    """Return the file; None where the standards asked for cannot be kept."""
    from typst import TypstError

    moment = int(document.made_at.timestamp())
    try:
        with _one_at_a_time:
            made = compiler().compile(format="pdf", sys_inputs=data, timestamp=moment, pdf_standards=standards or [])
    except TypstError:
        if standards is None:
            raise
        return None
    return _single(made)


def annex(transaction: Transaction) -> bytes:
    """Return the PDF that lists the hours of a transaction (requirement M-14)."""
    return render(annex_of(transaction))


def carries_invoice(content: bytes) -> bool:
    """Say whether a PDF of ours holds its e-invoice."""
    return b"fx:ConformanceLevel" in content


def can_set(picture: str) -> bool:
    """Say whether typst can draw an SVG, with the pixels in it."""
    from typst import TypstError

    try:
        with _one_at_a_time:
            compiler("picture.typ").compile(format="svg", sys_inputs={"picture": picture})
    except TypstError:
        return False
    return True


def preview_svg(document: PaperDocument) -> list[str]:
    """Return one SVG per page: the same setting as the PDF, for the editor's preview."""
    with _one_at_a_time:
        made = compiler().compile(format="svg", sys_inputs={"document": document.as_json()})
    pages = made if isinstance(made, list) else [made or b""]
    return [page.decode() for page in pages]


def _single(made: bytes | list[bytes] | None) -> bytes:
    if isinstance(made, bytes):
        return made
    raise RuntimeError("typst made no single file")


def file_name(transaction: Transaction) -> str:
    """Return the name a reader sees, safe in every file system and header."""
    name = transaction.number or f"draft-{transaction.id}"
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.") + ".pdf"


def store(transaction: Transaction, save: Callable[[], None]) -> None:
    """Render an issued transaction's PDF, keep it in the data folder, note its name and hash. Twice is once (R-05).

    `save` is the caller's commit: it is called before rendering, so that no database transaction is open meanwhile,
    and again at the end.
    """
    if transaction.number is None or transaction.pdf_hash or transaction.is_opening:
        return
    document, source, transaction_id = document_of(transaction), einvoice.embedded_source(transaction), transaction.id
    save()
    content = render_with(document, source)
    digest = hashlib.sha256(content).hexdigest()
    name = f"{transaction_id}-{digest[:16]}.pdf"
    write_whole(name, content)
    transaction.pdf_file, transaction.pdf_hash = name, digest
    save()


def stored_bytes(transaction: Transaction) -> bytes | None:
    """Return the stored PDF, or None when there is none or the file is not what was stored."""
    path = path_of(transaction.pdf_file)
    if path is None:
        return None
    content = path.read_bytes()
    return content if hashlib.sha256(content).hexdigest() == transaction.pdf_hash else None
