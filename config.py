"""Settings of one installation, read once from the environment."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet


class ConfigError(Exception):
    """A setting is missing or wrong; the message names the variable and says what to do."""


@dataclass(frozen=True, slots=True)
class Config:
    """What an installation may decide. Built by `from_environment()`; tests build it directly."""

    #: folder for the database, keys, PDFs and backups; mode 0700
    data_folder: Path
    #: SQLAlchemy URL; SQLite in the data folder unless DATABASE_URL says otherwise
    database_url: str
    #: signs cookies and tokens
    secret_key: str
    #: Fernet keys, newest first; the first one encrypts
    encryption_keys: tuple[str, ...]
    #: the address people use, e.g. https://billing.example.com (no trailing slash)
    base_url: str = "http://127.0.0.1:8000"
    #: how many reverse proxies stand in front of the app
    trusted_proxies: int = 0
    #: shows /styleguide
    is_development: bool = False
    #: whether remote addresses in private networks may be reached (the owner's setting; the demo needs it)
    allow_private_remotes: bool = False
    #: whether this process runs the scheduler
    run_scheduler: bool = True
    #: cheap password hashing and no throttles; only for tests
    is_testing: bool = False

    @property
    def is_https(self) -> bool:
        """Whether people reach the app over TLS (cookies become `__Host-`, HSTS is sent)."""
        return self.base_url.startswith("https://")


def _secret(folder: Path, variable: str, file_name: str, make: str) -> str:
    """Read a secret from VARIABLE, VARIABLE_FILE or a 0600 file in the data folder (made when missing)."""
    if value := os.environ.get(variable):
        return value
    if path := os.environ.get(f"{variable}_FILE"):
        return Path(path).read_text().strip()
    path_here = folder / file_name
    if not path_here.exists():
        path_here.touch(mode=0o600)
        path_here.write_text(make)
    return path_here.read_text().strip()


def normalised_database_url(url: str) -> str:
    """Make `postgres://` and `postgresql://` say psycopg 3, which is what we install."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _whole_number(variable: str, default: int) -> int:
    text = os.environ.get(variable, str(default))
    if not text.isdigit():
        raise ConfigError(f"{variable} must be a whole number, not {text!r}.")
    return int(text)


def _flag(variable: str, *, default: bool) -> bool:
    text = os.environ.get(variable, "1" if default else "0").lower()
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise ConfigError(f"{variable} must be 1 or 0, not {text!r}.")
    return text in {"1", "true", "yes"}


def from_environment() -> Config:
    """Build the settings; raises `ConfigError` with the variable's name when one is wrong."""
    folder = Path(os.environ.get("CROSSBILL_DATA", "data")).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = _secret(folder, "SECRET_KEY", "secret_key", secrets.token_urlsafe(48))
    if len(secret) < 32:
        raise ConfigError("SECRET_KEY is too short: use at least 32 characters, or remove it and one is made.")
    keys = _secret(folder, "ENCRYPTION_KEYS", "encryption_keys", Fernet.generate_key().decode())
    return Config(
        data_folder=folder,
        database_url=normalised_database_url(
            os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'crossbill.sqlite3'}"
        ),
        secret_key=secret,
        encryption_keys=tuple(keys.split()),
        base_url=os.environ.get("BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        trusted_proxies=_whole_number("TRUSTED_PROXY_COUNT", 0),
        is_development=_flag("CROSSBILL_DEVELOPMENT", default=False),
        allow_private_remotes=_flag("ALLOW_PRIVATE_REMOTES", default=False),
        run_scheduler=_flag("RUN_SCHEDULER", default=True),
    )
