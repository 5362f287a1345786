"""The secret that a webhook brings along: made here, typed into the remote by its owner, compared in constant time."""

from __future__ import annotations

import secrets
from hmac import compare_digest

from cryptography.fernet import InvalidToken

from extensions import decrypt, encrypt
from models import Integration
from models.audit import Actor, record
from sync.connection.catalogue import live_integration

#: states in which hints are taken down; they are acted upon once the integration is active
LISTENING = frozenset({"active", "paused", "needs_reauth"})
#: what a guess is compared with where there is no secret, so that both take the same time
_NOBODYS = secrets.token_urlsafe(32)


def new_secret(integration: Integration, actor: Actor) -> None:
    """Make a secret, or put a new one in place of the old, which no longer works from now on."""
    verb = "integration.webhook_rotated" if integration.webhook_secret else "integration.webhook_made"
    integration.webhook_secret = encrypt(secrets.token_urlsafe(32))
    record(actor, verb, ("integration", integration.id), integration.scope_name)


def switch_off(integration: Integration, actor: Actor) -> None:
    """Listen to webhooks no longer."""
    if integration.webhook_secret is None:
        return
    integration.webhook_secret = None
    record(actor, "integration.webhook_switched_off", ("integration", integration.id), integration.scope_name)


def secret_of(integration: Integration) -> str | None:
    """The secret in the clear; None before one was made, or when no key of this installation opens it."""
    if integration.webhook_secret is None:
        return None
    try:
        return decrypt(integration.webhook_secret)
    except InvalidToken:
        return None


def who_is_told(connector_key: str, token: str, portal: str) -> Integration | None:
    """The integration that this token opens; None, without saying why, for any other. `portal` may be left out."""
    integration = live_integration(connector_key)
    expected = secret_of(integration) if integration is not None else None
    is_right = compare_digest(token.encode("utf-8", "replace"), (expected or _NOBODYS).encode())
    if integration is None or expected is None or not is_right:
        return None
    is_here = not portal or portal == integration.scope_id
    return integration if is_here and integration.state in LISTENING else None
