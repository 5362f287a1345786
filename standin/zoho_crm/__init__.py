"""Zoho CRM as it speaks on the wire: v8, and older versions for readers that still use them (zoho-crm-wire)."""

from standin.zoho_crm import (
    attachments,
    bulk,
    coql,
    links,
    metadata,
    people,
    profiles,
    reading,
    related,
    under,
    views,
    watch,
    writing,
)
from standin.zoho_crm.gate import api
from standin.zoho_crm.watch import Bell

__all__ = [
    "Bell", "api", "attachments", "bulk", "coql", "links", "metadata", "people", "profiles", "reading", "related",
    "under", "views", "watch", "writing",
]  # fmt: skip
