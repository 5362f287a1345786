"""Logos of papers: told by their content, bounded, kept under a hash of what is in them, so that none ever changes."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import zlib
from functools import lru_cache
from pathlib import Path

from flask_babel import gettext as _

from billing.stored_files import path_of, write_whole

MOST_BYTES = 512 * 1024
MOST_PIXELS = 4000
#: where a logo is, by its name; None when there is none
logo_path = path_of
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/svg+xml": ".svg"}
_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()}
_SVG_ROOT = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<svg[\s>]", re.DOTALL)
#: what a drawing has no use for: programs, documents inside it, definitions that grow, anything from elsewhere
_SVG_REFUSED = re.compile(
    rb"<!DOCTYPE|<!ENTITY|<script|<foreignObject|<iframe|<style[^>]*>[^<]*@import|\son\w+\s*=|javascript:"
    rb"|(?:href|src)\s*=\s*[\"']\s*(?!#|data:image/(?:png|jpeg);)|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)


def media_type_of(content: bytes) -> str | None:
    """Return the media type that the content itself tells; None for what is not taken."""
    if content.startswith(_PNG):
        return "image/png"
    if content.startswith(_JPEG):
        return "image/jpeg"
    return "image/svg+xml" if _SVG_ROOT.match(content[:4096]) else None


def problem_of(content: bytes) -> str | None:
    """Say why a file cannot be the logo; None if it can."""
    kind = media_type_of(content)
    if kind is None:
        return str(_("This is no PNG, JPEG or SVG picture. Choose another file."))
    if len(content) > MOST_BYTES:
        return str(_("The logo is larger than 512 KB. Save it smaller and try again."))
    if kind == "image/svg+xml":
        return _drawing_problem(content)
    if not _is_whole(content):
        return str(_("The file ends too early or is damaged. Save the picture again and try once more."))
    width, height = _size_of(content)
    if not 0 < width <= MOST_PIXELS or not 0 < height <= MOST_PIXELS:
        return str(_("The logo must be between 1 and 4,000 pixels wide and high."))
    return None


def _is_whole(content: bytes) -> bool:
    """Say whether pixels are all there: each part of a PNG with its check sum, a JPEG up to its end."""
    if content.startswith(_JPEG):
        return b"\xff\xd9" in content[-64:]
    at = len(_PNG)
    while at + 12 <= len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        body, check = content[at + 4 : at + 8 + length], content[at + 8 + length : at + 12 + length]
        if check != struct.pack(">I", zlib.crc32(body)):
            return False
        if name == b"IEND":
            return True
        at += 12 + length
    return False


def _drawing_problem(content: bytes) -> str | None:
    if _SVG_REFUSED.search(content) is None:
        return None
    return str(_("This drawing holds programs or parts from elsewhere. Export it as a plain SVG."))


def _size_of(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels; zeros where the content does not tell."""
    if content.startswith(_PNG):
        return struct.unpack(">II", content[16:24]) if len(content) >= 24 else (0, 0)
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0


def keep_logo(content: bytes) -> str:
    """Write a logo that `problem_of` lets pass into the data folder and return its name; a kill leaves all or none.

    A logo is never removed: documents issued with it show it for ever (requirements R-05).
    """
    kind = media_type_of(content)
    if kind is None:
        raise ValueError("a logo is checked before it is kept")
    name = f"logo-{hashlib.sha256(content).hexdigest()[:32]}{SUFFIXES[kind]}"
    write_whole(name, content)
    return name


def logo_type(name: str) -> str:
    """Return the media type of a stored logo."""
    return _TYPES[Path(name).suffix]


def picture(name: str) -> str:
    """Return a stored logo as SVG for paper; empty when there is none."""
    path = logo_path(name)
    return _picture(path) if path is not None else ""


@lru_cache(maxsize=8)
def _picture(path: Path) -> str:
    return svg_of(path.read_bytes())


def svg_of(content: bytes) -> str:
    """Return a logo as SVG: a drawing as it is, pixels inside one that has their size."""
    kind = media_type_of(content)
    if kind == "image/svg+xml":
        return content.decode("utf-8", "replace")
    width, height = _size_of(content)
    data = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:{kind};base64,{data}"/></svg>'
    )
