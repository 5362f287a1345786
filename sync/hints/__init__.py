"""What webhooks say: taken as hints, collected for a moment, then the truth is read from the remote (P-40)."""

from sync.hints.draining import MOST_TRIES, drain, settle
from sync.hints.keeping import MOST_WAITING, QUIET, Received, keep, last_received_at, prune, recent
from sync.hints.reading import MOST_PARAMETERS, NAMES, Told, read, values_of

__all__ = [
    "MOST_PARAMETERS", "MOST_TRIES", "MOST_WAITING", "NAMES", "QUIET", "Received", "Told", "drain", "keep",
    "last_received_at", "prune", "read", "recent", "settle", "values_of",
]  # fmt: skip
