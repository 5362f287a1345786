"""Telling a remote what happens here: whether it is told, in which words, and what has to be put right before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from billing.money import format_money
from billing.types import TYPES
from connectors import CONNECTORS
from extensions import db
from models import Credential, Integration, Organisation, Outbox, Project
from models.audit import Actor
from sync import connection, credentials

OFF, FEED = "off", "feed"
#: preferences of an integration (keys of `Integration.settings`)
MODE, WITH_AMOUNTS = "write_back", "write_back_amounts"


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether notes may go out now. `problem`: what holds them up; `waits_for`: see `Outbox.waits_for`."""

    problem: str = ""
    waits_for: str = ""
    #: the owner does not want the remote told: notes do not wait, they are dropped
    is_off: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nothing holds them up."""
        return not self.problem and not self.is_off


def can_tell(connector_key: str) -> bool:
    """Whether this remote has a place for words of ours."""
    return bool(CONNECTORS[connector_key].WRITE_SCOPES)


def mode_of(integration: Integration) -> str:
    """`off` (the default) or `feed`."""
    return FEED if connection.writes_back(integration) else OFF


def tells_amounts(integration: Integration) -> bool:
    """Whether totals and the customer's link are told too; off by default: everybody in a project reads its feed."""
    return bool(integration.settings.get(WITH_AMOUNTS, False))


def choose(integration: Integration, mode: str, actor: Actor, *, with_amounts: bool) -> None:
    """Keep the owner's choice."""
    connection.save_settings(integration, {MODE: mode, WITH_AMOUNTS: with_amounts}, actor)


def missing_scopes(integration: Integration) -> list[str]:
    """Return the permissions for writing that the account is known not to have given."""
    secrets = credentials.read(integration)
    granted = set(secrets.scopes) if secrets else set()
    if not granted:
        return []
    wanted = CONNECTORS[integration.connector].WRITE_SCOPES
    return [scope for scope in wanted if scope not in granted and f"{scope.rpartition('.')[0]}.ALL" not in granted]


def gate(integration: Integration | None) -> Gate:
    """Say whether notes about an integration's projects may go out, and if not, why (requirements P-53)."""
    if integration is None:
        return Gate(_("The integration was deleted, so there is nobody to tell."), "integration")
    if mode_of(integration) == OFF:
        return Gate(is_off=True)
    if integration.state != "active":
        return Gate(_of_state(integration.state), "integration")
    if missing := missing_scopes(integration):
        return Gate(
            _(
                "These permissions were not given: %(scopes)s. Update the credentials and accept all of them.",
                scopes=", ".join(missing),
            ),
            "permission",
        )
    return _refused_since(integration)


def _of_state(state: str) -> str:
    sentences: dict[str, str] = {
        "paused": _("The integration is paused. What still holds is told when it goes on."),
        "disabling": _("The integration is being disabled. What still holds is told once it is enabled again."),
        "disabled": _("The integration is disabled. What still holds is told once it is enabled again."),
        "needs_reauth": _("Zoho no longer accepts our access. Update the credentials, then it is told."),
    }
    return sentences.get(state, str(_("The integration is not set up yet. Finish its set-up, then it is told.")))


def _refused_since(integration: Integration) -> Gate:
    """A permission that was refused stays refused until somebody sets the credentials anew."""
    told = (
        db.select(Outbox.problem)
        .join(Project, Project.id == Outbox.project_id)
        .join(Credential, Credential.integration_id == integration.id)
        .where(
            Project.source == integration.connector, Outbox.state == "parked", Outbox.waits_for == "permission",
            Outbox.changed_at > Credential.updated_at,
        )
        .order_by(Outbox.id.desc())
        .limit(1)
    )  # fmt: skip
    problem = db.session.scalar(told)
    return Gate(problem, "permission") if problem else Gate()


def text_of(note: Outbox, *, with_amounts: bool) -> str:
    """Return the line for the feed, in the organisation's language, with the note's reference at its end."""
    parts = [happening(note)]
    if with_amounts:
        parts += _amounts(note)
    return " ".join([*parts, f"[{note.reference}]"])


def subject_of(note: Outbox) -> str:
    """Return what a note is about, for people: `Invoice INV-2026-00007`."""
    kind = TYPES.get(note.payload.get("type", ""))
    title = _(kind.title) if kind else _(note.subject.capitalize())
    return f"{title} {note.payload.get('number', '')}".strip()


def happening(note: Outbox) -> str:
    """Return the sentence of a note without amounts: what happened to what, and who did it."""
    what = subject_of(note)
    who = f" ({note.actor})" if note.actor_kind == "person" else ""
    kind = TYPES.get(note.payload.get("type", ""))
    status = note.payload.get("status", "")
    sentences = {
        "created": _("%(what)s was started as a draft.", what=what) if kind else _("%(what)s was entered.", what=what),
        "changed": _("%(what)s was changed.", what=what),
        "issued": _("%(what)s was issued.", what=what),
        "sent": _("%(what)s was sent to the customer.", what=what),
        "voided": _("%(what)s was voided.", what=what),
        "deleted": _("%(what)s was deleted.", what=what),
    }
    plain = _("%(what)s: %(status)s.", what=what, status=_(kind.states.get(status, status)) if kind else status)
    return str(sentences.get(note.event, plain)).removesuffix(".") + f"{who}."


def _amounts(note: Outbox) -> list[str]:
    total, currency, link = (str(note.payload.get(key, "")) for key in ("total", "currency", "link"))
    if not total or not currency:
        return []
    organisation = db.session.get_one(Organisation, 1)
    amount = format_money(Decimal(total), currency, organisation.locale)
    return [str(_("Total: %(amount)s.", amount=amount)), *([link] if link else [])]
