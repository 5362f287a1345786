"""Files with customers, items and opening invoices: read, looked at, taken in once, taken back while unused."""

from billing.importing.base import ImportKind, Plan, PlannedRow, Problem
from billing.importing.grid import BadFile, Grid, read_grid
from billing.importing.heads import read_mapping
from billing.importing.running import KINDS, apply, begin, drop, finished, in_the_way, look, planned, undo

__all__ = [
    "KINDS",
    "BadFile",
    "Grid",
    "ImportKind",
    "Plan",
    "PlannedRow",
    "Problem",
    "apply",
    "begin",
    "drop",
    "finished",
    "in_the_way",
    "look",
    "planned",
    "read_grid",
    "read_mapping",
    "undo",
]
