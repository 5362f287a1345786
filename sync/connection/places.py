"""Where the pages of the connected remote apps are: only those may show our pages in a frame."""

from __future__ import annotations

from sqlalchemy import select

from connectors import CONNECTORS
from extensions import db
from models import Integration
from models.integration import FEEDING


def page_origins() -> list[str]:
    """Return the origins of all connected remote apps, as far as they are known; disabled ones show nothing (P-53)."""
    live = db.session.scalars(select(Integration).where(Integration.state.in_(FEEDING)).order_by(Integration.id))
    found = (origin for row in live for origin in CONNECTORS[row.connector].page_origins(row.api_url))
    return list(dict.fromkeys(found))
