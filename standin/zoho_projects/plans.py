"""Views: task lists, and milestones which are also served as phases (zoho-projects-wire §3.3)."""

from __future__ import annotations

from typing import Any

from standin.current import world
from standin.world.portal import MissingError, Portal
from standin.world.records import Milestone, Project, Tasklist
from standin.zoho_projects.bodies.projects import milestone_body, tasklist_body
from standin.zoho_projects.errors import answer, no_content
from standin.zoho_projects.gate import portal_route, project_route
from standin.zoho_projects.paging import list_of
from standin.zoho_projects.payload import a_date, choice, ignored, json_body, linked, read, text

TASKLISTS = "tasklists"
MILESTONES = "milestones"
TASKLIST = {
    "name": text("name", 500),
    "milestone": linked("milestone"),
    "flag": choice("flag", "internal", "external"),
    "status": choice("status", "active", "completed"),
}
MILESTONE = {
    "name": text("name", 500),
    "start_date": a_date("start"),
    "end_date": a_date("end"),
    "owner": linked("owner", "zpuid"),
    "flag": choice("flag", "internal", "external"),
    "status": ignored,
}


@project_route("/tasklists", "GET", (TASKLISTS, "READ"))
def tasklists(portal: Portal, project: Project) -> Any:
    """The task lists of a project."""
    return list_of("tasklists", project.tasklists, tasklist_body)


@project_route("/tasklists", "POST", (TASKLISTS, "CREATE"))
def create_tasklist(portal: Portal, project: Project) -> Any:
    """A new task list."""
    values = read(TASKLIST, json_body(), portal, TASKLISTS, required=("name",))
    made = world().edit("tasklist.add", portal=portal.id, project=project.id, **values)
    return answer(tasklist_body(made), 201)


@project_route("/tasklists/<int:key>", "GET", (TASKLISTS, "READ"))
def tasklist(portal: Portal, project: Project, key: int) -> Any:
    """One task list, bare."""
    return tasklist_body(_tasklist(portal, project, key))


@project_route("/tasklists/<int:key>", "PATCH", (TASKLISTS, "UPDATE"))
def update_tasklist(portal: Portal, project: Project, key: int) -> Any:
    """Change a task list."""
    values = read(TASKLIST, json_body(), portal, TASKLISTS)
    found = _tasklist(portal, project, key)
    return tasklist_body(world().edit("tasklist.set", portal=portal.id, id=found.id, **values))


@project_route("/tasklists/<int:key>", "DELETE", (TASKLISTS, "DELETE"))
def delete_tasklist(portal: Portal, project: Project, key: int) -> Any:
    """A task list goes, with its tasks."""
    world().edit("tasklist.delete", portal=portal.id, id=_tasklist(portal, project, key).id)
    return no_content()


@portal_route("/phases", "GET", (MILESTONES, "READ"))
def portal_phases(portal: Portal) -> Any:
    """The milestones of all projects outside the bin."""
    return list_of("milestones", portal.live("milestone"), milestone_body, style="milestones")


def milestones(portal: Portal, project: Project) -> Any:
    """The milestones of a project; page_info comes as an array."""
    return list_of("milestones", project.milestones, milestone_body, style="milestones")


def create_milestone(portal: Portal, project: Project) -> Any:
    """A new milestone."""
    values = read(MILESTONE, json_body(), portal, MILESTONES, required=("name", "start_date", "end_date"))
    made = world().edit("milestone.add", portal=portal.id, project=project.id, **values)
    return answer(milestone_body(made), 201)


def milestone(portal: Portal, project: Project, key: int) -> Any:
    """One milestone, bare."""
    return milestone_body(_milestone(portal, project, key))


def update_milestone(portal: Portal, project: Project, key: int) -> Any:
    """Change a milestone: POST on /milestones, PATCH on /phases."""
    values = read(MILESTONE, json_body(), portal, MILESTONES)
    found = _milestone(portal, project, key)
    return milestone_body(world().edit("milestone.set", portal=portal.id, id=found.id, **values))


def delete_milestone(portal: Portal, project: Project, key: int) -> Any:
    """A milestone goes; its task lists stay."""
    world().edit("milestone.delete", portal=portal.id, id=_milestone(portal, project, key).id)
    return no_content()


def _tasklist(portal: Portal, project: Project, key: int) -> Tasklist:
    found: Tasklist = portal.find("tasklist", key)
    if found.project is not project:
        raise MissingError(f"no tasklist {key}")
    return found


def _milestone(portal: Portal, project: Project, key: int) -> Milestone:
    found: Milestone = portal.find("milestone", key)
    if found.project is not project:
        raise MissingError(f"no milestone {key}")
    return found


for _word, _verb in (("milestones", "POST"), ("phases", "PATCH")):
    project_route(f"/{_word}", "GET", (MILESTONES, "READ"))(milestones)
    project_route(f"/{_word}", "POST", (MILESTONES, "CREATE"))(create_milestone)
    project_route(f"/{_word}/<int:key>", "GET", (MILESTONES, "READ"))(milestone)
    project_route(f"/{_word}/<int:key>", _verb, (MILESTONES, "UPDATE"))(update_milestone)
    project_route(f"/{_word}/<int:key>", "DELETE", (MILESTONES, "DELETE"))(delete_milestone)
