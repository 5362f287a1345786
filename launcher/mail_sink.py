"""The demo's mail server: takes every message, keeps it as an .eml file, sends nothing anywhere."""

from __future__ import annotations

import itertools
import socketserver
import threading
import time
from pathlib import Path

#: a message larger than this is refused, bytes
LARGEST = 25 * 1024 * 1024


class MailSink(socketserver.ThreadingTCPServer):
    """Speaks just enough SMTP (RFC 5321) for a client that wants no TLS and no sign-in."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.folder = folder
        self._count = itertools.count(1)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, name="mail-sink", daemon=True).start()

    def keep(self, message: bytes) -> Path:
        """Write a message into the folder; names sort by arrival."""
        path = self.folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{next(self._count):04}.eml"
        path.write_bytes(message)
        return path


class Conversation(socketserver.StreamRequestHandler):
    """One connection of a mail client."""

    server: MailSink

    def handle(self) -> None:
        """Answer line after line until the client leaves."""
        self._say("220 crossbill-demo ready")
        while line := self.rfile.readline(2048):
            verb = line.strip().upper().decode("ascii", "replace")
            if verb.startswith("QUIT"):
                self._say("221 bye")
                return
            self._answer(verb)

    def _answer(self, verb: str) -> None:
        if verb.startswith("EHLO"):
            self._say(f"250-crossbill-demo\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {LARGEST}")
        elif verb == "DATA":
            self._take_message()
        elif verb.startswith(("HELO", "MAIL FROM:", "RCPT TO:", "RSET", "NOOP")):
            self._say("250 ok")
        else:
            self._say("502 not here")

    def _take_message(self) -> None:
        self._say("354 go on, end with a dot")
        lines: list[bytes] = []
        size = 0
        while (line := self.rfile.readline()) not in (b"", b".\r\n", b".\n"):
            size += len(line)
            if size <= LARGEST:
                lines.append(line[1:] if line.startswith(b"..") else line)
        if line == b"":
            return
        if size > LARGEST:
            self._say("552 too large")
            return
        self._say(f"250 kept as {self.server.keep(b''.join(lines)).name}")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
