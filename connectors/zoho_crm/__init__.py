"""Zoho CRM: its language, spoken for us."""

from connectors.zoho_crm.connector import ZohoCrm

__all__ = ["ZohoCrm"]
