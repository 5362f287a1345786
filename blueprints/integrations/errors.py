"""*Error Details*: what is not here, cause first, with its remedies; by reason, by record, and as a table."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from blueprints.access import needs
from blueprints.integrations.frame import blueprint, integration_or_404, integration_words
from blueprints.integrations.kept_out import csv_of
from blueprints.integrations.placing import buttons, troubles
from blueprints.paging import Sort, paged, url_with
from blueprints.render import page_or_fragment
from extensions import db
from models import Integration, Link, User
from models.project import Project
from sync import connection
from sync.connection import report
from sync.kept_out import followers
from sync.kept_out.naming import rows_here
from sync.kept_out.releases import releases
from sync.reasons import REASONS, Reason
from sync.remedies import Case

FIRST = (Sort("id", Link.id, int),)
KINDS = ("failed", "excluded")


@blueprint.get("/<key>/errors")
@needs("integrations.view")
def errors(key: str) -> Response:
    """What is kept out, by module, failed and excluded apart; a cause stands before what follows it (E-01, E-04)."""
    integration = integration_or_404(key)
    muted = "ignored" in request.args
    groups = report.kept_out(integration, muted=muted)
    shown = _chosen(groups, request.args.get("module", ""))
    known = releases(integration)
    return page_or_fragment(
        "integrations/errors.html", **_names(integration), groups=shown, known=known, muted=muted,
        samples=report.samples(integration, shown, muted=muted), limit=report.SAMPLES,
        chosen_kinds=[kind for kind in KINDS if request.args.get("kind") in (None, "", kind)],
        conditions=troubles(integration, report.shown_run(integration)),
        whole=lambda module, reason: buttons(integration, Case(integration, reason, module)),
        one=lambda link: buttons(integration, _case(integration, link)),
        filters=_filters(groups), is_filtered=bool(request.args.get("module") or request.args.get("kind")),
    )  # fmt: skip


def _chosen(groups: list[report.KeptOut], module: str) -> list[report.KeptOut]:
    return [group for group in groups if module in ("", group.module.key)]


def _filters(groups: list[report.KeptOut]) -> dict[str, list[tuple[str, str, bool, int | None]]]:
    """The chips above the list: text, address, whether it is the present one, count."""
    kind, module, ignored = request.args.get("kind", ""), request.args.get("module", ""), "ignored" in request.args
    kinds = [("", _("All")), ("failed", _("Failed")), ("excluded", _("Excluded"))]
    modules = [("", _("All modules")), *((group.module.key, group.module.title) for group in groups)]
    return {
        "kinds": [(text, url_with(kind=word or None), word == kind, None) for word, text in kinds],
        "modules": [(text, url_with(module=word or None), word == module, None) for word, text in modules],
        "ignored": [
            (_("Kept out"), url_with(ignored=None, module=None), not ignored, None),
            (_("Ignored"), url_with(ignored="1", module=None), ignored, None),
        ],
    }  # fmt: skip


@blueprint.get("/<key>/errors/<module>/<code>")
@needs("integrations.view")
def error_records(key: str, module: str, code: str) -> Response:
    """All records that one reason keeps out of one module, each with its buttons."""
    integration = integration_or_404(key)
    reason = _reason_or_404(integration, module, code)
    muted = "ignored" in request.args
    page = paged(report.kept_out_links(integration, module, code, muted=muted), Link.id, FIRST)
    known = releases(integration)
    return page_or_fragment(
        "integrations/error_records.html", "integrations/_error_records.html", **_names(integration),
        module=connection_module(key, module), reason=reason, listing=page, muted=muted, known=known,
        release=known.of_reason(module, code), followers=known.followers_of_reason(module, code),
        whole=[] if muted else buttons(integration, Case(integration, reason, module)),
        records=[(report.explained(link), buttons(integration, _case(integration, link))) for link in page.rows],
    )  # fmt: skip


def connection_module(key: str, module: str) -> Any:
    """Return a module of this connector."""
    found = {item.key: item for item in connection.modules_in_order(key)}
    return found.get(module) or abort(404)


def _reason_or_404(integration: Integration, module: str, code: str) -> Reason:
    connection_module(integration.connector, module)
    reason = REASONS.get(code)
    return reason if reason is not None and reason.is_of_records else abort(404)


@blueprint.get("/<key>/records/<int:link_id>")
@needs("integrations.view")
def record(key: str, link_id: int) -> Response:
    """One record: why it is not here, what it keeps, what waits for it, and every button there is."""
    integration = integration_or_404(key)
    link = db.session.get(Link, link_id)
    if link is None or link.integration_id != integration.id:
        abort(404)
    reason = REASONS.get(link.reason or "")
    case = _case(integration, link, is_close_up=True) if reason else None
    known = releases(integration)
    waiting = followers.of(link)
    return page_or_fragment(
        "integrations/record.html", **_names(integration), link=link, reason=reason, known=known,
        record=report.explained(link), module=connection_module(key, link.module),
        buttons=buttons(integration, case) if case else None,
        release=known.of_record(link) if reason else None, counts=known.followers(link),
        waiting=[report.explained(one) for one in waiting], sides=_both_sides(link),
        watcher=db.session.get(User, link.watcher_id) if link.watcher_id else None,
    )  # fmt: skip


def _case(integration: Integration, link: Link, *, is_close_up: bool = False) -> Case:
    return Case(integration, REASONS[link.reason or ""], link.module, (link,), is_close_up)


def _both_sides(link: Link) -> list[tuple[str, str, str]]:
    """Field, here, there: of a project that is here but may not follow the remote (PRIM-LOCKED, CUR-LOCKED)."""
    row = rows_here([link]).get((link.module, link.local_id or 0))
    if row is None or link.module != "projects" or link.reason is None:
        return []
    project = db.session.get_one(Project, link.local_id)
    fields, detail = (link.kept or {}).get("fields", {}), link.detail or {}
    pairs = [
        (_("Customer"), project.customer.name, str(detail.get("customer") or _("as here"))),
        (_("Currency"), project.currency, str(fields.get("currency") or project.currency)),
        (_("Name"), project.name, str(fields.get("name") or "")),
        (_("Status"), project.status, str(fields.get("status") or "")),
    ]
    return [(str(name), here, there) for name, here, there in pairs]


@blueprint.get("/<key>/cause/<module>/<remote_id>")
@needs("integrations.view")
def cause(key: str, module: str, remote_id: str) -> AnyResponse:
    """Lead to the record that keeps others out; one that nothing is known of is looked for."""
    integration = integration_or_404(key)
    found = db.session.scalar(
        db.select(Link.id).where(
            Link.integration_id == integration.id, Link.module == module, Link.remote_id == remote_id
        )
    )
    if found is None:
        return redirect(url_for("integrations.why", q=remote_id), 303)
    return redirect(url_for("integrations.record", key=key, link_id=found), 303)


@blueprint.get("/<key>/errors.csv")
@needs("integrations.view")
def errors_csv(key: str) -> Response:
    """The kept-out records as a table; all of them, or those of one module and reason."""
    integration = integration_or_404(key)
    return csv_of(integration, request.args.get("module", ""), request.args.get("code", ""))


def _names(integration: Integration) -> dict[str, Any]:
    return {**integration_words(integration), "live": connection.live_run(integration)}
