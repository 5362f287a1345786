"""Views: time logs, read and written (zoho-projects-wire §5)."""

from standin.zoho_projects.timelogs import reading, writing

__all__ = ["reading", "writing"]
