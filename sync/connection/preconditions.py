"""What must hold before a remote is connected; the only condition today concerns other integrations (P-03)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask_babel import gettext as _

from extensions import db
from models import Integration, User
from models.audit import Actor

#: the connector's key and who asks → the sentence why not, or None
Precondition = Callable[[str, Actor], str | None]

#: roles that may decide for the integrations that are there already
DECIDING = ("owner", "admin")


def unmet(connector_key: str, actor: Actor) -> list[str]:
    """Return what stands in the way, as sentences; empty when nothing does."""
    return [sentence for ask in PRECONDITIONS if (sentence := ask(connector_key, actor))]


def decides_for_the_others(connector_key: str, actor: Actor) -> str | None:
    """Where other integrations feed the same customers, whoever connects must be in charge of those too."""
    others = db.select(Integration.id).where(Integration.state != "deleted", Integration.connector != connector_key)
    if db.session.scalar(others.limit(1)) is None:
        return None
    person = db.session.get(User, actor.id) if actor.id is not None else None
    if person is not None and person.role in DECIDING:
        return None
    return str(_("Another integration is in use. Ask an owner or an admin of it to connect this one."))


PRECONDITIONS: Sequence[Precondition] = (decides_for_the_others,)
