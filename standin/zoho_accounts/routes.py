"""The blueprint of the accounts server and what its views share."""

from __future__ import annotations

from flask import Blueprint, request

accounts = Blueprint("zoho_accounts", __name__)


def base_url() -> str:
    """The address under which this server was reached; it is also the accounts server's."""
    return request.host_url.rstrip("/")


def parameter(name: str) -> str:
    """A parameter from the query string or the form body; both are accepted everywhere (§1.2)."""
    return request.values.get(name, "")
