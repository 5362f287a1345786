"""Records that somebody wants to hear of, and records that may stay out (requirements M-04)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from billing.mail.letters import can_mail, queue_letter
from extensions import db
from models import Integration, Link, Organisation, SyncRun, User
from models.audit import Actor, record
from sync.kept_out.naming import titles_here

#: records of one person that one letter is about, and of these the ones named
MOST, NAMED = 500, 20


def watch(links: Sequence[Link], actor: Actor) -> None:
    """Remember that this person wants to be told when these records come in. Does not commit."""
    for link in links:
        link.watcher_id = actor.id
    db.session.flush()


def unwatch(links: Sequence[Link]) -> None:
    """Nobody is told of these any more."""
    for link in links:
        link.watcher_id = None
    db.session.flush()


def mute(links: Sequence[Link], actor: Actor, *, muted: bool) -> None:
    """Let records stay out without asking for attention, or take that back. Does not commit."""
    for link in links:
        link.is_muted = muted
    if links:
        verb = "record.muted" if muted else "record.unmuted"
        named = ", ".join(f"{link.module} {link.remote_id}" for link in links[:NAMED])
        record(actor, verb, ("integration", links[0].integration_id), named)
    db.session.flush()


def tell(run_id: int) -> int:
    """At the end of a run: queue one letter per person about what came in; returns how many. Does not commit.

    A record counts as come in once no reason keeps it out any more. What is gone at the remote is told as gone.
    """
    run = db.session.get(SyncRun, run_id)
    if run is None:
        return 0
    arrived = db.session.scalars(
        db.select(Link)
        .where(Link.watcher_id.is_not(None), Link.integration_id == run.integration_id, Link.reason.is_(None))
        .order_by(Link.id)
        .limit(MOST)
    ).all()
    by_person: dict[int, list[Link]] = {}
    for link in arrived:
        by_person.setdefault(link.watcher_id or 0, []).append(link)
    told = sum(_tell_one(run.integration, user_id, links) for user_id, links in by_person.items())
    unwatch(arrived)
    return told


def _tell_one(integration: Integration, user_id: int, links: Sequence[Link]) -> bool:
    person = db.session.get(User, user_id)
    if person is None or person.status != "active" or not person.email:
        return False
    if not can_mail(db.session.get(Organisation, 1)):
        return False
    names = titles_here(links)
    here, gone = [link for link in links if link.id in names], [link for link in links if link.id not in names]
    subject = (
        ngettext(
            "%(num)s record that you waited for is here", "%(num)s records that you waited for are here", len(here)
        )
        if here
        else _("What you waited for was deleted in Zoho")
    )
    paragraphs = [names[link.id] for link in here[:NAMED]]
    if len(here) > NAMED:
        paragraphs.append(_("And %(n)s more.", n=len(here) - NAMED))
    paragraphs += [_("Deleted in Zoho: %(id)s", id=link.remote_id) for link in gone[:NAMED]]
    queue_letter(person.email, subject, _path(integration, links[0]), paragraphs, is_secret=False)
    return True


def _path(integration: Integration, link: Link) -> str:
    """The page that says where the record is now; a run has no request, so the address is asked from the map."""
    values = {"q": link.remote_id}
    return current_app.url_map.bind("").build("integrations.why", values)
