"""The ground every world stands on: three portals, their people, workflows and custom fields."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from standin.world.portal import Portal
from standin.world.records import CustomField, Status, User

if TYPE_CHECKING:
    from standin.world import World

#: first name, last name, role, profile, active, hourly rate
PEOPLE = (
    ("Olga", "Marsh", "Administrator", "Administrator", True, 160),
    ("Bruno", "Keller", "Finance", "Manager", True, 90),
    ("Petra", "Novak", "Manager", "Manager", True, 145),
    ("Tim", "Okafor", "Employee", "Employee", True, 110),
    ("Nadia", "Haddad", "Employee", "Employee", True, 120),
    ("Kenji", "Morita", "Employee", "Employee", True, 125),
    ("Sofia", "Lindqvist", "Employee", "Employee", True, 115),
    ("Marcus", "Bell", "Employee", "Employee", True, 95),
    ("Aoife", "Brennan", "Employee", "Employee", True, 105),
    ("Ravi", "Menon", "Contractor", "Contractor", True, 130),
    ("Lena", "Fischer", "Employee", "Employee", False, 100),
    ("Diego", "Santos", "Contractor", "Contractor", False, 98),
)
#: id, name, organisation, zone, owned by the connecting account
PORTALS = (
    (60014242, "brightline", "Brightline Studio", "America/New_York", True),
    (60020917, "harborandpine", "Harbor & Pine Foundation", "Europe/London", False),
    (60031188, "quillworks", "Quillworks Cooperative", "Asia/Kolkata", False),
)
PROJECT_STATUSES = (
    ("Active", "#2cc8ba", False), ("On Hold", "#fbc11e", False), ("In Testing", "#f6a96d", False),
    ("Completed", "#74cb80", True), ("Cancelled", "#f56b62", True),
)  # fmt: skip
TASK_STATUSES = (
    ("Open", "#74cb80", False), ("In Progress", "#08aeea", False), ("In Review", "#fbc11e", False),
    ("Closed", "#f56b62", True),
)  # fmt: skip
ISSUE_STATUSES = (
    ("Open", "#2cc8ba", False), ("In progress", "#08aeea", False), ("To be tested", "#f6a96d", False),
    ("Closed", "#f56b62", True),
)  # fmt: skip
#: module, api name, label, type, options
FIELDS = (
    ("projects", "cf_po_number", "PO number", "singleline", ()),
    ("projects", "cf_delivery_date", "Delivery date", "Date", ()),
    ("projects", "cf_retainer", "On retainer", "checkbox", ()),
    ("tasks", "cf_area", "Area", "picklist", ("Design", "Build", "Content", "Strategy")),
    ("tasks", "cf_story_points", "Story points", "Numeric", ()),
    ("issues", "cf_browser", "Browser", "picklist", ("Chrome", "Firefox", "Safari", "Edge")),
    ("timelogs", "cf_ticket", "Ticket", "singleline", ()),
)


def fill_base(world: World) -> None:
    """Put in the three portals, empty but for people and settings."""
    for row in PORTALS:
        portal = _portal(world, row)
        world.portals[portal.id] = portal


def born_long_ago(world: World) -> datetime:
    """When the portals were founded: a little over two years before the world's today."""
    return world.built_at - timedelta(days=760) + timedelta(hours=14)


def _portal(world: World, row: tuple[int, str, str, str, bool]) -> Portal:
    key, name, org, zone, owned = row
    people = [_user(world, name, person) for person in PEOPLE]
    owner = people[0] if owned else people[2]
    return Portal(
        id=key, name=name, org_name=org, timezone=zone, owned=owned, owner=owner,
        users={user.id: user for user in people},
        project_statuses=[Status(world.next_id(), *status) for status in PROJECT_STATUSES],
        task_statuses=[Status(world.next_id(), *status) for status in TASK_STATUSES],
        issue_statuses=[Status(world.next_id(), *status) for status in ISSUE_STATUSES],
        custom_fields=[CustomField(world.next_id(), *field) for field in FIELDS],
    )  # fmt: skip


def _user(world: World, portal_name: str, person: tuple[str, str, str, str, bool, int]) -> User:
    first, last, role, profile, active, rate = person
    born, key = born_long_ago(world), world.next_id()
    return User(
        id=key, zuid=700_000_000 + key % 100_000, created=born, modified=born, active=active,
        email=f"{first}.{last}@{portal_name}.example".lower(), first_name=first, last_name=last,
        role=role, profile=profile, rate=rate,
    )  # fmt: skip
