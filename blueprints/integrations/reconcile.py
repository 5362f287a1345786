"""*Compare*: what differs between here and the remote, and pulling it (requirements M-16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from blueprints import sessions
from blueprints.access import needs
from blueprints.filters import duration
from blueprints.integrations.frame import blueprint, integration_or_404, integration_words
from blueprints.render import page_or_fragment
from extensions import db
from models import Integration
from sync import connection, reconcile
from sync.connection import SetupRefused, report


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that is not the same on both sides. `changes`: field, here, there."""

    remote_id: str
    outcome: str
    title: str
    changes: list[tuple[str, str, str]]
    can_be_pulled: bool
    url: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The differences of one module; `more` are only counted."""

    module: Any
    counts: dict[str, int]
    differences: list[Difference]
    more: int


@blueprint.get("/<key>/compare")
@needs("integrations.view")
def compare(key: str) -> Any:
    """Show what the last comparison found; while one goes on, the page follows it."""
    integration = integration_or_404(key)
    run = reconcile.last_comparison(integration)
    is_live = report.is_live(run)
    return page_or_fragment(
        "integrations/reconcile.html", "integrations/_reconcile.html", **integration_words(integration), run=run,
        is_live=is_live, progress=report.progress(run) if run and is_live else None, compared=_compared(integration),
        outcomes=outcome_words(connection.title_of(key) or key), days=reconcile.EVERY.days,
    )  # fmt: skip


@blueprint.post("/<key>/compare")
@needs("integrations.sync")
def compare_now(key: str) -> AnyResponse:
    """*Compare now*."""
    integration = integration_or_404(key)
    try:
        _run, is_new = reconcile.compare(integration, "instant", sessions.actor())
    except SetupRefused as refused:
        return _back(key, str(refused), "error")
    db.session.commit()
    if not is_new:
        return _back(key, _("A sync is going on. Compare when it is done."), "info")
    return _back(key, _("The comparison has started. This page follows it; nothing is written."), "success")


@blueprint.post("/<key>/compare/pull")
@needs("integrations.sync")
def pull(key: str) -> AnyResponse:
    """Read the chosen records again: `pull` holds `module:remote id` for each."""
    integration = integration_or_404(key)
    chosen: dict[str, list[str]] = {}
    for word in request.form.getlist("pull"):
        module, _colon, remote_id = word.partition(":")
        chosen.setdefault(module, []).append(remote_id)
    try:
        run, is_new = reconcile.pull(integration, chosen, sessions.actor())
    except SetupRefused as refused:
        return _back(key, str(refused), "error")
    run_id = run.id
    db.session.commit()
    if not is_new:
        return _back(key, _("A sync is going on. Pull them when it is done."), "info")
    flash(_("These records are being read again."), "success")
    return redirect(url_for("integrations.run", key=key, run_id=run_id), 303)


def _back(key: str, sentence: str, category: str) -> AnyResponse:
    flash(sentence, category)
    return redirect(url_for("integrations.compare", key=key), 303)


def outcome_words(app: str) -> dict[str, tuple[str, str]]:
    """How a record differs: words and tone."""
    return {
        "missing": (_("Not here"), "warn"),
        "gone": (_("No longer in %(app)s", app=app), "bad"),
        "different": (_("Different"), "info"),
        "kept": (_("Stays different"), "neutral"),
    }


def _compared(integration: Integration) -> list[Compared]:
    found = reconcile.differences(reconcile.last_comparison(integration))
    modules = {module.key: module for module in connection.modules_in_order(integration.connector)}
    return [_of_module(modules[key], part) for key, part in found.items() if key in modules]


def _of_module(module: Any, part: dict[str, Any]) -> Compared:
    labels = {field.key: str(field.label) for field in module.fields}
    listed = [
        Difference(
            one["id"], one["outcome"], one["title"],
            [(labels.get(name, _plain(name)), _said(name, a), _said(name, b)) for name, a, b in one["changes"]],
            reconcile.can_be_pulled(module.key, one), _page(module.key, one["local_id"]),
        )
        for one in part["records"]
    ]  # fmt: skip
    return Compared(module, part["counts"], listed, sum(part["counts"].values()) - len(listed))


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _said(name: str, text: str) -> str:
    return duration(int(text)) if name == "seconds" and text.isdigit() else text


def _page(module: str, local_id: int | None) -> str:
    """Return the address of the row here; empty where it has no page of its own."""
    if local_id is None or local_id < 1:
        return ""
    if module == "customers":
        return url_for("customers.show", customer_id=local_id)
    if module == "projects":
        return url_for("projects.show", project_id=local_id)
    return url_for("time.show", entry_id=local_id) if module == "time_entries" else ""
