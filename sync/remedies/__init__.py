"""The shelf of remedies. This is the index, in the order of their buttons."""

from __future__ import annotations

from sync.remedies.again import RetryRecord
from sync.remedies.base import Ask, Case, Offer, Place, Remedy
from sync.remedies.currency import ChangeCurrency, CloneCustomer
from sync.remedies.general import TurnOnGeneral
from sync.remedies.leaving import Ignore, TellMe
from sync.remedies.limit import RaiseLimit
from sync.remedies.opening import (
    DeleteAndConnect,
    JumpToCause,
    MapAnew,
    OpenRemote,
    Reauthorise,
    ShowBoth,
    ShowWaiting,
)
from sync.remedies.testing import TestAgain

__all__ = ["REMEDIES", "Ask", "Case", "Offer", "Place", "Remedy", "offers", "remedies_of"]

REMEDIES: dict[str, Remedy] = {
    remedy.key: remedy
    for remedy in (
        TurnOnGeneral(),
        RaiseLimit(),
        ChangeCurrency(),
        CloneCustomer(),
        ShowBoth(),
        Reauthorise(),
        TestAgain(),
        DeleteAndConnect(),
        MapAnew(),
        ShowWaiting(),
        JumpToCause(),
        OpenRemote(),
        RetryRecord(),
        TellMe(),
        Ignore(),
    )
}


def remedies_of(code: str) -> list[Remedy]:
    """The remedies of a reason."""
    return [remedy for remedy in REMEDIES.values() if code in remedy.codes]


def offers(case: Case) -> list[Offer]:
    """The buttons for a case, in order."""
    found = (remedy.offer(case) for remedy in remedies_of(case.reason.code) if not case.is_whole or _fits(remedy, case))
    return [offer for offer in found if offer is not None]


def _fits(remedy: Remedy, case: Case) -> bool:
    return remedy.is_for_many or not case.reason.is_of_records
