"""Settings → Users: who may sign in, as what; invitations, roles, and ending what somebody may do."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func
from werkzeug.exceptions import Forbidden

from billing.mail.letters import absolute, can_mail, queue_letter
from blueprints import sessions
from blueprints.access import may, needs
from blueprints.auth.frame import ROLE_NAMES
from blueprints.filters import organisation
from blueprints.paging import Sort, paged
from blueprints.render import page_or_fragment
from blueprints.settings.frame import blueprint
from extensions import db
from forms.settings import InviteForm, RoleForm
from models import Organisation, User, second_step
from models.audit import record
from models.one_time_links import end_all, issue

SORTS = (Sort("name", User.name),)
#: the link of an invitation waits here to be shown once, where no mail is set up
SHOWN_ONCE = "shown_once"


def roles_to_give() -> list[tuple[str, str]]:
    """Return the roles this person may give: only an owner makes owners."""
    return [(key, _(words)) for key, words in ROLE_NAMES.items() if key != "owner" or may("users.make_owner")]


def _person(id: int) -> User:
    """Return somebody whom this person may change: an owner is changed by owners only."""
    person = db.get_or_404(User, id)
    if person.role == "owner" and not may("users.make_owner"):
        abort(Forbidden.code)
    return person


def _is_last_owner(person: User) -> bool:
    """Say whether nobody else could own this; the owners' rows are locked, so two cannot leave at once."""
    owners = db.select(User.id).where(
        User.role == "owner", User.status == "active", User.password_hash.is_not(None)
    )  # fmt: skip
    return list(db.session.scalars(owners.with_for_update())) == [person.id]


@blueprint.get("/users")
@needs("users.view")
def users() -> Any:
    """List people, those who sign in and those who only stand behind fetched hours."""
    return _list_page(None, 200)


def _list_page(form: InviteForm | None, status: int) -> Any:
    page = paged(db.select(User), User.id, SORTS)
    seats = db.session.scalar(db.select(func.count()).select_from(User).where(User.status == "active",
                              User.password_hash.is_not(None)))  # fmt: skip
    form = form or InviteForm(formdata=None, data={"role": "staff"}).offering(roles_to_give())
    link = session.pop(SHOWN_ONCE, None)
    return page_or_fragment(
        "settings/users.html", "settings/_users_table.html", status=status, page=page, seats=seats, form=form,
        link=link, role_names=ROLE_NAMES,
    )  # fmt: skip


@blueprint.post("/users/invite")
@needs("users.edit")
@sessions.needs_recent_password
def invite() -> Any:
    """Invite somebody; a person known only from fetched hours may be invited under the same address."""
    form = InviteForm().offering(roles_to_give())
    if not form.validate_on_submit():
        return _list_page(form, 422)
    key = form.email.data.casefold()
    person = db.session.scalar(db.select(User).where(User.email_key == key))
    if person and (person.password_hash or person.role == "owner"):
        form.email.errors = [_("Somebody with this address is here already.")]
        return _list_page(form, 422)
    if person is None:
        person = User(email=form.email.data, email_key=key, source="local")
        db.session.add(person)
    person.name, person.role, person.status = form.name.data, form.role.data, "invited"
    db.session.flush()
    record(sessions.actor(), "user.invited", ("user", person.id), change=(None, {"role": person.role}))
    _send_invitation(person)
    db.session.commit()
    return redirect(url_for("settings.users"), 303)


def _send_invitation(person: User) -> None:
    """Mail a link that works once and for 24 hours; without mail it is shown once to whoever invited."""
    path = url_for("auth.invitation", token=issue(person.id, "invitation"))
    here = organisation()
    if can_mail(here):
        name = here.name if here else ""
        subject = _("Your invitation to Crossbill of %(organisation)s", organisation=name)
        queue_letter(person.email, subject, path, [
            _("%(who)s invites you.", who=current_user.name),
            _("The link works once and for 24 hours. You choose your own password."),
        ])  # fmt: skip
        flash(_("The invitation is on its way. It works for 24 hours."), "success")
        return
    session[SHOWN_ONCE] = absolute(path)


@blueprint.get("/users/<int:id>")
@needs("users.view")
def user(id: int) -> Any:
    """Show one person: role, state, and where they are signed in."""
    person = db.get_or_404(User, id)
    can_change = may("users.edit") and (person.role != "owner" or may("users.make_owner"))
    form = RoleForm(formdata=None, obj=person).offering(roles_to_give())
    return render_template(
        "settings/user.html", person=person, form=form, can_change=can_change, role_names=ROLE_NAMES,
        sessions=sessions.live_sessions(person.id),
    )  # fmt: skip


def _back(id: int) -> Any:
    return redirect(url_for("settings.user", id=id), 303)


@blueprint.post("/users/<int:id>/role")
@needs("users.edit")
@sessions.needs_recent_password
def change_role(id: int) -> Any:
    """Give another role; it holds from the next click on."""
    person = _person(id)
    form = RoleForm().offering(roles_to_give())
    if not form.validate_on_submit():
        flash(_("You cannot give this role."), "error")
        return _back(id)
    before, after = person.role, form.role.data
    if before == "owner" and after != "owner" and _is_last_owner(person):
        flash(_("%(name)s is the only owner. Make somebody else an owner first.", name=person.name), "error")
        return _back(id)
    person.role = after
    record(sessions.actor(), "user.role_changed", ("user", id), change=({"role": before}, {"role": after}))
    db.session.commit()
    flash(_("%(name)s is now %(role)s.", name=person.name, role=_(ROLE_NAMES[after])), "success")
    return _back(id)


@blueprint.post("/users/<int:id>/deactivate")
@needs("users.edit")
@sessions.needs_recent_password
def deactivate(id: int) -> Any:
    """End what a person may do: sessions and links die at once, hours and history stay."""
    person = _person(id)
    if _is_last_owner(person):
        flash(_("%(name)s is the only owner. Make somebody else an owner first.", name=person.name), "error")
        return _back(id)
    person.status = "inactive"
    sessions.end_all(id)
    end_all(id)
    record(sessions.actor(), "user.deactivated", ("user", id))
    db.session.commit()
    flash(_("%(name)s cannot sign in any more. Hours and history stay.", name=person.name), "success")
    return _back(id)


@blueprint.post("/users/<int:id>/activate")
@needs("users.edit")
@sessions.needs_recent_password
def activate(id: int) -> Any:
    """Let somebody in again, with the password they had; who never had one gets an invitation."""
    person = _person(id)
    if person.password_hash:
        person.status = "active"
        flash(_("%(name)s can sign in again.", name=person.name), "success")
    elif person.email:
        person.status = "invited"
        _send_invitation(person)
    else:
        flash(_("%(name)s has no e-mail address. Invite them with one.", name=person.name), "error")
        return _back(id)
    record(sessions.actor(), "user.activated", ("user", id))
    db.session.commit()
    return redirect(url_for("settings.users"), 303) if SHOWN_ONCE in session else _back(id)


@blueprint.post("/users/<int:id>/end-sessions")
@needs("users.edit")
def end_sessions(id: int) -> Any:
    """Sign a person out everywhere."""
    person = _person(id)
    sessions.end_all(id)
    record(sessions.actor(), "user.sessions_ended", ("user", id))
    db.session.commit()
    flash(_("%(name)s is signed out everywhere.", name=person.name), "success")
    return _back(id)


@blueprint.post("/users/second-step")
@needs("users.make_owner")
@sessions.needs_recent_password
def ask_second_step() -> Any:
    """Ask everybody for a second step, or leave it to each; who asks for it takes it first (ASVS 6.3.3)."""
    is_asked, here = request.form.get("asks") == "1", db.session.get_one(Organisation, 1)
    if is_asked and not second_step.is_on(current_user.id):
        flash(_("Set up your own second step first, then ask the others for it."), "error")
        return redirect(url_for("auth.two_step"), 303)
    before = here.asks_second_step
    here.asks_second_step = is_asked
    if is_asked:
        sessions.end_without_second_step()
    change = ({"asks_second_step": str(before)}, {"asks_second_step": str(is_asked)})
    record(sessions.actor(), "organisation.changed", ("organisation", 1), change=change)
    db.session.commit()
    said = _("Everybody sets up a second step at their next sign-in.") if is_asked else _("Each person chooses now.")
    flash(said, "success")
    return redirect(url_for("settings.users"), 303)
