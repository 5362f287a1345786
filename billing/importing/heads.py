"""Which column of a file feeds which field: by the names that tools and people give them, also misspelt ones. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

#: how alike a header and a name must be
ENOUGH = 86


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a row may say. `reads`: text, number, day, yes, currency."""

    key: str
    label: Any
    names: tuple[str, ...]
    reads: str = "text"
    is_needed: bool = False
    #: characters a text may have
    most: int = 200


def plain(name: str) -> str:
    """Return what two spellings of a header share."""
    flat = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", flat).strip()


def match(header: Sequence[str], fields: Sequence[Field]) -> dict[str, int]:
    """Return field → index of the header's column; each column feeds one field, exact names before alike ones."""
    heads = [plain(name) for name in header]
    found: dict[str, int] = {}
    for field in fields:
        names = [plain(name) for name in (*field.names, str(field.label))]
        place = next((heads.index(name) for name in names if name in heads), None)
        if place is not None and place not in found.values():
            found[field.key] = place
    pairs = sorted(_alike(heads, [field for field in fields if field.key not in found]), key=lambda pair: -pair[0])
    for _score, key, place in pairs:
        if key not in found and place not in found.values():
            found[key] = place
    return found


def _alike(heads: Sequence[str], fields: Sequence[Field]) -> list[tuple[float, str, int]]:
    scored = []
    for field in fields:
        names = [plain(name) for name in (*field.names, str(field.label))]
        for place, head in enumerate(heads):
            score = max((fuzz.ratio(head, name) for name in names), default=0) if head else 0
            if score >= ENOUGH:
                scored.append((score, field.key, place))
    return scored


def read_mapping(data: Mapping[str, str], fields: Sequence[Field], width: int) -> dict[str, int]:
    """Read a person's own choice: `map-<field>` holds the index of a column, or nothing."""
    found: dict[str, int] = {}
    for field in fields:
        text = data.get(f"map-{field.key}", "")
        if text.isascii() and text.isdigit() and int(text) < width:
            found[field.key] = int(text)
    return found
