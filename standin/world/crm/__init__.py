"""A Zoho CRM organisation: its people, its modules with their fields, its records."""

from standin.world.crm.org import CrmOrg
from standin.world.crm.records import CrmRecord, Deleted

__all__ = ["CrmOrg", "CrmRecord", "Deleted"]
