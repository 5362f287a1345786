"""The area of the Finance tab: its blueprint, and what one visit may see."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, g
from flask_babel import gettext as _

from blueprints.access import PERMISSIONS
from models import FinanceLink, Project, User
from models.finance import REACHES

blueprint = Blueprint("finance_tab", __name__)

#: what can be done in a frame at all, by the word that a link's reach uses for it
VIEW = frozenset({"transactions.view", "expenses.view"})
EDIT = frozenset({"transactions.edit", "expenses.edit"})
SEND = frozenset({"transactions.send"})
#: a person may this too; a link never does
PEOPLE_ONLY = frozenset({"transactions.void"})
RIGHTS = dict(zip(REACHES, (VIEW, VIEW | EDIT, VIEW | EDIT | SEND), strict=True))
#: who makes a link must still have this for it to open
TO_MAKE_LINKS = "finance_links.edit"


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looks at one project inside another app. `link` is what opened it, None for people signed in."""

    project: Project
    rights: frozenset[str]
    link: FinanceLink | None = None

    @property
    def link_name(self) -> str:
        """What the audit log calls a link's holder; empty for people (requirements R-12)."""
        if self.link is None or self.link.maker is None:
            return ""
        return str(_("Finance tab link “%(label)s” of %(name)s", label=self.link.label, name=self.link.maker.name))


def visit_of_person(project: Project, person: User) -> Visit:
    """Return what a person may see and do in a frame: their role's rights, as far as frames go."""
    return Visit(project, PERMISSIONS[person.role] & (RIGHTS["send"] | PEOPLE_ONLY))


def visit_by(link: FinanceLink) -> Visit | None:
    """Return what a link opens; None once who made it may not make links any more."""
    maker = link.maker
    if maker is None or TO_MAKE_LINKS not in PERMISSIONS[maker.role]:
        return None
    return Visit(link.project, RIGHTS[link.reach] & PERMISSIONS[maker.role], link)


def this_visit() -> Visit:
    """Return the visit of this request; these pages exist in frames only."""
    found: Visit = g.get("visit") or abort(404)
    return found
