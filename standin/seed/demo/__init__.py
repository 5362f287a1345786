"""The agency "Brightline Studio": two years of clients, projects, tasks, issues and hours up to today."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from standin.seed.base import born_long_ago, fill_base
from standin.seed.building import Builder
from standin.seed.demo.companies import COMPANIES
from standin.seed.demo.hours import Diary
from standin.seed.demo.projects import PROJECTS
from standin.seed.demo.work import fill_project
from standin.world.records import Client, User

if TYPE_CHECKING:
    from standin.world import World

CLIENT_PEOPLE = (("Ingrid", "Vogel", 8), ("Callum", "Reid", 11), ("Priya", "Raman", 6))
TAGS = ("urgent", "retainer", "fixed price", "pro bono", "waiting for client")


def fill_demo(world: World) -> None:
    """Fill the owned portal with the agency, and the two others with a little of their own."""
    fill_base(world)
    random = Random(world.seed)  # noqa: S311  (a repeatable world is the point)
    builder = Builder(world, world.main)
    clients = [_company(builder, row) for row in COMPANIES]
    for tag in TAGS:
        builder.tag(tag, born_long_ago(world))
    for first, last, company in CLIENT_PEOPLE:
        _client_user(builder, first, last, clients[company])
    diary = Diary(world, random)
    for row in PROJECTS:
        project = fill_project(builder, random, row, clients)
        diary.open(project, row)
    world.main.book.load(diary.write())
    _bin_one(world)
    _fill_other_portals(world)


def _company(builder: Builder, row: tuple[str, ...]) -> Client:
    name, email, phone, address, city, state, country, code, currency = row
    return builder.client(
        name, born_long_ago(builder.world), email=email, phone=phone, address=address, city=city, state=state,
        country=country, zip_code=code, currency=currency, website=f"https://www.{email.partition('@')[2]}",
    )  # fmt: skip


def _client_user(builder: Builder, first: str, last: str, company: Client) -> None:
    born, key = born_long_ago(builder.world), builder.world.next_id()
    host = company.email.partition("@")[2]
    builder.portal.users[key] = User(
        id=key, zuid=700_000_000 + key % 100_000, created=born, modified=born, first_name=first, last_name=last,
        email=f"{first}.{last}@{host}".lower(), role="Client", profile="Client", client=company,
    )  # fmt: skip


def _bin_one(world: World) -> None:
    """One project lies in the bin from the start."""
    doomed = next(project for project in world.main.projects.values() if project.name.startswith("Pitch"))
    doomed.trashed = world.built_at - timedelta(days=40)
    world.main.book.forget_shelves()


def _fill_other_portals(world: World) -> None:
    for portal in world.portals.values():
        if not portal.owned:
            builder, born = Builder(world, portal), born_long_ago(world)
            project = builder.project("Annual report", born, client=builder.client("Trustees", born))
            builder.task(project, "Collect figures", born)
