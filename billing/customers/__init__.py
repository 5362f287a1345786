"""Customers as a whole: merged and taken apart again, likely twins, statements of account, letting one go."""

from billing.customers.duplicates import Suggestion, suggestions
from billing.customers.fields import FIELDS, shown
from billing.customers.merging import MergePlan, merge, plan, why_not
from billing.customers.unmerging import UndoPlan, plan_undo, undo

__all__ = [
    "FIELDS",
    "MergePlan",
    "Suggestion",
    "UndoPlan",
    "merge",
    "plan",
    "plan_undo",
    "shown",
    "suggestions",
    "undo",
    "why_not",
]
