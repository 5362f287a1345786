"""What a change is: a verb with JSON arguments, so that the journal can repeat it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from standin.world.portal import Portal

if TYPE_CHECKING:
    from standin.world import World


class EditError(ValueError):
    """The edit asked for something that makes no sense; the message says what."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change being made: where, when, and with which arguments."""

    world: World
    at: datetime
    args: dict[str, Any]

    @property
    def portal(self) -> Portal:
        """The portal named by the arguments, else the main one."""
        key = self.args.get("portal")
        return self.world.portal(key) if key else self.world.main

    def record(self, kind: str, key: str = "id") -> Any:
        """The record that argument `key` names."""
        return self.portal.find(kind, self.args[key])

    def stamps(self) -> dict[str, Any]:
        """Id and times of a record being born."""
        return {"id": self.world.next_id(), "created": self.at, "modified": self.at}

    def authors(self) -> dict[str, Any]:
        """Who made a record; the stand-in has one acting account."""
        return {"created_by": self.portal.owner, "updated_by": self.portal.owner}


Verb = Callable[[Edit], Any]
VERBS: dict[str, Verb] = {}


def verb(name: str) -> Callable[[Verb], Verb]:
    """Register a function as the verb of that name."""

    def register(function: Verb) -> Verb:
        VERBS[name] = function
        return function

    return register


def perform(world: World, entry: dict[str, Any]) -> Any:
    """Run one journal entry ({"verb", "at", "args"}) against the world."""
    if entry["verb"] not in VERBS:
        raise EditError(f"unknown verb {entry['verb']}")
    edit = Edit(world, datetime.fromisoformat(entry["at"]), entry["args"])
    try:
        return VERBS[entry["verb"]](edit)
    except KeyError as error:
        raise EditError(f"{entry['verb']} lacks or does not know {error}") from error
    finally:
        if entry["verb"] != "grant.add":
            edit.portal.changed()
