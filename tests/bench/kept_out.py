"""The pages about what stays out, over 5,000 kept-out records, against a hello page in the same layout."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from extensions import db
from models import Link
from sync.kept_out.figures import COLUMNS, figures
from tests import factories
from tests.bench.measure import Asked, Figure, compare
from tests.bench.pages import add_hello, browser_get, statements
from tests.bench.place import place

RECORDS = 5_000
PROJECTS = 60
REPEAT = 10
BASE = "/settings/integrations/zoho_projects"
PAGES = {
    "details": (BASE, "≤ 4×"),
    "error details": (f"{BASE}/errors", "≤ 4×"),
    "one reason": (f"{BASE}/errors/time_entries/TS-NOT-APPROVED", "≤ 4×"),
    "why": (f"{BASE}/../why?q=4000100", "≤ 4×"),
    "dashboard": ("/", "≤ 4×"),
}


def run(asked: Asked) -> Iterator[Figure]:
    """Each page and the hello page in turn, signed in as the owner."""
    with place(asked) as app:
        add_hello(app)
        fill()
        browser = factories.sign_in(app.test_client(), factories.make_user("Olga Marsh", "owner"))
        own = len(statements(browser, "/bench-hello"))
        for name, (address, goal) in PAGES.items():
            if browser_get(browser, address) != 200:
                yield Figure(f"{name}: not there", "–", goal)
                continue
            count = len(statements(browser, address)) - own
            compared = compare(
                asked.rounds,
                lambda address=address: browser_get(browser, address),
                lambda: browser_get(browser, "/bench-hello"), REPEAT,
            )  # fmt: skip
            yield Figure(f"{name}, {RECORDS} kept out: CPU against hello, statements", f"{compared.text()}, {count}",
                         goal, asked.rounds)  # fmt: skip


def fill() -> None:
    """A connected portal that keeps projects out, and hours for their projects' sake and for their own."""
    random = Random(3)
    integration = factories.make_integration()
    modules = ("customers", "projects", "users", "milestones", "tasks", "bugs", "time_entries")
    factories.make_run(integration, {module: {"state": "ok"} for module in modules})
    shared = {"integration_id": integration.id, "content_hash": b"\0" * 16, "is_waiting": True, "outcome": "failed"}
    rows = [
        shared | {"module": "projects", "remote_id": str(1_000 + number), "reason": "PRJ-NO-PRIMARY",
                  "detail": {"name": f"Project {number}"}, "kept": {"fields": {"name": f"Project {number}"}}}
        for number in range(PROJECTS)
    ]  # fmt: skip
    for number in range(RECORDS):
        project = 1_000 + random.randrange(PROJECTS)
        code = random.choice(("TS-NO-PRIMARY", "TS-NOT-APPROVED", "TS-MAX-HOURS"))
        fields = {"project": str(project), "seconds": 900 * random.randrange(1, 33), "notes": "Worked " * 8,
                  "user": str(random.randrange(40)), "date": "2026-11-02", "status": "Pending"}  # fmt: skip
        detail = {"name": "2026-11-02 · Worked", "hours": "2:00", "date": "2026-11-02"}
        if code == "TS-NO-PRIMARY":
            detail |= {"parent": str(project), "parent_module": "projects"}
        rows.append(shared | {"module": "time_entries", "remote_id": str(4_000_000 + number), "reason": code,
                              "detail": detail, "kept": {"fields": fields}})  # fmt: skip
    for row in rows:
        row |= dict(zip(COLUMNS, figures(row["detail"], row["kept"]), strict=True))
    db.session.execute(db.insert(Link), rows)
    db.session.execute(db.text("ANALYZE"))
    db.session.commit()
