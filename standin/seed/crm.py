"""The agency's CRM: its people everywhere; in the demo also accounts, contacts, deals and products."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from standin.seed.base import PEOPLE, born_long_ago
from standin.seed.demo.companies import COMPANIES
from standin.world.crm import CrmOrg
from standin.world.crm.fields import PIPELINE, STAGES
from standin.world.crm.records import View

if TYPE_CHECKING:
    from standin.world import World

#: people of the studio who sell
SELLERS = 4
PRODUCTS = (
    ("Website care, monthly", "CARE-M", 480, "Quantity", "Services"),
    ("Design day", "DES-DAY", 960, "Each", "Services"),
    ("Accessibility audit", "A11Y", 3200, "Each", "Services"),
    ("Brand workshop", "BRAND-WS", 2400, "Each", "Services"),
    ("Hosting, yearly", "HOST-Y", 720, "Each", "Hardware"),
    ("Font licence", "FONT", 190, "Quantity", "Software"),
    ("Print supervision hour", "PRINT-H", 110, "Hours", "Services"),
    ("Discontinued kiosk", "KIOSK", 1500, "Each", "Hardware"),
)
NAMES = (
    ("Ingrid", "Vogel"), ("Callum", "Reid"), ("Priya", "Raman"), ("Odile", "Marchand"), ("Tomasz", "Wolak"),
    ("Hannah", "Brook"), ("Luis", "Ortega"), ("Marta", "Nilsen"), ("Grace", "Oyelaran"), ("Felix", "Baum"),
    ("Yuki", "Tanabe"), ("Nora", "Quinn"), ("Samir", "Aziz"), ("Elena", "Petrova"),
)  # fmt: skip
WORKS = ("Website relaunch", "Brand refresh", "Member portal", "Annual report", "Ticket shop", "Photo archive")


def found_crm(world: World) -> CrmOrg:
    """The organisation with its people and no records."""
    portal = world.main
    org = CrmOrg(portal.org_name, portal.timezone, born_long_ago(world))
    for place, (first, last, *_rest) in enumerate(PEOPLE[:SELLERS]):
        org.add_user(first, last, f"{first}.{last}@{portal.name}.example".lower(), org.founded, is_admin=place == 0)
    return org


def fill_demo_crm(world: World) -> None:
    """Accounts of the same names as the clients in Projects, and what was sold to them."""
    org, random = world.crm, Random(world.seed + 1)  # noqa: S311  (a repeatable world is the point)
    org.currencies |= {"EUR": 1.08, "GBP": 1.27}
    org.add_field("Accounts", "VAT number", "text", length=30)
    org.add_field("Accounts", "Payment terms", "picklist", options=("14 days", "30 days", "60 days"))
    org.add_field("Contacts", "Newsletter", "boolean")
    org.add_field("Deals", "Purchase order", "text", length=50)
    _views(org)
    people = list(org.users)
    accounts = [_account(world, org, row, random.choice(people)) for row in COMPANIES]
    contacts = [_contact(world, org, place, accounts[place % len(accounts)]) for place in range(len(NAMES))]
    for row in PRODUCTS:
        _product(world, org, row)
    for number in range(24):
        place = random.randrange(len(accounts))
        _deal(world, org, random, (accounts[place], contacts[place % len(contacts)], number))


def _views(org: CrmOrg) -> None:
    """Views with criteria, such as an owner makes to say what is billed."""
    billed = {"comparator": "equal", "field": {"api_name": "Account_Type"}, "type": "value", "value": "Customer"}
    has_mail = {"comparator": "not_equal", "field": {"api_name": "Email"}, "type": "value", "value": "${EMPTY}"}
    rows = (
        ("Accounts", "Customers to bill", billed, ("Account_Name", "Phone")),
        ("Contacts", "Contacts with e-mail", has_mail, ("Full_Name", "Email")),
    )
    for module, name, criteria, shown in rows:
        org.views.append(View(org.next_id(), module, name, None, criteria, shown, is_mine=True, created_by=org.me.id))


def _account(world: World, org: CrmOrg, row: tuple[str, ...], owner: int) -> int:
    name, email, phone, street, city, state, country, code, currency = row
    values = {
        "Account_Name": name, "Phone": phone, "Website": f"https://www.{email.partition('@')[2]}",
        "Billing_Street": street, "Billing_City": city, "Billing_State": state or None, "Billing_Code": code,
        "Billing_Country": country, "Account_Type": "Customer", "Currency": currency, "Owner": owner,
        "Payment_terms": "30 days",
    }  # fmt: skip
    return org.insert("Accounts", values, org.founded + timedelta(days=3)).id


def _contact(world: World, org: CrmOrg, place: int, account: int) -> int:
    first, last = NAMES[place]
    row = org.records["Accounts"][account]
    host = str(row.values["Website"]).removeprefix("https://www.")
    values = {
        "First_Name": first, "Last_Name": last, "Email": f"{first}.{last}@{host}".lower(), "Account_Name": account,
        "Phone": row.values["Phone"], "Title": "Head of communications", "Currency": row.values["Currency"],
        **{f"Mailing_{part}": row.values[f"Billing_{part}"] for part in ("Street", "City", "State", "Country")},
        "Mailing_Zip": row.values["Billing_Code"],
    }  # fmt: skip
    return org.insert("Contacts", values, org.founded + timedelta(days=4)).id


def _product(world: World, org: CrmOrg, row: tuple[str, str, int, str, str]) -> None:
    name, code, price, unit, category = row
    values = {
        "Product_Name": name, "Product_Code": code, "Unit_Price": price, "Usage_Unit": unit,
        "Product_Category": category, "Product_Active": not name.startswith("Discontinued"), "Taxable": True,
    }  # fmt: skip
    org.insert("Products", values, org.founded + timedelta(days=5))


def _deal(world: World, org: CrmOrg, random: Random, about: tuple[int, int, int]) -> None:
    account, contact, number = about
    born = world.built_at - timedelta(days=random.randrange(5, 500))
    stage = random.choice(STAGES)[0]
    name = f"{WORKS[number % len(WORKS)]} · {org.records['Accounts'][account].values['Account_Name']}"
    org.insert("Deals", {
        "Deal_Name": name, "Stage": stage, "Pipeline": PIPELINE, "Account_Name": account, "Contact_Name": contact,
        "Amount": random.randrange(15, 400) * 100, "Closing_Date": (born + timedelta(days=60)).date().isoformat(),
        "Type": random.choice(("Existing Business", "New Business")),
        "Currency": org.records["Accounts"][account].values["Currency"],
    }, born)  # fmt: skip
