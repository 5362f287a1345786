"""What can go wrong between us and a remote product, told apart by who must act.

ConnectorError
├── RemoteUnavailable          the clock: try again later
│   ├── RateLimited            the clock, not before `retry_after` seconds
│   └── ReplyLost              the clock, after a look: what was sent may have been done
├── CredentialsRejected        the owner: authorise again
├── ScopeMissing               the owner: a permission or scope for one module is missing
├── PortalUnreachable          the owner: the portal is gone or the account lost it
├── AddressRefused             the owner: the address is private or not allowed
└── RecordRefused              the owner, guided; the run goes on
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ConnectorError(Exception):
    """Root of the tree; `str(error)` is one sentence that an owner can act on."""

    #: answers (`connectors.base.Written`) about what was written before this went wrong, where several were sent
    written: Sequence[Any] = ()


class RemoteUnavailable(ConnectorError):  # noqa: N818 - the names are sentences (architecture §4)
    """No usable answer: outage, timeout, broken or misshapen body."""


class RateLimited(RemoteUnavailable):
    """The remote asks us to wait; `retry_after` is in whole seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ReplyLost(RemoteUnavailable):
    """Something was sent and no usable answer came: it may have been done. Look before sending it again (R-10)."""


class CredentialsRejected(ConnectorError):  # noqa: N818
    """The tokens are dead: revoked, expired for good, or of another client."""


class ScopeMissing(ConnectorError):  # noqa: N818
    """The account or the token may not read this module."""


class PortalUnreachable(ConnectorError):  # noqa: N818
    """The portal answers no longer to this account."""


class AddressRefused(ConnectorError):  # noqa: N818
    """The address is not one that this installation may call."""


class RecordRefused(ConnectorError):  # noqa: N818
    """One record cannot be taken; `code` is a reason of `sync.reasons`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
