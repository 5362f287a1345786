"""Buttons of remedies for templates: where each leads, or what its form sends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flask import url_for

from blueprints.access import may
from blueprints.links import has_page
from models import Integration, SyncRun
from sync.conditions import Condition, conditions
from sync.connection import report
from sync.remedies import Case, Offer, Place, offers

#: a condition and the buttons for it
Trouble = tuple[Condition, "Buttons"]


@dataclass(frozen=True, slots=True)
class Button:
    """One remedy on a page: an address to open, or a POST with its hidden fields."""

    offer: Offer
    href: str
    is_post: bool
    is_outside: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Buttons:
    """The remedies that this person may use: the ones for this reason, then those that are always there."""

    near: Sequence[Button]
    further: Sequence[Button]

    def __bool__(self) -> bool:
        return bool(self.near or self.further)


def buttons(integration: Integration, of: Case | Sequence[Offer], fields: Mapping[str, str] | None = None) -> Buttons:
    """Return the buttons of a case, or of offers that were made already; `fields` say then what they are about."""
    sent = _fields(of) if isinstance(of, Case) else dict(fields or {})
    found = [
        _button(integration, offer, sent)
        for offer in (offers(of) if isinstance(of, Case) else of)
        if may(offer.permission)
    ]
    return Buttons(
        [button for button in found if not button.offer.is_further],
        [button for button in found if button.offer.is_further],
    )


def troubles(integration: Integration, run: SyncRun | None, only: Collection[str] = ()) -> list[Trouble]:
    """What is wrong with the connection or its run as a whole, with buttons; `only` these codes."""
    found = conditions(integration, run, report.next_at(integration, run))
    return [
        (item, buttons(integration, item.offers, {"code": item.reason.code}))
        for item in found
        if not only or item.reason.code in only
    ]


def _fields(case: Case) -> dict[str, str]:
    if case.one is not None:
        return {"link": str(case.one.id)}
    return {"module": case.module, "code": case.reason.code}


def _button(integration: Integration, offer: Offer, fields: dict[str, str]) -> Button:
    key = integration.connector
    if offer.place is not None:
        return Button(offer, _address(key, offer.place), False, offer.place.kind == "remote")
    return Button(offer, url_for("integrations.apply_remedy", key=key, remedy=offer.key), True, fields=fields)


def _address(key: str, place: Place) -> str:
    anchor = place.anchor or None
    if place.kind == "remote":
        return place.value
    if place.kind == "record":
        return url_for("integrations.record", key=key, link_id=int(place.value), _anchor=anchor)
    if place.kind == "cause":
        module, _slash, remote_id = place.value.partition("/")
        return url_for("integrations.cause", key=key, module=module, remote_id=remote_id)
    endpoint = place.value if has_page(place.value) else "integrations.details"
    return url_for(endpoint, key=key, _anchor=anchor)
