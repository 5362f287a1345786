"""The search box: what fits while a person types, and the same as a page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from blueprints.access import needs
from blueprints.render import page_or_fragment
from models.finding import find

blueprint = Blueprint("search", __name__, url_prefix="/search")


@blueprint.get("/")
@needs("search.use")
def index() -> Any:
    """Show customers, projects and invoices that fit `q`; at most five of each."""
    text = request.args.get("q", "").strip()
    return page_or_fragment("search/index.html", "search/_search_results.html", found=find(text), search_text=text)
