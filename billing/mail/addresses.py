"""E-mail addresses as they may stand in a header: one by one, nothing smuggled in."""

from __future__ import annotations

import re
from email.utils import parseaddr

from flask_babel import gettext as _

from billing.errors import MoveRefused

#: one address as we take it: no blanks, commas or control characters, ASCII before the @
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[^\s@,;<>\"\x00-\x20]+")


def is_address(text: str) -> bool:
    """Say whether this is one plain address that can stand in a header."""
    return bool(_ADDRESS.fullmatch(text)) and len(text) <= 254 and parseaddr(text)[1] == text


def addresses(text: str) -> list[str]:
    """Return the addresses of a list with commas between, each once; refuse what is none."""
    found = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    for address in found:
        if not is_address(address):
            raise MoveRefused(
                _("%(address)s is not an e-mail address. Correct it and try again.", address=address[:80])
            )
    return list(dict.fromkeys(_in_ascii(address) for address in found))


def _in_ascii(address: str) -> str:
    """Write the domain as mail servers know it; people may type it in their own letters."""
    name, _at, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise MoveRefused(_("%(domain)s is not the name of a mail domain. Correct it.", domain=domain[:80])) from error
