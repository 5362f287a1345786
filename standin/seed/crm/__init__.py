"""The agency's CRM: its people everywhere; in the demo also two years of accounts, contacts, deals and products."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from standin.seed.base import PEOPLE, born_long_ago
from standin.seed.crm.deals import sell
from standin.seed.crm.tables import LONERS, MORE_ACCOUNTS, NAMES, OWN_STAGE, PRODUCTS, TITLES
from standin.seed.crm.tables import PEOPLE as MORE_PEOPLE
from standin.seed.demo.companies import COMPANIES
from standin.world.crm import CrmOrg
from standin.world.crm.fields import Option
from standin.world.crm.records import Json, Profile, View
from standin.world.crm.setting_up import condition

if TYPE_CHECKING:
    from standin.world import World

#: people of the studio who are in every world's CRM
SELLERS = 4
#: who of them has the profile Sales in the demo
SALES_MAN = "Tim"


def found_crm(world: World) -> CrmOrg:
    """The organisation with its people and no records."""
    portal = world.main
    org = CrmOrg(portal.org_name, portal.timezone, born_long_ago(world))
    for place, (first, last, *_rest) in enumerate(PEOPLE[:SELLERS]):
        org.add_user(first, last, f"{first}.{last}@{portal.name}.example".lower(), org.founded, is_admin=place == 0)
    return org


def fill_demo_crm(world: World) -> None:
    """Accounts of the same names as the clients in Projects and some more, and what was sold to them."""
    org, random = world.crm, Random(world.seed + 1)  # noqa: S311  (a repeatable world is the point)
    org.currencies |= {"EUR": 1.08, "GBP": 1.27}
    _people(world, org)
    _fields(org)
    _views(org)
    sellers = [user.id for user in org.users.values() if user.is_active]
    accounts = [_account(org, row, random.choice(sellers)) for row in COMPANIES]
    accounts += [_other_account(org, row, random.choice(sellers)) for row in MORE_ACCOUNTS]
    contacts = [_contact(org, place, accounts[place % len(accounts)]) for place in range(len(NAMES))]
    for row in LONERS:
        _loner(org, row)
    for product in PRODUCTS:
        _product(org, product)
    sell(world, org, random, contacts)


def _people(world: World, org: CrmOrg) -> None:
    """A profile for selling that may not send e-mail, who has it, and somebody who left."""
    denied = {"Crm_Implied_Send_Email", "Crm_Implied_Delete_Accounts", "Crm_Implied_Delete_Deals"}
    org.profiles.append(Profile(org.next_id(), "Sales", is_custom=True, denied=frozenset(denied)))
    for user in org.users.values():
        if user.first_name == SALES_MAN:
            user.profile_id = org.profiles[-1].id
    for first, last, profile, status in MORE_PEOPLE:
        email = f"{first}.{last}@{world.main.name}.example".lower()
        org.add_user(first, last, email, org.founded, profile=profile).status = status


def _fields(org: CrmOrg) -> None:
    """What the agency added: the tick by which billing knows its customers, and some more; a stage of its own."""
    org.add_field("Accounts", "Invoice Sync", "boolean")
    org.add_field("Contacts", "Invoice Sync", "boolean")
    org.add_field("Accounts", "VAT number", "text", length=30)
    org.add_field("Accounts", "Payment terms", "picklist", options=("14 days", "30 days", "60 days"))
    org.add_field("Contacts", "Newsletter", "boolean")
    org.add_field("Deals", "Purchase order", "text", length=50)
    stage = org.modules["Deals"].fields["Stage"]
    options = list(stage.options)
    won = next(place for place, option in enumerate(options) if option.value == "Closed Won")
    options.insert(won, Option(org.next_id(), *OWN_STAGE))
    org.modules["Deals"].fields["Stage"] = replace(stage, options=tuple(options))


def _views(org: CrmOrg) -> None:
    """Views with criteria, such as an owner makes to say what is billed."""
    rows = (
        ("Accounts", "Customers to bill", condition("Account_Type", "equal", "Customer"), ("Account_Name", "Phone")),
        ("Accounts", "Invoice sync", condition("Invoice_Sync", "equal", True), ("Account_Name", "Invoice_Sync")),
        ("Contacts", "Contacts with e-mail", condition("Email", "not_equal", "${EMPTY}"), ("Full_Name", "Email")),
        ("Contacts", "Invoice sync", condition("Invoice_Sync", "equal", True), ("Full_Name", "Invoice_Sync")),
        ("Deals", "Won this year and last", condition("Probability", "equal", 100), ("Deal_Name", "Amount")),
    )
    for module, name, criteria, shown in rows:
        org.views.append(View(org.next_id(), module, name, None, criteria, shown, is_mine=True, created_by=org.me.id))


def _account(org: CrmOrg, row: tuple[str, ...], owner: int) -> int:
    name, email, phone, street, city, state, country, code, currency = row
    place = {"Street": street, "City": city, "State": state or None, "Code": code, "Country": country}
    values = {
        "Account_Name": name, "Phone": phone, "Website": f"https://www.{email.partition('@')[2]}",
        **{f"Billing_{part}": value for part, value in place.items()}, "Account_Type": "Customer",
        "Currency": currency, "Owner": owner, "Payment_terms": "30 days", "Invoice_Sync": True,
    }  # fmt: skip
    return org.insert("Accounts", values, org.founded + timedelta(days=3)).id


def _other_account(org: CrmOrg, row: tuple[str, ...], owner: int) -> int:
    name, kind, city, country, phone, currency = row
    host = f"{name.replace(' ', '').lower()}-{city.lower()}.example"
    values = {
        "Account_Name": name, "Phone": phone, "Account_Type": kind, "Billing_City": city, "Billing_Country": country,
        "Website": f"https://www.{host}", "Currency": currency, "Owner": owner, "Invoice_Sync": kind == "Customer",
    }  # fmt: skip
    return org.insert("Accounts", values, org.founded + timedelta(days=90)).id


def _contact(org: CrmOrg, place: int, account: int) -> int:
    first, last = NAMES[place]
    row = org.records["Accounts"][account].values
    host = str(row["Website"]).removeprefix("https://www.")
    values: Json = {
        "First_Name": first, "Last_Name": last, "Email": f"{first}.{last}@{host}".lower().replace(" ", ""),
        "Account_Name": account, "Phone": row["Phone"], "Title": TITLES[place % len(TITLES)],
        "Currency": row["Currency"], "Invoice_Sync": bool(row["Invoice_Sync"]),
        **{f"Mailing_{part}": row.get(f"Billing_{part}") for part in ("Street", "City", "State", "Country")},
        "Mailing_Zip": row.get("Billing_Code"),
    }  # fmt: skip
    return org.insert("Contacts", values, org.founded + timedelta(days=91)).id


def _loner(org: CrmOrg, row: tuple[str, ...]) -> None:
    first, last, email, phone, city = row
    values = {
        "First_Name": first, "Last_Name": last, "Email": email, "Phone": phone, "Mailing_City": city,
        "Currency": "USD", "Invoice_Sync": first == "Wilma",
    }  # fmt: skip
    org.insert("Contacts", values, org.founded + timedelta(days=92))


def _product(org: CrmOrg, row: tuple[str, str, float, str, str]) -> None:
    name, code, price, unit, category = row
    values = {
        "Product_Name": name, "Product_Code": code, "Unit_Price": price, "Usage_Unit": unit,
        "Product_Category": category, "Product_Active": not name.startswith("Discontinued"), "Taxable": True,
    }  # fmt: skip
    org.insert("Products", values, org.founded + timedelta(days=5))
