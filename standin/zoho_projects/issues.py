"""Views: issues (zoho-projects-wire §3.4, §4.6). `/bugs` is not a V3 path."""

from __future__ import annotations

from typing import Any

from flask import request

from standin.current import world
from standin.world.portal import MissingError, Portal
from standin.world.records import Issue, Project
from standin.zoho_projects import getters
from standin.zoho_projects.bodies.projects import comment_body
from standin.zoho_projects.bodies.work import issue_body
from standin.zoho_projects.errors import answer, bad_type, missing_input, no_content
from standin.zoho_projects.filters import asked_filter
from standin.zoho_projects.gate import portal_route, project_route
from standin.zoho_projects.paging import list_of
from standin.zoho_projects.payload import (
    Reader,
    Values,
    a_date,
    choice,
    ignored,
    json_body,
    linked,
    linked_list,
    read,
    text,
)

READ = ("bugs", "READ")
CREATE = ("bugs", "CREATE")
UPDATE = ("bugs", "UPDATE")
DELETE = ("bugs", "DELETE")


def picked(name: str) -> Reader:
    """A pick list value by its text; ids of pick lists are not published, so {"value": …} is what works here."""

    def reader(key: str, value: Any) -> Values:
        if not isinstance(value, dict):
            raise bad_type(key)
        return {name: str(value["value"])} if "value" in value else {}

    return reader


ISSUE = {
    "name": text("name", 2_000),
    "description": text("description"),
    "flag": choice("flag", "internal", "external"),
    "assignee": linked("assignee", "zpuid"),
    "status": linked("status"),
    "due_date": a_date("due"),
    "severity": picked("severity"),
    "classification": picked("classification"),
    "module": picked("module"),
    "is_it_reproducible": picked("reproducible"),
    "tags": linked_list("tags"),
    **dict.fromkeys(
        ("release_milestone", "affected_milestone", "rate_per_hour", "cost_rate_per_hour", "followers"), ignored
    ),
}


@portal_route("/issues", "GET", READ)
def portal_issues(portal: Portal) -> Any:
    """The issues of all projects outside the bin."""
    return _listed(portal, portal.live("issue"))


@project_route("/issues", "GET", READ)
def issues(portal: Portal, project: Project) -> Any:
    """The issues of a project."""
    return _listed(portal, project.issues)


@project_route("/issues", "POST", CREATE)
def create(portal: Portal, project: Project) -> Any:
    """A new issue."""
    values = read(ISSUE, json_body(), portal, "issues", required=("name",))
    issue = world().edit("issue.add", portal=portal.id, project=project.id, **values)
    return answer(issue_body(issue), 201)


@project_route("/issues/customviews", "GET", READ)
def custom_views(portal: Portal, project: Project) -> Any:
    """The built-in views."""
    return {"default_views": [{"custom_view_id": "1817452000000078001", "name": "All Open"}]}


@project_route("/issues/<int:key>", "GET", READ)
def issue(portal: Portal, project: Project, key: int) -> Any:
    """One issue — as a bare array of one."""
    return [issue_body(_issue(portal, project, key))]


@project_route("/issues/<int:key>", "PATCH", UPDATE)
def update(portal: Portal, project: Project, key: int) -> Any:
    """Change an issue; the answer is the issue."""
    values = read(ISSUE, json_body(), portal, "issues")
    found = _issue(portal, project, key)
    return issue_body(world().edit("issue.set", portal=portal.id, id=found.id, **values))


@project_route("/issues/<int:key>", "DELETE", DELETE)
def delete(portal: Portal, project: Project, key: int) -> Any:
    """An issue goes, with its logs: 204."""
    world().edit("issue.delete", portal=portal.id, id=_issue(portal, project, key).id)
    return no_content()


@project_route("/issues/<int:key>/comments", "GET", READ)
def comments(portal: Portal, project: Project, key: int) -> Any:
    """The comments under an issue."""
    return list_of("comments", _issue(portal, project, key).comments, comment_body)


@project_route("/issues/<int:key>/comments", "POST", CREATE)
def add_comment(portal: Portal, project: Project, key: int) -> Any:
    """A new comment."""
    found, words = _issue(portal, project, key), json_body().get("comment")
    if not isinstance(words, str) or not words:
        raise missing_input("comment")
    line = world().edit("comment.add", portal=portal.id, kind="issue", id=found.id, text=words)
    return answer([comment_body(line)], 201)


def _listed(portal: Portal, rows: list[Issue]) -> Any:
    if wanted := request.args.get("issue_ids"):
        rows = [issue for issue in rows if str(issue.id) in wanted.strip("[]").replace('"', "").split(",")]
    test = asked_filter(getters.with_custom_fields(getters.ISSUE, portal, "issues"))
    if test is not None:
        rows = [issue for issue in rows if test(issue)]
    return list_of("issues", rows, issue_body, style="issues")


def _issue(portal: Portal, project: Project, key: int) -> Issue:
    found: Issue = portal.find("issue", key)
    if found.project is not project:
        raise MissingError(f"no issue {key}")
    return found
