"""Coming from Zoho's own integration or another tool: files in, a look at what they would do, then once (§14)."""

from sync.importing.applying import apply, drop
from sync.importing.planning import Left, Plan, begin, plan, planned
from sync.importing.reading import ENTRIES, OLD_BEFORE, TRANSACTIONS, BadFile, is_old, read
from sync.importing.showing import former_invoice, records_of

__all__ = [
    "ENTRIES",
    "OLD_BEFORE",
    "TRANSACTIONS",
    "BadFile",
    "Left",
    "Plan",
    "apply",
    "begin",
    "drop",
    "former_invoice",
    "is_old",
    "plan",
    "planned",
    "read",
    "records_of",
]
