"""Who may do what: every route declares the permission it needs, and a role is a set of permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, g, request
from flask_login import current_user
from werkzeug.exceptions import Forbidden

from extensions import login

View = TypeVar("View", bound=Callable[..., Any])

#: a signed-in person's own account
OWN = frozenset({"account.own", "own_hours.view", "own_hours.edit"})
STAFF = OWN | {
    "dashboard.view", "search.use",
    "customers.view", "customers.edit", "projects.view", "projects.edit", "time.view", "time.edit",
    "transactions.view", "transactions.edit", "transactions.send", "transactions.void", "mail.view",
    "expenses.view", "expenses.edit", "payments.view", "payments.edit",
    "items.view", "items.edit", "imports.view", "imports.edit", "reports.view",
}  # fmt: skip
ADMIN = STAFF | {
    "settings.view", "settings.edit", "users.view", "users.edit",
    "integrations.view", "integrations.connect", "integrations.sync", "audit.view", "backups.make",
    "finance_links.edit",
}  # fmt: skip
OWNER = ADMIN | {"users.make_owner", "backups.take"}

#: role → permissions; the table is also printed in docs/
PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": frozenset(OWNER),
    "admin": frozenset(ADMIN),
    "staff": frozenset(STAFF),
    "timesheet": OWN,
}


def may(permission: str) -> bool:
    """Say whether the person of this request has a permission; templates ask it to show or hide buttons.

    In a frame it is what the entrance allows: less than what the person may elsewhere, or what a link may.
    """
    if (visit := g.get("visit")) is not None:
        return permission in visit.rights
    return bool(current_user.is_authenticated) and permission in PERMISSIONS[current_user.role]


def needs(permission: str) -> Callable[[View], View]:
    """Declare what a view needs; `guard` enforces it before the view runs."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Declare that a view is open to people who are not signed in."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def permission_of(app: Flask, endpoint: str) -> str | None:
    """Return the declared permission of a route (None: public); a route that declares nothing is a bug."""
    view = app.view_functions[endpoint]
    if endpoint == "static":
        return None
    if not hasattr(view, "permission"):
        raise RuntimeError(f"the view {endpoint} declares no permission")
    declared: str | None = view.permission
    return declared


def init_access(app: Flask) -> None:
    """Put the guard before every request."""

    @app.before_request
    def guard() -> Any:
        if request.endpoint is None:
            return None
        permission = permission_of(app, request.endpoint)
        if permission is None:
            return None
        if not current_user.is_authenticated and "visit" not in g:
            return login.unauthorized()
        return None if may(permission) else abort(Forbidden.code)

    app.jinja_env.globals["may"] = may
