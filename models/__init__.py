"""The tables, one file per family; importing this package makes them all known to the migrations."""

from models.approval import ApprovalAnswer, ApprovalRequest
from models.attachment import Attachment
from models.audit import AuditEntry
from models.billing import (
    Allocation,
    EntryChange,
    NumberSeries,
    Tax,
    Transaction,
    TransactionLine,
)
from models.conflict import Conflict, MatchChoice
from models.credit import CreditPick
from models.customer import ContactPerson, Customer, CustomField
from models.customer_merge import CustomerMerge
from models.deal import Deal, DealTrigger
from models.exchange import ExchangeRate
from models.expense import Expense, ExpenseAllocation, ExpenseCategory
from models.file_import import FileImport, FileImportRow
from models.finance import FinanceLink, FrameOrigin
from models.hint import Hint
from models.imported import ImportBatch, ImportedEntry, ImportedTransaction
from models.integration import (
    BeforeImage,
    Credential,
    Integration,
    Link,
    SyncRun,
    SyncRunModule,
)
from models.item import Item, ItemPrice
from models.item_allocation import ItemAllocation
from models.lease import Lease
from models.mail import MailMessage
from models.mail_template import MailTemplate
from models.organisation import Organisation
from models.outbox import Outbox
from models.payment import Payment, Settlement
from models.profile import PanelSession, Profile, RemotePerson
from models.project import Bug, Milestone, Project, ProjectStaff, Task
from models.pushing import Push, WatchChannel
from models.rate import DatedRate
from models.reminder import ReminderHold, ReminderRule, ReminderSent
from models.remote_calls import RemoteCalls
from models.second_step import RecoveryCode, SecondStep
from models.subscription import Subscription
from models.tax_sum import TransactionTax
from models.terms import PaymentTerm
from models.time_entry import TimeEntry
from models.user import OneTimeLink, User, UserSession

__all__ = [
    "Allocation",
    "ApprovalAnswer",
    "ApprovalRequest",
    "Attachment",
    "AuditEntry",
    "BeforeImage",
    "Bug",
    "Conflict",
    "ContactPerson",
    "Credential",
    "CreditPick",
    "CustomField",
    "Customer",
    "CustomerMerge",
    "DatedRate",
    "Deal",
    "DealTrigger",
    "EntryChange",
    "ExchangeRate",
    "Expense",
    "ExpenseAllocation",
    "ExpenseCategory",
    "FileImport",
    "FileImportRow",
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
    "MailTemplate",
    "MatchChoice",
    "Milestone",
    "NumberSeries",
    "OneTimeLink",
    "Organisation",
    "Outbox",
    "PanelSession",
    "Payment",
    "PaymentTerm",
    "Profile",
    "Project",
    "ProjectStaff",
    "Push",
    "RecoveryCode",
    "ReminderHold",
    "ReminderRule",
    "ReminderSent",
    "RemoteCalls",
    "RemotePerson",
    "SecondStep",
    "Settlement",
    "Subscription",
    "SyncRun",
    "SyncRunModule",
    "Task",
    "Tax",
    "TimeEntry",
    "Transaction",
    "TransactionLine",
    "TransactionTax",
    "User",
    "UserSession",
    "WatchChannel",
]
