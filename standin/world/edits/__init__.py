"""The verbs by which the world changes; importing a module here registers its verbs."""

from standin.world.edits import grants, logs, people, projects, work
from standin.world.edits.verbs import VERBS, BadEdit, Edit, perform

__all__ = ["VERBS", "BadEdit", "Edit", "grants", "logs", "people", "perform", "projects", "work"]
