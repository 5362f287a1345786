"""An answer in the making, and the call that makes it, as troubles handle them."""

from __future__ import annotations

import base64
import io
import json
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode

Environ = dict[str, Any]
Wsgi = Callable[..., Iterable[bytes]]


@dataclass(slots=True)
class Reply:
    """A complete answer; `stream` replaces `body` when the bytes are to come in a peculiar way."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    stream: Iterator[bytes] | None = None

    @classmethod
    def of(cls, status: int, body: bytes, content_type: str = "application/json;charset=utf-8") -> Reply:
        """An answer made here rather than by the application."""
        return cls(status, [("Content-Type", content_type)], body)

    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def with_json(self, body: Any) -> Reply:
        """The same answer with another JSON body; an answer without a body stays without."""
        return self if not self.body else replace(self, body=json.dumps(body, ensure_ascii=False).encode())

    def header(self, name: str, value: str | None) -> Reply:
        """The same answer with a header set, or gone when the value is None."""
        kept = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        return replace(self, headers=kept + ([(name, value)] if value is not None else []))

    def send(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Give the answer to the WSGI server, with the length of the whole body."""
        sized = self if self.status == 204 else self.header("Content-Length", str(len(self.body)))
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        start_response(f"{self.status} {phrase}", sized.headers)
        return self.stream if self.stream is not None else [self.body]


@dataclass(frozen=True, slots=True)
class Strike:
    """One trouble meeting one request."""

    options: dict[str, Any]
    environ: Environ
    world: Any

    def number(self, name: str, default: float) -> float:
        """An option that is a number."""
        return float(self.options.get(name, default))

    @property
    def page(self) -> int:
        """The page asked for, by its number or by a CRM page token."""
        query = parse_qs(self.environ.get("QUERY_STRING", ""))
        if "page_token" in query:
            start = json.loads(base64.urlsafe_b64decode(query["page_token"][0]))[0]
            return int(start) // int(query.get("per_page", ["200"])[0]) + 1
        asked = query.get("page", ["1"])[0]
        return int(asked) if asked.isdigit() else 1


class Call:
    """Asks the application, maybe for another page than the request names, maybe through troubles."""

    def __init__(self, app: Wsgi, environ: Environ) -> None:
        """Keep the request's body, so that the application can be asked more than once."""
        self._app, self._environ = app, environ
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self._body = environ["wsgi.input"].read(length) if length else b""

    def __call__(self, page: int | None = None) -> Reply:
        """The application's own answer."""
        environ = {**self._environ, "wsgi.input": io.BytesIO(self._body)}
        if page is not None:
            query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
            query.pop("page_token", None)
            environ["QUERY_STRING"] = urlencode({**query, "page": [str(page)]}, doseq=True)
        started: list[Any] = []
        parts = self._app(environ, lambda status, headers, *_rest: started.extend((status, headers)))
        body = b"".join(parts)
        return Reply(int(started[0][:3]), list(started[1]), body)

    def through(self, effect: Callable[[Strike, Call], Reply], strike: Strike) -> Call:
        """The same call with a trouble around it."""
        return _Wrapped(self, effect, strike)


class _Wrapped(Call):
    """A call that a trouble answers; other pages are still asked of the inner call."""

    def __init__(self, inner: Call, effect: Callable[[Strike, Call], Reply], strike: Strike) -> None:
        self._inner, self._effect, self._strike = inner, effect, strike

    def __call__(self, page: int | None = None) -> Reply:
        return self._effect(self._strike, self._inner) if page is None else self._inner(page)


def break_connection(environ: Environ) -> ConnectionResetError:
    """Close the client's socket the hard way; in process, the error is all there is. To be raised."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    return ConnectionResetError("the stand-in broke the connection on purpose")
