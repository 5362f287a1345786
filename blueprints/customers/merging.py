"""Pages of merging: likely twins, a merge with its preview, and taking one back (requirements C-42, C-43, M-02)."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from billing.customers import MergePlan, UndoPlan, merge, plan, plan_undo, shown, suggestions, undo
from billing.errors import MoveRefused
from blueprints.access import needs
from blueprints.asked import whole
from blueprints.choosing import chosen_customer
from blueprints.customers.frame import blueprint, customer_or_404
from blueprints.render import after_write, page_or_fragment
from blueprints.sessions import actor
from extensions import db
from models import Customer, CustomerMerge
from models.references import counted
from sync import connection
from sync.sources import fed_custom, fed_fields


@blueprint.get("/duplicates")
@needs("customers.view")
def duplicates() -> Any:
    """List pairs of customers that may be one, likeliest first, with the reasons."""
    only = whole(request.args.get("customer_id"))
    return page_or_fragment("customers/duplicates.html", pairs=suggestions(customer_id=only), is_one=only is not None)


@blueprint.get("/<int:customer_id>/merge")
@needs("customers.edit")
def merge_preview(customer_id: int) -> Any:
    """Choose who goes into this customer (`with`), and show what would happen."""
    kept = customer_or_404(customer_id)
    other = chosen_customer(request.args, "with")
    found = _plan(kept, other) if other is not None else None
    pairs = [] if found else suggestions(10, customer_id)
    typed = request.args.get("with_text", "")
    return page_or_fragment(
        "customers/merge.html", kept=kept, plan=found, pairs=pairs, shown=shown, counted=counted, typed=typed,
    )  # fmt: skip


def _plan(kept: Customer, gone: Customer) -> MergePlan:
    synced = connection.synced_customers([kept.id, gone.id])
    fed = fed_fields(kept.source, "customers") if kept.id in synced else frozenset()
    own = {f"custom.{key}" for key in fed_custom(kept.source, "customers")} if kept.id in synced else set()
    return plan(kept, gone, synced, fed | own)


@blueprint.post("/<int:customer_id>/merge")
@needs("customers.edit")
def merge_now(customer_id: int) -> AnyResponse:
    """Let the other customer go into this one; fields named `take` get the other's value."""
    kept = customer_or_404(customer_id)
    gone = db.session.get(Customer, whole(request.form.get("with")) or 0) or abort(404)
    found = _plan(kept, gone)
    takes = [item.field for item in found.differences if request.form.get(f"take-{item.field}") == "gone"]
    name, gone_id = gone.name, gone.id
    try:
        done = merge(found, takes, actor())
    except MoveRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        asked: dict[str, Any] = {"customer_id": customer_id, "with": gone_id}
        return after_write(url_for("customers.merge_preview", **asked))
    done.state = done.state | connection.links_follow(gone_id, customer_id)
    db.session.commit()
    flash(_("%(name)s went into this customer. You can take that back here.", name=name), "success")
    return after_write(url_for("customers.show", customer_id=customer_id))


def _merge_or_404(customer_id: int, merge_id: int) -> CustomerMerge:
    found = db.session.get(CustomerMerge, merge_id)
    return found if found is not None and found.kept_id == customer_id else abort(404)


@blueprint.get("/<int:customer_id>/merges/<int:merge_id>")
@needs("customers.view")
def merged(customer_id: int, merge_id: int) -> Any:
    """Show what taking a merge back would do."""
    found: UndoPlan = plan_undo(_merge_or_404(customer_id, merge_id))
    return page_or_fragment("customers/unmerge.html", plan=found, merge=found.merge, counted=counted)


@blueprint.post("/<int:customer_id>/merges/<int:merge_id>/undo")
@needs("customers.edit")
def unmerge(customer_id: int, merge_id: int) -> AnyResponse:
    """Take a merge back, as far as nothing new hangs on it."""
    found = plan_undo(_merge_or_404(customer_id, merge_id))
    kept_id, gone_id, state = found.merge.kept_id, found.merge.gone_id, dict(found.merge.state)
    name, stays = found.merge.gone.name, len(found.stays)
    try:
        undo(found, actor())
    except MoveRefused as refused:
        db.session.rollback()
        flash(str(refused), "error")
        return after_write(url_for("customers.merged", customer_id=customer_id, merge_id=merge_id))
    connection.links_return(state, kept_id, gone_id)
    db.session.commit()
    flash(_("%(name)s is a customer of its own again.", name=name), "success")
    if stays:
        flash(_("What is from after the merge stayed where it is."), "info")
    return after_write(url_for("customers.show", customer_id=gone_id))
