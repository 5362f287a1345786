"""Registered clients, codes and tokens of the accounts server, with its limits (zoho-projects-wire §1)."""

from __future__ import annotations

import hashlib
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ACCESS_LIFE = timedelta(seconds=3600)
REFRESH_WINDOW = timedelta(minutes=10)
REFRESHES_PER_WINDOW = 10
REFRESH_TOKENS_PER_USER = 20
REDIRECT_CODE_LIFE = timedelta(minutes=2)

PROJECTS_MODULES = (
    "portals", "projects", "projectgroups", "milestones", "tasklists", "tasks", "bugs", "timesheets", "users",
    "teams", "clients", "documents", "forums", "events", "tags", "status", "custom_fields", "extensions",
    "integrations", "leave", "skillset", "bulk", "custom_functions", "activities", "search",
)  # fmt: skip
CRM_MODULES = (
    "modules", "settings", "users", "org", "bulk", "notifications", "coql", "files", "send_mail", "functions",
    "share", "zia", "change_owner", "features",
)  # fmt: skip
OPERATIONS = ("READ", "CREATE", "UPDATE", "DELETE", "ALL")
DEFAULT_SCOPES = (
    *(f"ZohoProjects.{module}.ALL" for module in PROJECTS_MODULES),
    *(f"ZohoCRM.{module}.ALL" for module in CRM_MODULES),
    "ZohoSearch.securesearch.READ",
)


def known_scopes(asked: str) -> tuple[str, ...]:
    """The scopes of a comma or space separated text that exist; unknown ones are dropped silently (§1.6)."""
    found = (text.strip() for text in asked.replace(",", " ").split())
    return tuple(dict.fromkeys(scope for scope in found if _is_known(scope)))


def _is_known(scope: str) -> bool:
    parts = scope.split(".")
    if scope.lower() == "aaaserver.profile.read" or scope in ("email", "profile", "openid"):
        return True
    if len(parts) < 3 or parts[-1] not in (*OPERATIONS, "WRITE"):
        return False
    modules = {"ZohoProjects": PROJECTS_MODULES, "ZohoCRM": CRM_MODULES}
    return parts[1] in modules.get(parts[0], ("files", "securesearch", "workspace"))


@dataclass(slots=True)
class RegisteredClient:
    """An application in the API console; `redirect_uris` empty means that any address is accepted."""

    client_id: str
    secret: str
    name: str
    redirect_uris: tuple[str, ...] = ()


@dataclass(slots=True)
class Code:
    """A grant code: one use, short life; `redirect_uri` None for a self client."""

    client_id: str
    scopes: tuple[str, ...]
    expires: datetime
    redirect_uri: str | None = None
    offline: bool = True
    #: ZUID of who consented; None is the owner of the connecting account
    person: int | None = None
    #: what the application said for the id token, and the digest of its code verifier (PKCE)
    nonce: str = ""
    challenge: str = ""


@dataclass(slots=True)
class RefreshToken:
    """A lasting permission, with the moments of its latest refreshes."""

    token: str
    client_id: str
    scopes: tuple[str, ...]
    person: int | None = None
    refreshed: deque[datetime] = field(default_factory=deque)


@dataclass(slots=True)
class AccessToken:
    """An hour's permission; `refresh_token` names what it came from, if anything."""

    token: str
    scopes: tuple[str, ...]
    expires: datetime
    refresh_token: str | None = None
    #: ZUID of whose permission it is; None is the owner of the connecting account
    person: int | None = None

    def allows(self, module: str, operation: str) -> bool:
        """Whether some scope of the token covers the operation on a Zoho Projects module."""
        prefix = f"ZohoProjects.{module}."
        return prefix + operation in self.scopes or prefix + "ALL" in self.scopes


class Accounts:
    """Everything the accounts server remembers."""

    def __init__(self, seed: int) -> None:
        """Register the default client and its ready-made refresh token; both follow from the seed."""
        self._seed = seed
        client = RegisteredClient("1000." + self._hex("client", 30).upper(), self._hex("secret", 42), "Crossbill")
        self.clients = {client.client_id: client}
        self.default_client = client
        self.codes: dict[str, Code] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        ready = self._token("ready")
        self.refresh_tokens[ready] = RefreshToken(ready, client.client_id, DEFAULT_SCOPES)
        self.default_refresh_token = ready

    def fresh_token(self) -> str:
        """A new text of the shape 1000.<32 hex>.<32 hex>."""
        return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"

    def add_code(self, code: Code) -> str:
        """Keep a code and return its text."""
        text = self.fresh_token()
        self.codes[text] = code
        return text

    def take_code(self, text: str, now: datetime) -> Code | None:
        """Use up a code; None when it is unknown, used or too old."""
        code = self.codes.pop(text, None)
        return code if code and now < code.expires else None

    def add_refresh_token(
        self, token: str, client_id: str, scopes: tuple[str, ...], person: int | None = None
    ) -> RefreshToken:
        """Keep a refresh token; the 21st of a person silently ends the oldest (§1.5)."""
        mine = [kept for kept in self.refresh_tokens.values() if (kept.client_id, kept.person) == (client_id, person)]
        if len(mine) >= REFRESH_TOKENS_PER_USER:
            self.revoke(mine[0].token)
        self.refresh_tokens[token] = RefreshToken(token, client_id, scopes, person)
        return self.refresh_tokens[token]

    def may_refresh(self, grant: RefreshToken, now: datetime) -> bool:
        """Count a refresh; False when ten were made within ten minutes."""
        while grant.refreshed and now - grant.refreshed[0] >= REFRESH_WINDOW:
            grant.refreshed.popleft()
        if len(grant.refreshed) >= REFRESHES_PER_WINDOW:
            return False
        grant.refreshed.append(now)
        return True

    def issue(
        self, scopes: tuple[str, ...], now: datetime, refresh_token: str | None = None, person: int | None = None
    ) -> AccessToken:
        """Give out an access token for an hour."""
        access = AccessToken(self.fresh_token(), scopes, now + ACCESS_LIFE, refresh_token, person)
        self.access_tokens = {text: kept for text, kept in self.access_tokens.items() if kept.expires > now}
        self.access_tokens[access.token] = access
        return access

    def revoke(self, token: str) -> bool:
        """End a refresh token with its access tokens, or one access token; False when it is unknown."""
        known = self.access_tokens.pop(token, None) or self.refresh_tokens.pop(token, None)
        for text in [t for t, kept in self.access_tokens.items() if kept.refresh_token == token]:
            del self.access_tokens[text]
        return known is not None

    def expire_access_tokens(self) -> None:
        """End all access tokens; refresh tokens go on working."""
        self.access_tokens.clear()

    def _token(self, word: str) -> str:
        return f"1000.{self._hex(word + ' a', 32)}.{self._hex(word + ' b', 32)}"

    def _hex(self, word: str, length: int) -> str:
        return hashlib.sha256(f"standin {self._seed} {word}".encode()).hexdigest()[:length]
