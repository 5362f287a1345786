"""Client registration and tokens of an integration: encrypted at rest, saved after each renewal, never shown again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from cryptography.fernet import MultiFernet
from sqlalchemy import Engine, update

from connectors.base import Tokens
from extensions import db, secret_box, to_json
from models import Credential, Integration


@dataclass(frozen=True, slots=True)
class Registration:
    """Our application at the remote, as its API console gave it out."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Everything secret about one integration, in the clear; lives in memory only while it is needed."""

    registration: Registration
    refresh_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    #: entered under *Update credentials*, in force once the remote has accepted it (requirements P-36)
    pending: Registration | None = None

    @property
    def tokens(self) -> Tokens:
        """What a connector needs; a copy it may change."""
        return Tokens(self.refresh_token, self.access_token, self.expires_at, self.scopes)

    @property
    def candidate(self) -> Registration:
        """The registration that the next authorisation is asked with."""
        return self.pending or self.registration

    def with_tokens(self, tokens: Tokens) -> Secrets:
        """The same with other tokens."""
        return replace(
            self, refresh_token=tokens.refresh_token, access_token=tokens.access_token,
            expires_at=tokens.expires_at, scopes=tuple(tokens.scopes),
        )  # fmt: skip

    def proven(self, tokens: Tokens) -> Secrets:
        """What holds after a successful authorisation: the candidate and its tokens, nothing pending."""
        return replace(self.with_tokens(tokens), registration=self.candidate, pending=None)


def seal(secrets: Secrets, box: MultiFernet) -> str:
    """Encrypt for the database."""
    return box.encrypt(to_json(asdict(secrets)).encode()).decode()


def unseal(sealed: str, box: MultiFernet) -> Secrets:
    """Decrypt what `seal` wrote; raises `InvalidToken` when no key of this installation fits."""
    stored = json.loads(box.decrypt(sealed.encode()))
    pending = stored["pending"]
    return Secrets(
        registration=Registration(**stored["registration"]),
        refresh_token=stored["refresh_token"],
        access_token=stored["access_token"],
        expires_at=_moment(stored["expires_at"]),
        scopes=tuple(stored["scopes"]),
        pending=Registration(**pending) if pending else None,
    )


def read(integration: Integration) -> Secrets | None:
    """The secrets of an integration; None before any were entered."""
    row = db.session.get(Credential, integration.id)
    return unseal(row.secret, secret_box()) if row else None


def write(integration: Integration, secrets: Secrets) -> None:
    """Put them in place of the former ones, in the present database transaction."""
    row = db.session.get(Credential, integration.id)
    sealed = seal(secrets, secret_box())
    if row is None:
        db.session.add(Credential(integration_id=integration.id, secret=sealed))
    else:
        row.secret = sealed


class TokenKeeper:
    """Saves renewed tokens at once, in a short transaction of its own; safe to call from any thread.

    `Credential.updated_at` stays: it tells when a person last set the credentials.
    It replaces exactly what it last saw: an authorisation that came in between wins over a renewal of the old one.
    """

    def __init__(self, integration_id: int, sealed: str) -> None:
        self._engine: Engine = db.engine
        self._box = secret_box()
        self._id = integration_id
        self._sealed = sealed
        self.secrets = unseal(sealed, self._box)

    def save(self, tokens: Tokens) -> None:
        """Keep the tokens, unless the stored ones are no longer those that were renewed."""
        renewed = self.secrets.with_tokens(tokens)
        sealed = seal(renewed, self._box)
        change = (
            update(Credential)
            .where(Credential.integration_id == self._id, Credential.secret == self._sealed)
            .values(secret=sealed, updated_at=Credential.updated_at)
        )
        with self._engine.begin() as connection:
            connection.execute(change)
        self._sealed, self.secrets = sealed, renewed


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
