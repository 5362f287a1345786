"""The things a portal holds: people, client companies, projects, and the work inside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from standin.world.timelogs import TimeLog

Json = dict[str, Any]


@dataclass(slots=True, eq=False, kw_only=True)
class Record:
    """What every record has. `raw` is laid over the record's JSON last; a None in it drops the key."""

    id: int
    created: datetime
    modified: datetime
    raw: Json | None = None


@dataclass(slots=True, frozen=True)
class Status:
    """A step in a workflow, as shown in `status` objects (zoho-projects-wire §4.4, §4.5)."""

    id: int
    name: str
    color: str
    is_closed: bool = False


@dataclass(slots=True, frozen=True)
class CustomField:
    """A field that the portal's owner added; values stand flat in bodies under `api_name` (§4.9)."""

    id: int
    module: str
    api_name: str
    label: str
    field_type: str
    options: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, kw_only=True)
class Tag(Record):
    """A coloured word that can hang on most records."""

    name: str
    color_class: str = "bg-tag1"


@dataclass(slots=True, eq=False, kw_only=True)
class User(Record):
    """A person; `id` is the zpuid, `zuid` the account number, `client` the company of a client user."""

    zuid: int
    email: str
    first_name: str
    last_name: str
    active: bool = True
    role: str = "Employee"
    profile: str = "Employee"
    rate: int = 0
    client: Client | None = None
    reference: Json | None = None

    @property
    def full_name(self) -> str:
        """First and last name as one line."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True, eq=False, kw_only=True)
class Client(Record):
    """A client company. Its wire shape is an assumption (§6)."""

    name: str
    email: str = ""
    phone: str = ""
    website: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    zip_code: str = ""
    currency: str = "USD"


@dataclass(slots=True, eq=False, kw_only=True)
class Project(Record):
    """A project with everything inside it; `trashed` is the moment it went into the bin."""

    key: str
    name: str
    status: Status
    owner: User
    created_by: User
    updated_by: User
    description: str = ""
    type: str = "active"
    public: bool = False
    start: date | None = None
    end: date | None = None
    budget: Json = field(default_factory=dict)
    group: str = "Ungrouped Projects"
    fields: Json = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    primary: Client | None = None
    users: list[User] = field(default_factory=list)
    tasklists: list[Tasklist] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    feed: list[Comment] = field(default_factory=list)
    logs: list[TimeLog] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    trashed: datetime | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Work(Record):
    """What tasks, issues, task lists and milestones share: a project and an author."""

    project: Project
    name: str
    created_by: User
    updated_by: User


@dataclass(slots=True, eq=False, kw_only=True)
class Milestone(Work):
    """A dated goal; answers under the key `milestones` on both /milestones and /phases."""

    owner: User
    start: date | None = None
    end: date | None = None
    flag: str = "internal"
    closed: bool = False
    sequence: int = 1


@dataclass(slots=True, eq=False, kw_only=True)
class Tasklist(Work):
    """A heading under which tasks stand; every project has one general list."""

    milestone: Milestone | None = None
    flag: str = "internal"
    status: str = "active"
    general: bool = False
    sequence: int = 1


@dataclass(slots=True, eq=False, kw_only=True)
class Task(Work):
    """A piece of work; `work_minutes` is the planned effort."""

    prefix: str
    status: Status
    tasklist: Tasklist
    description: str = ""
    parent: Task | None = None
    owners: list[User] = field(default_factory=list)
    start: date | None = None
    end: date | None = None
    priority: str = "none"
    billing_type: str = "billable"
    completion: int = 0
    work_minutes: int = 0
    fields: Json = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    logs: list[TimeLog] = field(default_factory=list)


@dataclass(slots=True, eq=False, kw_only=True)
class Issue(Work):
    """A bug; its pick lists answer as {id, value} (§4.6)."""

    prefix: str
    status: Status
    description: str = ""
    assignee: User | None = None
    severity: str = "Minor"
    classification: str = "Other bug"
    module: str = "None"
    reproducible: str = "Always"
    due: date | None = None
    flag: str = "internal"
    fields: Json = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    logs: list[TimeLog] = field(default_factory=list)


@dataclass(slots=True, eq=False, kw_only=True)
class Comment(Record):
    """A line of talk under a task or an issue, or in a project's feed."""

    text: str
    author: User
