from __future__ import annotations
from pathlib import Path
import pytest
from extensions import db
from standin import World
from tests.conftest import serve_world
from models import Project, TimeEntry, SyncRun
from tests.syncing import connect, TEST
from sync import undo
from tests.e2e.test_looks import AXE, violations
from billing import transactions
from billing.transactions import TimeChoice
OUT = Path("/tmp/c_looks"); OUT.mkdir(exist_ok=True)
HOME = "/settings/integrations/zoho_projects"

def test_look(app, people, standin, live, chromium):
    portal = connect(standin)
    clients = [portal.client(f"Client {n}") for n in range(3)]
    worker = portal.edit("user.add", first_name="Asha", last_name="Rao", email="asha@acme.example")
    ids = []
    for n in range(12):
        p = portal.project(f"Project with a longer name {n:02}", clients[n % 3]); t = portal.task(p, f"Design {n}")
        ids.append(p)
        for k in range(3): portal.log(p, t, owner=worker, minutes=90)
        portal.log(p, t, owner=worker, billable=False)
    first = portal.sync()
    for n in (1, 2): portal.edit("project.set", id=ids[n], name=f"Renamed {n}", description="A new description")
    second = portal.sync()
    portal.local(Project, "projects", ids[1]).name = "By hand"
    e = db.session.scalars(db.select(TimeEntry)).first()
    made = transactions.start_from_time(TimeChoice((e.project_id,), entry_ids=(e.id,)), TEST); transactions.issue(made, TEST)
    db.session.commit()
    portal.edit("project.trash_many", count=4)
    third = portal.sync()
    done = undo.undo(portal.integration, db.session.get_one(SyncRun, second.id), TEST); db.session.commit()
    from tests import factories
    token = factories.new_session(people.olga)
    from blueprints.sessions import cookie_name
    name = cookie_name()
    urls = {"details": HOME, "history": f"{HOME}/history", "run1": f"{HOME}/runs/{first.id}?what=added", "run2": f"{HOME}/runs/{second.id}",
            "undo1": f"{HOME}/runs/{first.id}/undo", "undone": f"{HOME}/runs/{done.id}", "removals": f"{HOME}/removals"}
    for scheme in ("light", "dark"):
        for width in (1440, 390):
            context = chromium.new_context(base_url=live, viewport={"width": width, "height": 900}, color_scheme=scheme)
            context.add_cookies([{"name": name, "value": token, "url": live}])
            page = context.new_page()
            for key, url in urls.items():
                page.goto(url)
                wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
                print(scheme, width, key, "WIDE" if wide else "", violations(page))
                if scheme == "light" or key in ("run2", "undo1"):
                    page.screenshot(path=OUT / f"{key}-{scheme}-{width}.png", full_page=True)
            context.close()
