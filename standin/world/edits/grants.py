"""Verbs for lasting permissions, so that they survive a restart."""

from __future__ import annotations

from standin.world.accounts import RefreshToken
from standin.world.edits.verbs import Edit, verb


@verb("grant.add")
def add(edit: Edit) -> RefreshToken:
    """Keep a refresh token: {token, client_id, scopes, person}."""
    args = edit.args
    scopes, person = tuple(args["scopes"]), args.get("person")
    return edit.world.accounts.add_refresh_token(args["token"], args["client_id"], scopes, person)


@verb("grant.revoke")
def revoke(edit: Edit) -> bool:
    """End a token: {token}; without a token all of them."""
    accounts = edit.world.accounts
    tokens = [edit.args["token"]] if "token" in edit.args else list(accounts.refresh_tokens)
    return all([accounts.revoke(token) for token in tokens])
