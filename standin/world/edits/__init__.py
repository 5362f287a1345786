"""The verbs by which the world changes; importing a module here registers its verbs."""

from standin.world.edits import crm, crm_setup, grants, logs, people, projects, work
from standin.world.edits.verbs import VERBS, Edit, EditError, perform

__all__ = ["VERBS", "Edit", "EditError", "crm", "crm_setup", "grants", "logs", "people", "perform", "projects", "work"]
