"""The stand-in's own small pages for people, so that its data can be changed by hand."""

from standin.pages import crm, dials, work
from standin.pages.routes import pages

__all__ = ["crm", "dials", "pages", "work"]
