"""Which fields the standard modules have (zoho-crm-wire §3.6, §4), and what a field is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: data_type → (json_type, ui_type, usual length) as in a real dump (§3.6)
TYPES: dict[str, tuple[str, int, int]] = {
    "text": ("string", 1, 255), "textarea": ("string", 3, 32000), "email": ("string", 25, 100),
    "phone": ("string", 33, 30), "website": ("string", 21, 255), "picklist": ("string", 2, 120),
    "multiselectpicklist": ("jsonarray", 100, 2000), "integer": ("integer", 32, 9), "bigint": ("string", 52, 18),
    "double": ("double", 38, 16), "currency": ("double", 36, 16), "percent": ("double", 34, 5),
    "date": ("string", 24, 20), "datetime": ("string", 333, 20), "boolean": ("boolean", 301, 5),
    "lookup": ("jsonobject", 133, 50), "ownerlookup": ("jsonobject", 8, 120), "userlookup": ("jsonobject", 8, 120),
    "autonumber": ("string", 777, 255), "tag": ("jsonarray", 209, 2000),
}  # fmt: skip
#: what the wire calls the type of a tag field
WIRE_TYPES = {"tag": "text"}
#: the types that POST /settings/fields may make, with the longest length of each
CREATABLE = {
    "text": 255, "textarea": 50000, "email": 100, "phone": 30, "integer": 9, "currency": 16, "percent": 5,
    "bigint": 18, "double": 18, "website": 450, "date": 20, "datetime": 20, "boolean": 5, "picklist": 120,
    "multiselectpicklist": 2000,
}  # fmt: skip


@dataclass(slots=True, frozen=True)
class Option:
    """A value of a picklist; a stage has a probability and a forecast type."""

    id: int
    value: str
    probability: int | None = None
    forecast: str = ""


@dataclass(slots=True, frozen=True)
class CrmField:
    """One field of one module."""

    id: int
    api_name: str
    label: str
    data_type: str
    length: int = 0
    is_mandatory: bool = False
    is_read_only: bool = False
    is_custom: bool = False
    is_unique: bool = False
    #: the module that a lookup points into
    target: str = ""
    options: tuple[Option, ...] = ()
    #: ids of the profiles that do not see the field
    hidden_for: frozenset[int] = frozenset()

    @property
    def json_type(self) -> str:
        """What values look like in JSON."""
        return TYPES[self.data_type][0]

    @property
    def longest(self) -> int:
        """The most characters or digits of a value."""
        return self.length or TYPES[self.data_type][2]


ACCOUNT_TYPES = (
    "Analyst", "Competitor", "Customer", "Distributor", "Integrator", "Investor", "Other", "Partner", "Press",
    "Prospect", "Reseller", "Supplier", "Vendor",
)  # fmt: skip
INDUSTRIES = (
    "Communications", "Education", "Financial Services", "Government/Military", "Manufacturing", "Non-profit",
    "Real Estate", "Service Provider", "Technology", "Travel",
)  # fmt: skip
RATINGS = ("Acquired", "Active", "Market Failed", "Project Cancelled", "Shut Down")
OWNERSHIPS = (
    "Government", "Other", "Private", "Privately Held", "Public", "Public Company", "Partnership", "Subsidiary",
)  # fmt: skip
SOURCES = (
    "Advertisement", "Cold Call", "Employee Referral", "External Referral", "Online Store", "Partner",
    "Public Relations", "Seminar Partner", "Trade Show", "Web Download", "Web Research", "Chat",
)  # fmt: skip
SALUTATIONS = ("Mr.", "Mrs.", "Ms.", "Dr.", "Prof.")
USAGE_UNITS = (
    "Box", "Carton", "Dozen", "Each", "Hours", "Lot", "M", "Pack", "Pages", "Pieces", "Quantity", "Reams", "Sheet",
    "Spiral Binder", "Square Feet",
)  # fmt: skip
#: stage, probability, forecast type (§3.9)
STAGES = (
    ("Qualification", 10, "Open"), ("Needs Analysis", 20, "Open"), ("Value Proposition", 40, "Open"),
    ("Identify Decision Makers", 60, "Open"), ("Proposal/Price Quote", 75, "Open"),
    ("Negotiation/Review", 90, "Open"), ("Closed Won", 100, "Closed Won"), ("Closed Lost", 0, "Closed Lost"),
    ("Closed Lost to Competition", 0, "Closed Lost"),
)  # fmt: skip
PIPELINE = "Standard (Standard)"

Row = tuple[Any, ...]


def _address(prefix: str, code: str) -> tuple[Row, ...]:
    parts = (("Street", 250), ("City", 100), ("State", 100), (code, 30), ("Country", 100))
    return tuple((f"{prefix}_{part}", f"{prefix} {part}", "text", {"length": length}) for part, length in parts)


#: of every module, in this order after its own fields
SYSTEM: tuple[Row, ...] = (
    ("Owner", "{one} Owner", "ownerlookup", {}),
    ("Created_By", "Created By", "ownerlookup", {"is_read_only": True}),
    ("Modified_By", "Modified By", "ownerlookup", {"is_read_only": True}),
    ("Created_Time", "Created Time", "datetime", {"is_read_only": True}),
    ("Modified_Time", "Modified Time", "datetime", {"is_read_only": True}),
    ("Last_Activity_Time", "Last Activity Time", "datetime", {"is_read_only": True}),
    ("Tag", "Tag", "tag", {}),
    ("Currency", "Currency", "picklist", {"options": ("USD", "EUR", "GBP")}),
    ("Exchange_Rate", "Exchange Rate", "double", {}),
)

#: module → fields: api name, label, data type, and what differs from the usual
FIELDS: dict[str, tuple[Row, ...]] = {
    "Accounts": (
        ("Account_Name", "Account Name", "text", {"length": 200, "is_mandatory": True}),
        ("Phone", "Phone", "phone", {}), ("Fax", "Fax", "text", {"length": 30}),
        ("Website", "Website", "website", {}), ("Account_Number", "Account Number", "bigint", {}),
        ("Account_Site", "Account Site", "text", {"length": 80}),
        ("Account_Type", "Account Type", "picklist", {"options": ACCOUNT_TYPES}),
        ("Industry", "Industry", "picklist", {"options": INDUSTRIES}),
        ("Annual_Revenue", "Annual Revenue", "currency", {}), ("Rating", "Rating", "picklist", {"options": RATINGS}),
        ("Ownership", "Ownership", "picklist", {"options": OWNERSHIPS}), ("Employees", "Employees", "integer", {}),
        ("SIC_Code", "SIC Code", "integer", {}), ("Ticker_Symbol", "Ticker Symbol", "text", {"length": 30}),
        ("Parent_Account", "Parent Account", "lookup", {"target": "Accounts"}),
        *_address("Billing", "Code"), *_address("Shipping", "Code"),
        ("Description", "Description", "textarea", {}),
    ),
    "Contacts": (
        ("Last_Name", "Last Name", "text", {"length": 80, "is_mandatory": True}),
        ("First_Name", "First Name", "text", {"length": 40}),
        ("Full_Name", "Full Name", "text", {"is_read_only": True}),
        ("Salutation", "Salutation", "picklist", {"options": SALUTATIONS}),
        ("Account_Name", "Account Name", "lookup", {"target": "Accounts"}), ("Email", "Email", "email", {}),
        ("Secondary_Email", "Secondary Email", "email", {}), ("Phone", "Phone", "phone", {}),
        ("Mobile", "Mobile", "phone", {}), ("Home_Phone", "Home Phone", "phone", {}),
        ("Other_Phone", "Other Phone", "phone", {}), ("Asst_Phone", "Asst Phone", "phone", {}),
        ("Fax", "Fax", "text", {"length": 30}), ("Title", "Title", "text", {"length": 100}),
        ("Department", "Department", "text", {"length": 50}), ("Assistant", "Assistant", "text", {"length": 50}),
        ("Date_of_Birth", "Date of Birth", "date", {}),
        ("Reporting_To", "Reporting To", "lookup", {"target": "Contacts"}),
        ("Lead_Source", "Lead Source", "picklist", {"options": SOURCES}),
        ("Email_Opt_Out", "Email Opt Out", "boolean", {}), ("Skype_ID", "Skype ID", "text", {"length": 50}),
        ("Twitter", "Twitter", "text", {"length": 50}), *_address("Mailing", "Zip"), *_address("Other", "Zip"),
        ("Description", "Description", "textarea", {}),
    ),
    "Deals": (
        ("Deal_Name", "Deal Name", "text", {"length": 120, "is_mandatory": True}),
        ("Stage", "Stage", "picklist", {"is_mandatory": True, "options": STAGES}),
        ("Pipeline", "Pipeline", "picklist", {"is_mandatory": True, "options": (PIPELINE,)}),
        ("Account_Name", "Account Name", "lookup", {"target": "Accounts"}),
        ("Contact_Name", "Contact Name", "lookup", {"target": "Contacts"}), ("Amount", "Amount", "currency", {}),
        ("Closing_Date", "Closing Date", "date", {}), ("Probability", "Probability (%)", "integer", {"length": 3}),
        ("Expected_Revenue", "Expected Revenue", "currency", {"is_read_only": True}),
        ("Type", "Type", "picklist", {"options": ("Existing Business", "New Business")}),
        ("Lead_Source", "Lead Source", "picklist", {"options": SOURCES}),
        ("Next_Step", "Next Step", "text", {"length": 100}),
        ("Reason_For_Loss__s", "Reason For Loss", "picklist", {"options": ("Budget", "Competitor", "Timing", "Other")}),
        ("Description", "Description", "textarea", {}),
    ),
    "Products": (
        ("Product_Name", "Product Name", "text", {"length": 200, "is_mandatory": True}),
        ("Product_Code", "Product Code", "text", {"length": 40}), ("Product_Active", "Product Active", "boolean", {}),
        ("Product_Category", "Product Category", "picklist",
         {"options": ("Hardware", "Software", "CRM Applications", "Services")}),
        ("Manufacturer", "Manufacturer", "picklist", {"options": ("AltvetPet Inc.", "LexPon Inc.", "MetBeat Corp.")}),
        ("Unit_Price", "Unit Price", "currency", {}), ("Commission_Rate", "Commission Rate", "currency", {}),
        ("Taxable", "Taxable", "boolean", {}), ("Usage_Unit", "Usage Unit", "picklist", {"options": USAGE_UNITS}),
        ("Qty_in_Stock", "Quantity in Stock", "double", {}), ("Qty_Ordered", "Qty Ordered", "double", {}),
        ("Reorder_Level", "Reorder Level", "double", {}), ("Qty_in_Demand", "Quantity in Demand", "double", {}),
        ("Sales_Start_Date", "Sales Start Date", "date", {}), ("Sales_End_Date", "Sales End Date", "date", {}),
        ("Support_Start_Date", "Support Start Date", "date", {}),
        ("Support_Expiry_Date", "Support Expiry Date", "date", {}),
        ("Description", "Description", "textarea", {}),
    ),
}  # fmt: skip


@dataclass(slots=True)
class CrmModule:
    """A module: its words, its fields by API name, and the field that names a record."""

    id: int
    api_name: str
    singular: str
    plural: str
    name_field: str
    layout_id: int
    fields: dict[str, CrmField] = field(default_factory=dict)
    #: visible, user_hidden or system_hidden
    status: str = "visible"
    #: ids of the profiles that do not see the module
    hidden_for: frozenset[int] = frozenset()
    #: fields that were taken away and may come back
    gone: dict[str, CrmField] = field(default_factory=dict)

    @property
    def internal_name(self) -> str:
        """The name from before Deals were called Deals."""
        return {"Deals": "Potentials"}.get(self.api_name, self.api_name)

    def add(self, made: CrmField) -> CrmField:
        """Put a field there, or another version of it."""
        self.fields[made.api_name] = made
        return made
