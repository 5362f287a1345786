"""*Finance tab links* of a project: make one, see it once, revoke it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from blueprints.access import needs
from blueprints.finance_tab.frame import blueprint
from blueprints.framing import FIRST, ROOM
from blueprints.paging import Page, Sort, paged
from blueprints.render import after_write
from blueprints.sessions import actor
from extensions import current_config, db, utcnow
from forms.finance_tab import FinanceLinkForm
from models import FinanceLink, Project
from models.audit import record
from models.finance import REACHES, LinkWish, make_link

#: where the browser that made a link keeps it until it was shown
SHOWN_ONCE = "finance_link"
NEWEST = (Sort("id", FinanceLink.id, int, descending=True),)


def _project_or_404(project_id: int) -> Project:
    return db.session.get(Project, project_id, options=[joinedload(Project.customer)]) or abort(404)


def _page_of(project: Project) -> Page:
    return paged(db.select(FinanceLink).where(FinanceLink.project_id == project.id), FinanceLink.id, NEWEST)


def _show(project: Project, form: FinanceLinkForm, status: int, shown: str | None = None) -> Any:
    return render_template(
        "finance_tab/links.html", project=project, form=form, page=_page_of(project), shown=shown, now=utcnow(),
        reaches={key: _(word) for key, word in REACHES.items()},
    ), status  # fmt: skip


@blueprint.get("/projects/<int(max=2147483647):project_id>/finance-links")
@needs("finance_links.edit")
def links(project_id: int) -> Any:
    """List a project's links; one that was just made is shown this once."""
    project = _project_or_404(project_id)
    kept = session.pop(SHOWN_ONCE, None)
    shown = kept[1] if kept and kept[0] == project_id else None
    return _show(project, FinanceLinkForm(formdata=None), 200, shown)


@blueprint.post("/projects/<int(max=2147483647):project_id>/finance-links")
@needs("finance_links.edit")
def make(project_id: int) -> Any:
    """Make a link."""
    project, form = _project_or_404(project_id), FinanceLinkForm()
    if not form.validate_on_submit():
        return _show(project, form, 422)
    wish = LinkWish(form.label.data, form.reach.data, form.days.data)
    link, token = make_link(project_id, wish, current_user.id)
    facts = {"label": wish.label, "reach": wish.reach, "expires_at": link.expires_at.isoformat()}
    record(actor(), "finance_link.made", ("project", project_id), wish.label, change=(None, facts))
    db.session.commit()
    session[SHOWN_ONCE] = [project_id, f"{current_config().base_url}{ROOM}/link/{token}{FIRST}"]
    flash(_("The link is ready. Copy it now: it is not shown again."), "success")
    return after_write(url_for("finance_tab.links", project_id=project_id))


@blueprint.post("/projects/<int(max=2147483647):project_id>/finance-links/<int(max=2147483647):link_id>/revoke")
@needs("finance_links.edit")
def revoke(project_id: int, link_id: int) -> Response:
    """End a link at once; a second time changes nothing."""
    link = db.session.get(FinanceLink, link_id)
    if link is None or link.project_id != project_id:
        abort(404)
    if link.revoked_at is None:
        link.revoked_at = utcnow()
        record(actor(), "finance_link.revoked", ("project", project_id), link.label)
        db.session.commit()
    flash(_("%(label)s opens nothing any more.", label=link.label), "success")
    return after_write(url_for("finance_tab.links", project_id=project_id))
