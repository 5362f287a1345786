"""A real mail server for tests: it keeps what it gets and answers as it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


@dataclass
class Sink:
    """A mail server that keeps what it gets and answers as it is told."""

    letters: list[EmailMessage] = field(default_factory=list)
    #: answers to RCPT and DATA in order; 250 when none is left
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    passwords: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0
    #: hangs up instead of confirming
    is_dying: bool = False

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        answer = self.rcpt.pop(0) if self.rcpt else "250 fine"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        self.letters.append(message_from_bytes(envelope.content, policy=email_policy))
        self.recipients = list(envelope.rcpt_tos)
        if self.is_dying:
            server.transport.abort()
        return self.data.pop(0) if self.data else "250 kept as 4711"

    def authenticate(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        self.passwords.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=False)


class QuietSMTP(SMTP):
    """A connection that a test cuts off says nothing about it."""

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(None)


class Server(Controller):
    """Serves a sink on a free port, with sign-in offered in the clear."""

    def factory(self) -> SMTP:
        return QuietSMTP(
            self.handler, authenticator=self.handler.authenticate, auth_require_tls=False, hostname="mail.test"
        )


@pytest.fixture
def sink() -> Iterator[Sink]:
    found = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found.port = free.getsockname()[1]
    server = Server(found, hostname="127.0.0.1", port=found.port)
    server.start()
    yield found
    server.stop()
