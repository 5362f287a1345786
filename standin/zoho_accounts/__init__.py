"""The accounts server: consent, codes, tokens (zoho-projects-wire §1)."""

from standin.zoho_accounts import consent, identity, tokens
from standin.zoho_accounts.routes import accounts

__all__ = ["accounts", "consent", "identity", "tokens"]
