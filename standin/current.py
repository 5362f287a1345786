"""The world that the running request belongs to."""

from __future__ import annotations

from typing import cast

from flask import current_app

from standin.world import World


def world() -> World:
    """The world of the current application."""
    return cast(World, current_app.extensions["standin"])
