"""Hours that wait for a manager: by person and week, one by one, and the verdict on many at once (T-18)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from billing.approvals import decide
from billing.errors import MoveRefused
from blueprints.access import needs
from blueprints.approvals.frame import blueprint
from blueprints.approvals.lists import WaitingFilter, customers_waiting, ids_of, waiting_page, weeks
from blueprints.choosing import name_of
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from extensions import db
from models import Project, User

VERDICTS = ("approved", "rejected")


@blueprint.get("/")
@needs("time.view")
def index() -> Any:
    """Show hours that wait for a manager by person and week, and projects whose customers approve."""
    return page_or_fragment("approvals/index.html", weeks=weeks(WaitingFilter()), projects=customers_waiting())


@blueprint.get("/entries")
@needs("time.view")
def entries() -> Any:
    """List the hours one by one; filters in the query string."""
    chosen = WaitingFilter.read(request.args)
    person = name_of(User, chosen.user_id, request.args, "user_id") if chosen.user_id else ""
    project = name_of(Project, chosen.project_id, request.args, "project_id") if chosen.project_id else ""
    return page_or_fragment(
        "approvals/entries.html", "approvals/_waiting_list.html",
        page=waiting_page(chosen), chosen=chosen, person=person, project=project, fields=_fields(chosen),
    )  # fmt: skip


def _fields(chosen: WaitingFilter) -> dict[str, Any]:
    """Return what of a filter stands in an address."""
    values = {"state": chosen.state if chosen.state != "waiting" else None, "user_id": chosen.user_id,
              "project_id": chosen.project_id, "since": chosen.since, "until": chosen.until}  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


@blueprint.post("/decide")
@needs("time.edit")
def decide_many() -> AnyResponse:
    """Approve or reject the chosen hours; goes back to the list they were chosen from."""
    ids = [int(text) for text in request.form.getlist("ids") if text.isascii() and text.isdigit() and len(text) < 18]
    return _decided(ids, url_for("approvals.entries", **_fields(WaitingFilter.read(request.form))))


@blueprint.post("/decide-week")
@needs("time.edit")
def decide_week() -> AnyResponse:
    """Approve all hours of one person's week, exactly those that were shown."""
    chosen, url = WaitingFilter.read(request.form), url_for("approvals.index")
    found = ids_of(chosen) if chosen.since and chosen.until and chosen.user_id is not None else []
    if request.form.get("seen", "") != f"{len(found)}:{sum(seconds for _id, seconds in found)}":
        flash(_("These hours changed after you looked. Look again, then approve them."), "error")
        return after_write(url)
    return _decided([number for number, _seconds in found], url)


def _decided(ids: list[int], url: str) -> AnyResponse:
    verdict = request.form.get("verdict", "")
    verdict = verdict if verdict in VERDICTS else "approved"
    try:
        number = decide(ids, verdict, request.form.get("comment", "").strip()[:500], actor())
    except MoveRefused as reason:
        db.session.rollback()
        flash(str(reason), "error")
        return after_write(url)
    db.session.commit()
    if verdict == "approved":
        words = ngettext("%(num)d entry approved. It can be invoiced now.",
                         "%(num)d entries approved. They can be invoiced now.", number)  # fmt: skip
    else:
        words = ngettext("%(num)d entry rejected. It stays out of invoices.",
                         "%(num)d entries rejected. They stay out of invoices.", number)  # fmt: skip
    flash(words, "success")
    return after_write(url)
