"""Zoho Projects V3 as it speaks on the wire (zoho-projects-wire §2 to §6)."""

from standin.zoho_projects import clients, issues, plans, portals, projects, tags, tasks, timelogs
from standin.zoho_projects.gate import api

__all__ = ["api", "clients", "issues", "plans", "portals", "projects", "tags", "tasks", "timelogs"]
