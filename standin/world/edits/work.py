"""Verbs for task lists, milestones, tasks, issues and the comments under them."""

from __future__ import annotations

from typing import Any

from standin.world.edits.projects import next_number, own_values
from standin.world.edits.setting import new_values, put
from standin.world.edits.verbs import Edit, EditError, verb
from standin.world.records import Comment, Issue, Milestone, Project, Task, Tasklist


@verb("tasklist.add")
def add_tasklist(edit: Edit) -> Any:
    """A new task list: {project, name, milestone, flag}."""
    project, values = _begin(edit, "tasklist")
    sequence = len(project.tasklists) + 1
    made = Tasklist(**(_born(edit, project) | {"sequence": sequence} | values))
    return _keep(edit, "tasklist", made)


@verb("milestone.add")
def add_milestone(edit: Edit) -> Any:
    """A new milestone: {project, name, start, end, owner}."""
    project, values = _begin(edit, "milestone")
    defaults = {"owner": project.owner, "sequence": len(project.milestones) + 1}
    return _keep(edit, "milestone", Milestone(**(_born(edit, project) | defaults | values)))


@verb("task.add")
def add_task(edit: Edit) -> Any:
    """A new task; without a task list it goes to the general one: {project, name, …}."""
    project, values = _begin(edit, "task")
    defaults = {
        "status": edit.portal.task_statuses[0],
        "tasklist": next(kept for kept in project.tasklists if kept.general),
        "prefix": next_number(project, "T"),
    }
    return _keep(edit, "task", Task(**(_born(edit, project) | defaults | values)))


@verb("issue.add")
def add_issue(edit: Edit) -> Any:
    """A new issue: {project, name, …}."""
    project, values = _begin(edit, "issue")
    defaults = {"status": edit.portal.issue_statuses[0], "prefix": next_number(project, "I")}
    return _keep(edit, "issue", Issue(**(_born(edit, project) | defaults | values)))


@verb("tasklist.set")
def set_tasklist(edit: Edit) -> Any:
    """Change a task list: {id, …}."""
    return put(edit, "tasklist", edit.record("tasklist"), own_values(edit.args))


@verb("milestone.set")
def set_milestone(edit: Edit) -> Any:
    """Change a milestone: {id, …}."""
    return put(edit, "milestone", edit.record("milestone"), own_values(edit.args))


@verb("task.set")
def set_task(edit: Edit) -> Any:
    """Change a task: {id, …}; a closed status completes it."""
    task = put(edit, "task", edit.record("task"), own_values(edit.args))
    if task.status.is_closed:
        task.completion = 100
    return task


@verb("issue.set")
def set_issue(edit: Edit) -> Any:
    """Change an issue: {id, …}."""
    return put(edit, "issue", edit.record("issue"), own_values(edit.args))


@verb("task.move")
def move_task(edit: Edit) -> Any:
    """A task goes to another task list, maybe of another project, with its logs: {id, tasklist}."""
    task, target = edit.record("task"), edit.record("tasklist", "tasklist")
    if target.project is not task.project:
        task.project.tasks.remove(task)
        target.project.tasks.append(task)
        for log in task.logs:
            task.project.logs.remove(log)
            target.project.logs.append(log)
            log.project = target.project
        edit.portal.book.forget_shelves()
    task.tasklist, task.project, task.modified = target, target.project, edit.at
    return task


@verb("task.delete")
def delete_task(edit: Edit) -> None:
    """A task goes, with its logs and the tasks under it."""
    task = edit.record("task")
    for child in [kept for kept in task.project.tasks if kept.parent is task]:
        child.parent = None
    _drop_item(edit, "task", task)


@verb("issue.delete")
def delete_issue(edit: Edit) -> None:
    """An issue goes, with its logs."""
    _drop_item(edit, "issue", edit.record("issue"))


@verb("tasklist.delete")
def delete_tasklist(edit: Edit) -> None:
    """A task list goes with its tasks; the general one stays."""
    doomed = edit.record("tasklist")
    if doomed.general:
        raise EditError("the general task list cannot be deleted")
    for task in [kept for kept in doomed.project.tasks if kept.tasklist is doomed]:
        _drop_item(edit, "task", task)
    doomed.project.tasklists.remove(doomed)
    del edit.portal.tasklists[doomed.id]


@verb("milestone.delete")
def delete_milestone(edit: Edit) -> None:
    """A milestone goes; its task lists stay without it."""
    doomed = edit.record("milestone")
    for tasklist in doomed.project.tasklists:
        if tasklist.milestone is doomed:
            tasklist.milestone = None
    doomed.project.milestones.remove(doomed)
    del edit.portal.milestones[doomed.id]


@verb("comment.add")
def add_comment(edit: Edit) -> Comment:
    """A comment under a task or an issue: {kind, id, text}."""
    line = Comment(text=str(edit.args["text"]), author=edit.portal.owner, **edit.stamps())
    record = edit.record(edit.args["kind"])
    record.comments.append(line)
    record.modified = edit.at
    return line


def _begin(edit: Edit, kind: str) -> tuple[Project, dict[str, Any]]:
    return edit.record("project", "project"), new_values(edit, kind, own_values(edit.args, "project"))


def _born(edit: Edit, project: Project) -> dict[str, Any]:
    return edit.stamps() | edit.authors() | {"project": project}


def _keep(edit: Edit, kind: str, record: Any) -> Any:
    getattr(record.project, f"{kind}s").append(record)
    edit.portal.table(kind)[record.id] = record
    return record


def _drop_item(edit: Edit, kind: str, item: Task | Issue) -> None:
    for log in list(item.logs):
        edit.portal.book.remove(log)
    getattr(item.project, f"{kind}s").remove(item)
    del edit.portal.table(kind)[item.id]
