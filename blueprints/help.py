"""Help: the whole error catalogue as one page, a row per reason (requirements §12)."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import gettext as _

from blueprints.access import needs
from blueprints.render import page_or_fragment
from sync.modules import MODULES
from sync.reasons import CONNECTION, MAPPING, REASONS, RECORD, RUN, Reason
from sync.remedies import remedies_of

blueprint = Blueprint("help", __name__, url_prefix="/help")


@blueprint.get("/errors")
@needs("account.own")
def errors() -> Response:
    """Message, why, what to do, and the buttons; the code is the anchor."""
    return page_or_fragment("help/errors.html", groups=_groups(), remedies_of=remedies_of)


def _groups() -> list[tuple[str, list[Reason]]]:
    """The rows under the module that they are about, in the order of a run."""
    titles = {key: module.title for key, module in MODULES.items()}
    titles |= {RECORD: _("Any record"), CONNECTION: _("Connection"), MAPPING: _("Field maps"), RUN: _("Sync")}
    found = {key: [row for row in REASONS.values() if row.module == key] for key in titles}
    return [(str(titles[key]), rows) for key, rows in found.items() if rows]
