"""Links as a file: written out whole, taken in only where it is true and free."""

from __future__ import annotations

import csv
import io
import json

import pytest

from extensions import db
from models import Customer, Link, Project, TimeEntry
from sync import linkfile
from sync.invariants import broken_invariants
from sync.linkfile import BadLinkFile
from tests.factories import make_customer
from tests.integration.connecting import PAGE, text_of
from tests.syncing import TEST, connect

pytestmark = pytest.mark.req("M-17")


@pytest.fixture
def portal(organisation, standin):
    """A synced portal: one customer, one project, a task, two hours, and a project that is kept out."""
    found = connect(standin)
    project = found.project(client=found.client("=cmd|Zylker", email="office@zylker.example"))
    task = found.task(project)
    found.ids = {"project": project, "task": task, "log": found.log(project, task), "other": found.log(project)}
    found.ids["orphan"] = found.project("Orphan")
    found.sync()
    return found


def written(integration) -> bytes:
    return "".join(linkfile.as_json(integration)).encode()


def forget_links(*modules: str) -> None:
    """As after moving to a fresh installation: the rows are here, the links are not."""
    db.session.execute(db.delete(Link).where(Link.module.in_(modules)) if modules else db.delete(Link))
    db.session.commit()


def counts(integration, content: bytes) -> dict[str, int]:
    return dict(linkfile.check(integration, linkfile.parse(content)).counts)


@pytest.mark.both_databases
def test_the_file_holds_every_link_with_the_name_of_its_record(portal):
    stored = json.loads(written(portal.integration))

    assert stored["portal"] == {"id": portal.integration.scope_id, "name": "Brightline Studio"}
    by_id = {(row["module"], row["remote_id"]): row for row in stored["links"]}
    assert len(by_id) == db.session.scalar(db.select(db.func.count(Link.id)))
    project = portal.local(Project, "projects", portal.ids["project"])
    assert by_id["projects", portal.ids["project"]]["local_id"] == project.id
    assert by_id["projects", portal.ids["project"]]["name"] == "Website relaunch"
    assert by_id["time_entries", portal.ids["log"]]["name"] == "2026-06-15 3600"
    assert by_id["projects", portal.ids["orphan"]]["local_id"] is None


def test_a_spreadsheet_runs_nothing_of_it_and_it_can_still_be_taken_in(portal):
    text = "".join(linkfile.as_csv(portal.integration))
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    [customer] = [row for row in rows if row["module"] == "customers" and row["local_id"]]
    assert customer["name"] == "'=cmd|Zylker"
    forget_links("customers")
    assert counts(portal.integration, text.encode())["new"] == 1


@pytest.mark.both_databases
def test_lost_links_are_taken_in_and_the_next_comparison_doubles_nothing(portal):
    content = written(portal.integration)
    before = {model: sorted(db.session.scalars(db.select(model.id))) for model in (Customer, Project, TimeEntry)}
    forget_links()
    assert set(counts(portal.integration, content)) == {"new"}

    taken = linkfile.take_in(portal.integration, linkfile.parse(content), TEST)
    db.session.commit()
    assert broken_invariants() == []
    portal.sync()

    assert taken == len([row for row in json.loads(content)["links"] if row["local_id"]])
    assert {model: sorted(db.session.scalars(db.select(model.id))) for model in before} == before
    assert broken_invariants() == []


def test_taking_the_same_file_in_twice_adds_nothing(portal):
    content = written(portal.integration)

    assert set(counts(portal.integration, content)) == {"known"}
    assert linkfile.take_in(portal.integration, linkfile.parse(content), TEST) == 0


@pytest.mark.both_databases
def test_what_is_linked_otherwise_stays_as_it_is(portal):
    stored = json.loads(written(portal.integration))
    project = portal.local(Project, "projects", portal.ids["project"])
    other = Project(customer_id=project.customer_id, name="Another", currency="USD")
    db.session.add(other)
    db.session.commit()
    stored["links"] = [
        {"module": "projects", "remote_id": portal.ids["project"], "local_id": other.id, "name": "Another"},
        {"module": "projects", "remote_id": "777", "local_id": project.id, "name": project.name},
    ]
    content = json.dumps(stored).encode()

    assert counts(portal.integration, content) == {"taken": 2}
    assert linkfile.take_in(portal.integration, linkfile.parse(content), TEST) == 0
    assert portal.link("projects", portal.ids["project"]).local_id == project.id


def test_a_record_with_another_name_is_not_the_same_and_a_moved_one_is_found_by_its_name(portal):
    stored = json.loads(written(portal.integration))
    moved, twin = make_customer("Moved here"), make_customer("Twice")
    make_customer("Twice")
    db.session.commit()
    stored["links"] = [
        {"module": "customers", "remote_id": "1", "local_id": 999_999, "name": "Moved here"},
        {"module": "customers", "remote_id": "2", "local_id": moved.id, "name": "Somebody else"},
        {"module": "customers", "remote_id": "3", "local_id": 999_998, "name": "Twice"},
        {"module": "time_entries", "remote_id": "4", "local_id": twin.id + 900, "name": "2026-06-15 3600"},
        {"module": "customers", "remote_id": "5", "local_id": "99999999999999999999", "name": ""},
    ]

    foreseen = linkfile.check(portal.integration, linkfile.parse(json.dumps(stored).encode()))

    assert dict(foreseen.counts) == {"new": 1, "unknown": 4}
    assert [(pair.remote_id, pair.local_id) for pair in foreseen.new] == [("1", moved.id)]


def test_two_lines_about_one_record_make_one_link(portal):
    stored = json.loads(written(portal.integration))
    ours = make_customer("Ours")
    db.session.commit()
    line = {"module": "customers", "local_id": ours.id, "name": "Ours"}
    stored["links"] = [{**line, "remote_id": "1"}, {**line, "remote_id": "2"}]

    assert counts(portal.integration, json.dumps(stored).encode()) == {"new": 1, "taken": 1}


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"a,b\n1,2\n", b"{}", b'{"crossbill_links": 1}', b"[" * 100_000,
     b'{"crossbill_links": 1, "connector": "x", "portal": {"id": 1, "name": ""}, "links": [1]}'],
)  # fmt: skip
def test_what_is_no_file_of_links_is_refused_in_words(content, app):
    with app.app_context(), pytest.raises(BadLinkFile, match="no file of links"):
        linkfile.parse(content)


def test_the_file_of_another_portal_is_refused(portal):
    stored = json.loads(written(portal.integration))
    stored["portal"] = {"id": "4711", "name": "Elsewhere"}

    with pytest.raises(BadLinkFile, match="portal Elsewhere"):
        linkfile.check(portal.integration, linkfile.parse(json.dumps(stored).encode()))


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def browser(app, browser_of, olga):
    app.config["WTF_CSRF_ENABLED"] = False
    return browser_of(olga)


def test_the_page_shows_first_what_a_file_would_do_and_then_does_it(browser, portal, config):
    content = written(portal.integration)
    forget_links("tasks")

    shown = browser.post(f"{PAGE}/links/preview", data={"file": (io.BytesIO(content), "links.json")})
    [word] = [path.name.removeprefix("links-") for path in (config.data_folder / "uploads").iterdir()]

    assert "What links.json would do" in text_of(shown)
    assert "Would be added 1" in text_of(shown)
    assert f'value="{word}"' in shown.text
    assert portal.link("tasks", portal.ids["task"]) is None

    answer = browser.post(f"{PAGE}/links/take-in", data={"upload": word}, follow_redirects=True)

    assert "1 links were added" in text_of(answer)
    assert portal.link("tasks", portal.ids["task"]) is not None
    assert list((config.data_folder / "uploads").iterdir()) == []


def test_a_wrong_file_is_refused_beside_its_field(browser, portal):
    answer = browser.post(f"{PAGE}/links/preview", data={"file": (io.BytesIO(b"hello"), "x.txt")})

    assert answer.status_code == 422
    assert "This is no file of links from Crossbill." in text_of(answer)


@pytest.mark.parametrize("word", ["", "../secret_key", "x" * 32])
def test_a_word_that_no_upload_has_changes_nothing(browser, portal, word):
    answer = browser.post(f"{PAGE}/links/take-in", data={"upload": word}, follow_redirects=True)

    assert "That file is no longer here" in text_of(answer)


def test_both_files_can_be_downloaded(browser, portal):
    page = browser.get(f"{PAGE}/links").text
    number = portal.integration.id

    assert f"{PAGE}/links/{number}.csv" in page
    for kind in ("json", "csv"):
        answer = browser.get(f"{PAGE}/links/{number}.{kind}", buffered=True)
        assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
        assert "Website relaunch" in answer.text
