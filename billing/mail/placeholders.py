"""The small language of e-mail templates: `{name}` stands for a fact. Nothing else is looked up, nothing is run."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from flask_babel import gettext as _

#: a name in braces, with the blank before it, which goes too when there is nothing to say
_NAME = re.compile(r"(?P<blank> ?)\{(?P<name>[^{}\n]{0,60})\}")


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put facts in place of their names; an empty fact takes the blank before it along. Facts are not looked into."""

    def fact(match: re.Match[str]) -> str:
        name = match["name"].strip()
        if name not in facts:
            return match[0]
        return match["blank"] + facts[name] if facts[name] else ""

    return _NAME.sub(fact, text)


def check(text: str, known: Collection[str]) -> str:
    """Return the sentence about the first name that stands for nothing here; empty when all are known."""
    for match in _NAME.finditer(text):
        name = match["name"].strip()
        if name not in known:
            shown = "{" + name + "}"
            words = _("%(name)s stands for nothing here. Use a placeholder from the list, or leave out the braces.",
                      name=shown)  # fmt: skip
            return str(words)
    return ""
