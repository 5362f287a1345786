"""Text as XML may hold it. Pure."""

from __future__ import annotations

import re

_REFUSED = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Drop what XML cannot hold and white space around."""
    return _REFUSED.sub("", text).strip()
