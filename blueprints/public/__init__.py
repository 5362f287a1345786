"""The customer's pages by link: one transaction, and everything that is open for one customer."""

from __future__ import annotations

from blueprints.public import overview, transaction
from blueprints.public.frame import blueprint

__all__ = ["blueprint", "overview", "transaction"]
