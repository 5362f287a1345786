"""A Zoho CRM organisation of the stand-in, empty but for its people, with a connector that speaks to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx2

from connectors.base import Change, Endpoint, Query, RemoteRecord, Tokens, Written
from connectors.zoho_crm import ZohoCrm
from standin import World, create_standin
from standin.clock import Clock

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BASE = "http://standin.test"
ORG = "5725767000000100002"
SCOPES = ZohoCrm.REQUESTED_SCOPES + ZohoCrm.WRITE_SCOPES


class Crm:
    """A world whose four modules were emptied; sleeping moves its clock."""

    def __init__(self) -> None:
        self.world = World.sized(clock=Clock(NOW, frozen=True), customers=1, projects=1, time_entries=1)
        self.org = self.world.crm
        for module in self.org.records:
            self.org.records[module].clear()
            self.org.deleted[module].clear()
        accounts = self.world.accounts
        client = accounts.default_client
        accounts.refresh_tokens[accounts.default_refresh_token].scopes = SCOPES
        self.transport = httpx2.WSGITransport(app=create_standin(self.world))
        self.endpoint = Endpoint(BASE, BASE, client.client_id, client.secret, allow_private=True)
        self.tokens = Tokens(accounts.default_refresh_token)
        self.connector = self.connect()
        self.connector.verify()
        self.world.forget_requests()

    def connect(self, **wishes: Any) -> ZohoCrm:
        given: dict[str, Any] = {
            "transport": self.transport,
            "clock": self.world.now,
            "sleep": self.world.clock.advance,
        } | wishes
        return ZohoCrm(self.endpoint, self.tokens, **given)

    def add(self, module: str, **values: Any) -> str:
        if module == "Deals":
            values = {"Stage": "Qualification", "Pipeline": "Standard (Standard)"} | values
        return str(self.world.edit("crm.add", module=module, values=values).id)

    def account(self, name: str = "Zylker", **values: Any) -> str:
        return self.add("Accounts", Account_Name=name, **values)

    def contact(self, last: str = "Rao", account: str | None = None, **values: Any) -> str:
        return self.add("Contacts", Last_Name=last, Account_Name=int(account) if account else None, **values)

    def change(self, module: str, key: str, **values: Any) -> None:
        self.world.edit("crm.set", module=module, id=key, values=values)

    def delete(self, module: str, key: str) -> None:
        self.world.edit("crm.delete", module=module, id=key)

    def value(self, module: str, key: str, name: str) -> Any:
        return self.org.records[module][int(key)].values.get(name)

    def read(self, module: str, *, cursor: str | None = None, **query: Any) -> list[RemoteRecord]:
        pages = self.connector.pages(Query(module, ORG, **query), cursor)
        return [record for page in pages for record in page.records]

    def write(self, module: str, *changes: Change, **options: Any) -> dict[str, Written]:
        return {answer.key: answer for answer in self.connector.write(module, ORG, changes, options)}

    def calls(self, part: str = "", method: str = "") -> list[dict[str, Any]]:
        rows = self.world.requests
        return [row for row in rows if part in row["path"] and method in ("", row["method"])]
