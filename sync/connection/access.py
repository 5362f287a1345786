"""Calling a remote on behalf of an integration: plain values first, then the call, with no transaction open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app

from connectors import CONNECTORS
from connectors.base import CallObserver, Connector, Endpoint, Tokens
from connectors.errors import ConnectorError
from connectors.throttle import Level, Throttle, Watcher
from extensions import current_config, db, utcnow
from models import Credential, Integration, Organisation, SyncRun
from sync.credentials import Registration, TokenKeeper


class SetupRefused(Exception):  # noqa: N818 - the names are sentences (architecture §4)
    """Something cannot be done as asked; the sentence says what to do. `field` names the form field, if it is one's."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens with the place and registration they belong to: enough to have them revoked."""

    connector: str
    endpoint: Endpoint
    tokens: Tokens


def transport() -> Any:
    """What carries our calls; None in production, the stand-in's in tests."""
    return current_app.config.get("REMOTE_TRANSPORT")


def timing() -> tuple[Callable[[], datetime], Callable[[float], None]]:
    """The clock and the sleep that our calls wait by; tests let time pass at once."""
    found: tuple[Callable[[], datetime], Callable[[float], None]]
    found = current_app.config.get("REMOTE_TIMING", (utcnow, time.sleep))
    return found


def may_reach_private_networks() -> bool:
    """Whether the owner or the installation allows remotes in private networks."""
    organisation = db.session.get(Organisation, 1)
    return current_config().allow_private_remotes or bool(organisation and organisation.allow_private_remotes)


def endpoint_of(integration: Integration, registration: Registration) -> Endpoint:
    """Where the remote lives, with a client registration."""
    return Endpoint(
        accounts_url=integration.accounts_url,
        api_url=integration.api_url,
        client_id=registration.client_id,
        client_secret=registration.client_secret,
        allow_private=may_reach_private_networks(),
    )


def let_go() -> None:
    """End the present read transaction before a remote call: the database is never held while a server thinks."""
    touched = {*db.session.new, *db.session.dirty, *db.session.deleted}
    if any(isinstance(row, Integration | Credential | SyncRun) for row in touched):
        raise RuntimeError("write after the remote call, not before it")
    db.session.rollback()


@contextmanager
def open_connector(
    integration: Integration, observer: CallObserver | None = None, watcher: Watcher | None = None
) -> Iterator[Connector]:
    """Yield a connector for an authorised integration; ends the present transaction, so call it before writing.

    `observer` is told of each call, `watcher` of each wait for the remote's limit.

    Renewed access tokens are saved at once in a transaction of their own. Raises `SetupRefused` when there are no
    tokens; what the remote refuses comes as the errors of `connectors.errors`.
    """
    row = db.session.get(Credential, integration.id)
    keeper = TokenKeeper(integration.id, row.secret) if row else None
    if keeper is None or not keeper.secrets.refresh_token:
        raise SetupRefused("This integration is not authorised yet. Authorise it first.")
    endpoint = endpoint_of(integration, keeper.secrets.registration)
    make = CONNECTORS[integration.connector]
    throttle = _throttle(integration.id)
    clock, sleep = timing()
    let_go()
    connector = make(
        endpoint, keeper.secrets.tokens,
        save_tokens=keeper.save, observer=observer, transport=transport(), throttle=throttle,
        clock=clock, sleep=sleep,
    )  # fmt: skip
    try:
        with throttle.watched_by(watcher) if watcher else nullcontext():
            yield connector
    finally:
        connector.close()


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a remote refuses into the sentence a page shows."""
    try:
        yield
    except ConnectorError as error:
        raise SetupRefused(str(error)) from error


_throttles_lock = threading.Lock()


def _throttle(integration_id: int) -> Throttle:
    """One account has one limit, so pages and runs of this process share one throttle per integration."""
    shared: dict[int, Throttle] = current_app.extensions.setdefault("crossbill_throttles", {})
    with _throttles_lock:
        return shared.setdefault(integration_id, Throttle(*timing()))


def levels(integration: Integration) -> list[Level]:
    """How full the remote's limits are now, as far as this process has called it."""
    return _throttle(integration.id).snapshot()


def connector_of(key: str) -> type[Connector]:
    """The class of a connector, for what it knows without calling anybody."""
    return CONNECTORS[key]
