"""The tables, one file per family; importing this package makes them all known to the migrations."""

from models.audit import AuditEntry
from models.billing import (
    Allocation,
    EntryChange,
    NumberSeries,
    Tax,
    Transaction,
    TransactionLine,
)
from models.customer import ContactPerson, Customer, CustomField
from models.expense import Expense, ExpenseAllocation, ExpenseCategory
from models.finance import FinanceLink, FrameOrigin
from models.hint import Hint
from models.imported import ImportBatch, ImportedEntry, ImportedTransaction
from models.integration import (
    BeforeImage,
    Credential,
    Integration,
    Link,
    RemoteCalls,
    SyncRun,
    SyncRunModule,
)
from models.item import Item, ItemPrice
from models.item_allocation import ItemAllocation
from models.lease import Lease
from models.mail import MailMessage
from models.organisation import Organisation
from models.outbox import Outbox
from models.payment import Payment, Settlement
from models.project import Bug, Milestone, Project, ProjectStaff, Task
from models.subscription import Subscription
from models.time_entry import TimeEntry
from models.user import OneTimeLink, User, UserSession

__all__ = [
    "Allocation",
    "AuditEntry",
    "BeforeImage",
    "Bug",
    "ContactPerson",
    "Credential",
    "CustomField",
    "Customer",
    "EntryChange",
    "Expense",
    "ExpenseAllocation",
    "ExpenseCategory",
    "FinanceLink",
    "FrameOrigin",
    "Hint",
    "ImportBatch",
    "ImportedEntry",
    "ImportedTransaction",
    "Integration",
    "Item",
    "ItemAllocation",
    "ItemPrice",
    "Lease",
    "Link",
    "MailMessage",
    "Milestone",
    "NumberSeries",
    "OneTimeLink",
    "Organisation",
    "Outbox",
    "Payment",
    "Project",
    "ProjectStaff",
    "RemoteCalls",
    "Settlement",
    "Subscription",
    "SyncRun",
    "SyncRunModule",
    "Task",
    "Tax",
    "TimeEntry",
    "Transaction",
    "TransactionLine",
    "User",
    "UserSession",
]
