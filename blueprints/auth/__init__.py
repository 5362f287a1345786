"""Sign in with one step or two, forgotten passwords, invitations, and everybody's own account."""

from __future__ import annotations

from blueprints.auth import account, confirm, links, second_step, sign_in
from blueprints.auth.frame import blueprint

__all__ = ["account", "blueprint", "confirm", "links", "second_step", "sign_in"]
