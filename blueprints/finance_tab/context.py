"""What every page knows about standing in a frame."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for

from blueprints.finance_tab.frame import Visit, blueprint
from blueprints.framing import ROOM, is_framed
from blueprints.sessions import current


@blueprint.app_context_processor
def framed() -> dict[str, Any]:
    """Tell layouts whether they stand in a frame, of which project, and where its first page is."""
    if not is_framed():
        return {"framed": False}
    visit: Visit | None = g.get("visit")
    root = request.script_root.partition(ROOM)[0]
    first = url_for("finance_tab.overview") if visit else f"{root}{ROOM}/"
    mine = current()
    sign_out = f"{root}{ROOM}/sign-out" if mine is not None and mine.is_framed else None
    return {"framed": True, "visit": visit, "home_url": first, "frame_sign_out": sign_out}
