"""Zoho Projects, API V3: what it says on the wire, and what we make of it."""

from connectors.zoho_projects.connector import ZohoProjects

__all__ = ["ZohoProjects"]
