"""Two years of selling: every account has deals, every stage is met, old ones are closed and young ones open."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from standin.seed.crm.tables import DEALS, WORKS
from standin.world.crm import CrmOrg
from standin.world.crm.fields import PIPELINE, Option

if TYPE_CHECKING:
    from standin.world import World

DAYS = 700
#: deals older than so many days are closed
OPEN_DAYS = 120
#: how likely an old deal was won
WON = 0.7


def sell(world: World, org: CrmOrg, random: Random, contacts: list[int]) -> None:
    """Deals from long ago until yesterday, in this order; the latest go through all stages once."""
    stages = org.modules["Deals"].fields["Stage"].options
    accounts = list(org.records["Accounts"])
    for number in range(DEALS):
        age = max(DAYS - number * DAYS // DEALS, 1)
        left = DEALS - number
        stage = stages[-left] if left <= len(stages) else _stage(random, stages, age)
        _deal(world, org, random, (accounts[number % len(accounts)], contacts, number, age, stage))


def _stage(random: Random, stages: tuple[Option, ...], age: int) -> Option:
    is_won = random.random() < WON
    if age > OPEN_DAYS:
        return random.choice([one for one in stages if one.forecast == ("Closed Won" if is_won else "Closed Lost")])
    return random.choice([one for one in stages if one.forecast == "Open"])


def _deal(world: World, org: CrmOrg, random: Random, about: tuple[int, list[int], int, int, Option]) -> None:
    account, contacts, number, age, stage = about
    born = world.built_at - timedelta(days=age) + timedelta(hours=9)
    closing = (born + timedelta(days=random.randrange(20, 90))).date()
    if stage.forecast != "Open":
        closing = min(closing, world.built_at.date() - timedelta(days=1))
    row = org.records["Accounts"][account]
    known = [key for key in contacts if org.records["Contacts"][key].values["Account_Name"] == account]
    values = {
        "Deal_Name": f"{WORKS[number * 3 % len(WORKS)]} · {row.values['Account_Name']}", "Stage": stage.value,
        "Pipeline": PIPELINE, "Account_Name": account, "Contact_Name": known[0] if known else None,
        "Amount": random.randrange(15, 400) * 100, "Closing_Date": closing.isoformat(), "Owner": row.owner,
        "Type": "New Business" if number < len(org.records["Accounts"]) else "Existing Business",
        "Currency": row.values["Currency"],
    }  # fmt: skip
    org.insert("Deals", values, born)
