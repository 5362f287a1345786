"""Choosing a customer, project or person by typing: what is offered, what was chosen; and the taxes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import get_template_attribute
from sqlalchemy import func
from sqlalchemy.orm import joinedload, load_only

from extensions import db
from models import Customer, Project, Tax, User
from models.customer import name_key

#: how many a combobox offers; typing more narrows them down
OFFERED = 20


def like(text: str) -> str:
    """Return a LIKE pattern for text anywhere inside, with its own wildcards taken literally (escape: `/`)."""
    for sign in "/%_":
        text = text.replace(sign, f"/{sign}")
    return f"%{text}%"


def customers_like(text: str, *, is_all: bool = False) -> list[Customer]:
    """Return customers with this text in their name; only active ones unless all are asked for."""
    query = db.select(Customer).where(Customer.name_key.like(like(name_key(text)), escape="/"))
    query = query if is_all else query.where(Customer.is_active)
    return list(db.session.scalars(query.order_by(Customer.name_key, Customer.id).limit(OFFERED)))


def projects_like(text: str, *, is_all: bool = False) -> list[Project]:
    """Return projects with this text in their name or key; only active ones unless all are asked for (P-42)."""
    pattern = like(text.strip())
    named = Project.name.ilike(pattern, escape="/") | Project.key.ilike(pattern, escape="/")
    query = db.select(Project).where(named).options(joinedload(Project.customer))
    query = query if is_all else query.where(Project.is_active)
    return list(db.session.scalars(query.order_by(Project.name, Project.id).limit(OFFERED)))


def people_like(text: str) -> list[User]:
    """Return people with this text in their name, those who never sign in included."""
    query = db.select(User).where(User.name.ilike(like(text.strip()), escape="/"))
    return list(db.session.scalars(query.order_by(User.name, User.id).limit(OFFERED)))


def taxes_offered(used: Collection[int] = (), other: int | None = None) -> list[Tax]:
    """Return the taxes to choose from: active ones, and those that are named already, in `used` or elsewhere."""
    query = db.select(Tax).where(Tax.is_active | Tax.id.in_([*sorted(used)[:500], other or 0]))
    return list(db.session.scalars(query.order_by(Tax.name, Tax.id)))


def options_answer(options: list[tuple[int, str, str]]) -> str:
    """Render (id, name, hint) for a `remote_combobox`."""
    return str(get_template_attribute("macros/combobox.html", "combobox_options")(options))


def chosen_customer(data: Mapping[str, str], name: str = "customer_id") -> Customer | None:
    """Return the customer picked from the list, else the one whose name was typed in full."""
    text = data.get(f"{name}_text")
    found: Customer | None = _picked(Customer, data.get(name))
    if found is None or not is_meant(found, text):
        found = named(Customer, text)
    return found


def chosen_project(data: Mapping[str, str], name: str = "project_id") -> Project | None:
    """Return the project picked from the list, else the one whose name was typed in full."""
    text = data.get(f"{name}_text")
    found: Project | None = _picked(Project, data.get(name))
    if found is None or not is_meant(found, text):
        found = named(Project, text)
    return found


def is_meant(row: Any, text: str | None) -> bool:
    """Say whether the text beside a picked row still names it; without JavaScript one can type over it."""
    return not text or text.strip().casefold() == row.name.strip().casefold()


def _picked(model: Any, text: str | None) -> Any:
    is_id = bool(text) and str(text).isascii() and str(text).isdigit() and len(str(text)) < 19
    return db.session.get(model, int(text or 0)) if is_id else None


def named(model: Any, text: str | None) -> Any:
    """Return the row with exactly this name, whatever its letters' case; None when there is none."""
    name = (text or "").strip()
    if not name:
        return None
    same = Customer.name_key == name_key(name) if model is Customer else func.lower(model.name) == name.lower()
    return db.session.scalars(db.select(model).where(same).order_by(model.id).limit(1)).first()


def name_of(model: Any, row_id: int | None, args: Mapping[str, str], field: str) -> str:
    """Return what a filter's box shows: the text that came with the id, else the name looked up."""
    if row_id is None:
        return args.get(f"{field}_text", "")
    if text := args.get(f"{field}_text"):
        return text
    found = db.session.get(model, row_id, options=[load_only(model.name)])
    return str(found.name) if found else ""
