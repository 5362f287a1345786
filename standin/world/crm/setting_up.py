"""What a new organisation has from the start: its modules with their fields, and Zoho's own views."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from standin.world.crm.fields import FIELDS, SYSTEM, CrmField, CrmModule, Option
from standin.world.crm.records import Json, View

NextId = Callable[[], int]
#: module → one, many, the field that names a record
WORDS = {
    "Accounts": ("Account", "Accounts", "Account_Name"), "Contacts": ("Contact", "Contacts", "Full_Name"),
    "Deals": ("Deal", "Deals", "Deal_Name"), "Products": ("Product", "Products", "Product_Name"),
}  # fmt: skip


def options_of(next_id: NextId, values: Iterable[Any]) -> tuple[Option, ...]:
    """Values of a picklist, each with an id: plain text, or (text, probability, forecast type)."""
    rows = [value if isinstance(value, tuple) else (value, None, "") for value in values]
    return tuple(Option(next_id(), *row) for row in rows)


def module(next_id: NextId, key: str) -> CrmModule:
    """One of the standard modules."""
    one, many, name_field = WORDS[key]
    made = CrmModule(next_id(), key, one, many, name_field, next_id())
    for api_name, label, data_type, facts in (*FIELDS[key], *SYSTEM):
        more = dict(facts)
        options = options_of(next_id, more.pop("options", ()))
        made.add(CrmField(next_id(), api_name, label.format(one=one), data_type, options=options, **more))
    return made


def system_views(next_id: NextId, key: str) -> list[View]:
    """The views that nobody can take away."""
    many = WORDS[key][1]
    shown = (WORDS[key][2], "Owner", "Modified_Time")
    rows: list[tuple[str, str, Json | None]] = [
        (f"All {many}", "ALLVIEWS", None), (f"My {many}", "MYVIEWS", None),
        (f"Recently Created {many}", "RECENTLYCREATED", None),
        (f"Recently Modified {many}", "RECENTLYMODIFIED", None),
    ]  # fmt: skip
    if key == "Products":
        rows.append(("Active Products", "ACTIVEPRODUCTS", condition("Product_Active", "equal", True)))
    return [
        View(next_id(), key, name, system, criteria, shown, is_default=system == "ALLVIEWS")
        for name, system, criteria in rows
    ]


def condition(api_name: str, comparator: str, value: Any) -> Json:
    """One condition of a view."""
    return {"comparator": comparator, "field": {"api_name": api_name}, "type": "value", "value": value}
