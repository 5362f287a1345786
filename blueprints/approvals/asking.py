"""Asking customers to approve hours: the question, the list of questions, one with its link, and closing it (M-18)."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing import approvals
from billing.approvals import Question, asked_entries, is_alive, link_of, waiting_count
from billing.errors import MoveRefused
from billing.hours.approved import policy
from billing.mail.facts import reader_of
from billing.mail.letters import absolute, can_mail, queue_letter
from blueprints.access import needs
from blueprints.approvals.frame import blueprint
from blueprints.approvals.lists import request_page
from blueprints.filters import day, organisation
from blueprints.projects.pages import project_or_404
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from extensions import db
from forms.approvals import AskForm
from models import ApprovalRequest, Project


@blueprint.route("/ask/<int:project_id>", methods=["GET", "POST"])
@needs("time.edit")
def ask(project_id: int) -> Any:
    """Ask a project's customer to approve its hours of some days, by a link in a mail or to hand over."""
    project = project_or_404(project_id)
    form = AskForm()
    if request.method != "POST":
        form = AskForm(formdata=None, data={"to": reader_of(project.customer).email})
    if not form.validate_on_submit():
        return _ask_page(project, form, 422 if form.is_submitted() else 200)
    question = Question(project.id, form.since.data, form.until.data, with_rejected=form.with_rejected.data)
    try:
        made = approvals.ask(question, form.to.data, form.message.data, actor())
    except MoveRefused as reason:
        db.session.rollback()
        return _ask_page(project_or_404(project_id), form, 422, str(reason))
    is_mailed = _mail(made, project)
    made.to = made.to if is_mailed else ""
    db.session.commit()
    if is_mailed:
        flash(_("The link is on its way to %(to)s. It works for 30 days.", to=made.to), "success")
    else:
        flash(_("The link is ready. Copy it and hand it to your customer."), "success")
    return after_write(url_for("approvals.show", request_id=made.id))


def _ask_page(project: Project, form: AskForm, status: int, problem: str = "") -> Any:
    since, until = (None if field.errors else field.data for field in (form.since, form.until))
    entries, seconds = waiting_count(Question(project.id, since, until, with_rejected=bool(form.with_rejected.data)))
    return render_template(
        "approvals/ask.html", project=project, form=form, problem=problem, entries=entries, seconds=seconds,
        can_mail=can_mail(organisation()), policy=policy(project),
    ), status  # fmt: skip


def _mail(made: ApprovalRequest, project: Project) -> bool:
    """Queue the letter with the link; False when there is no mail server or no address."""
    here = organisation()
    if here is None or not can_mail(here) or not made.to:
        return False
    subject = _("Please approve the hours for %(project)s", project=project.name)
    words = [
        _("%(sender)s asks you to look at the hours worked for %(project)s and to tick those you approve.",
          sender=here.name, project=project.name),
        *([made.message] if made.message else []),
        _("The link works until %(day)s.", day=day(made.expires_at.astimezone(here.zone).date())),
    ]  # fmt: skip
    queue_letter(made.to, subject, link_of(made), words)
    return True


@blueprint.get("/requests")
@needs("time.view")
def requests() -> Any:
    """List what customers were asked, newest first."""
    return page_or_fragment(
        "approvals/requests.html", "approvals/_requests_list.html", page=request_page(), is_alive=is_alive
    )


@blueprint.get("/requests/<int:request_id>")
@needs("time.view")
def show(request_id: int) -> Any:
    """Show one question: its link, what it asks about, and what the customer said."""
    found = db.get_or_404(ApprovalRequest, request_id)
    return render_template(
        "approvals/show.html", asked=found, entries=asked_entries(found), is_alive=is_alive(found),
        link=absolute(link_of(found)),
    )  # fmt: skip


@blueprint.post("/requests/<int:request_id>/revoke")
@needs("time.edit")
def revoke(request_id: int) -> AnyResponse:
    """Close a customer's link."""
    found, url = db.get_or_404(ApprovalRequest, request_id), url_for("approvals.show", request_id=request_id)
    try:
        approvals.revoke(found, actor())
    except MoveRefused as reason:
        db.session.rollback()
        flash(str(reason), "error")
        return after_write(url)
    db.session.commit()
    flash(_("The link is closed. Hours that were not answered can be asked about again."), "success")
    return after_write(url)
