"""What people submit about the Finance tab: a link for a project, a place that may show the tab."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from forms.base import PageForm, options, stripped
from models.finance import LIFETIMES, REACHES

_HOST = re.compile(
    r"(?:\*\.(?=[^.]+\.))?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
#: hosts of one's own machine, where plain http is fine
LOCAL = frozenset({"localhost", "127.0.0.1"})
_PORTS = {"https": 443, "http": 80}


class FinanceLinkForm(PageForm):
    """A new link."""

    label = StringField(
        _("Name"), [InputRequired(_("Say for whom or what it is.")), Length(max=80)], filters=[stripped],
        description=_("Shown in the audit log beside what is done with it."),
    )  # fmt: skip
    reach = RadioField(_("What it may do"), choices=options((key, _(word)) for key, word in REACHES.items()),
                       default="view")  # fmt: skip
    days = SelectField(_("Works for"), coerce=int, default=30, choices=options(
        (days, _("1 day") if days == 1 else _("%(count)s days", count=days)) for days in LIFETIMES
    ))  # fmt: skip


class OriginForm(PageForm):
    """A place on the web that may show the tab; told whether plain http on one's own machine is allowed."""

    origin = StringField(
        _("Address"), [InputRequired(_("Enter an address, for example https://projects.example.com.")),
                       Length(max=200)], filters=[stripped],
        render_kw={"inputmode": "url", "placeholder": "https://projects.example.com", "autocomplete": "off"},
    )  # fmt: skip
    may_be_local = False

    def validate_origin(self, field: Any) -> None:
        """Bring it into the form that browsers compare, or say what is wrong."""
        found = origin_of(field.data or "")
        if found is None:
            raise ValidationError(_("Enter scheme and host only, for example https://projects.example.com."))
        if found.startswith("http:") and not self.may_be_local:
            raise ValidationError(_("Only https is allowed: on other addresses anybody in between could show the tab."))
        field.data = found


def origin_of(text: str) -> str | None:
    """Return scheme, host and port as browsers write them; None for anything that is more, less or not https.

    Plain http passes for one's own machine alone. `*.` before at least two labels stands for any subdomain.
    """
    try:
        parts = urlsplit(text.lower())
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.rpartition(":")[0] if port else parts.netloc.removesuffix(":")
    is_plain = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    if not is_plain or not _HOST.fullmatch(host) or parts.scheme not in _PORTS:
        return None
    if parts.scheme == "http" and host not in LOCAL:
        return None
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")
