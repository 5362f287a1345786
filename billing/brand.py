"""The organisation's colour on what customers see, with the ink that can be read on it."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: the house's own
COLOR = "#17705b"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Brand:
    """`color` as #rrggbb, and `ink`: black or white, whichever reads better on it (WCAG contrast)."""

    color: str
    ink: str


def brand_of(color: str) -> Brand:
    """Return the brand of a stored colour; what is no colour means the house's."""
    found = color.lower() if _HEX.fullmatch(color) else COLOR
    light = _luminance(found)
    return Brand(found, "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000")


def _luminance(color: str) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
