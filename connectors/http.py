"""One outgoing exchange: bounded in time, size and trust; no redirects, retries where they are harmless."""

from __future__ import annotations

import random
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar

import httpx2

from connectors.addresses import GuardedTransport, check_url, deadline, time_left
from connectors.errors import RemoteUnavailable
from connectors.strict_json import BadJsonError, loads, loads_watchful

T = TypeVar("T")
Sleep = Callable[[float], None]

#: sent by servers that do not label their JSON; it is still parsed strictly
UNLABELLED = frozenset({"", "text/plain", "application/octet-stream"})


class Transient(RemoteUnavailable):
    """Worth asking again at once: the answer broke, was late or was no answer."""


class NotSent(Transient):
    """There was no line to the remote, so it has seen nothing of this."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one exchange may take: seconds, bytes, tries."""

    connect: float = 10.0
    read: float = 15.0
    total: float = 30.0
    size: int = 20 * 1024 * 1024
    tries: int = 4
    first_pause: float = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole; `body` is already unzipped."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self, *, is_watchful: bool = False) -> Any:
        """The body as JSON; `Transient` when it is anything else, such as a web page with status 200.

        `is_watchful` marks objects that carry two ids (`strict_json.loads_watchful`).
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if "json" not in kind and kind not in UNLABELLED:
            raise Transient(f"{self.host} answered with {kind[:60]} instead of data. Try again later.")
        try:
            return loads_watchful(self.body) if is_watchful else loads(self.body)
        except BadJsonError as error:
            raise Transient(f"The answer of {self.host} cannot be used: {error}. Try again later.") from None


class Exchange:
    """Speaks HTTP for all connectors; safe to use from several threads."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        transport: httpx2.BaseTransport | None = None,
        bounds: Bounds | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._allow_private = allow_private
        self._bounds = bounds or Bounds()
        self._sleep = sleep
        self._client = httpx2.Client(
            transport=transport or GuardedTransport(allow_private),
            timeout=httpx2.Timeout(self._bounds.read, connect=self._bounds.connect),
            headers={"User-Agent": "Crossbill", "Accept": "application/json", "Accept-Encoding": "gzip"},
            follow_redirects=False,
            trust_env=False,
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send once; raises `Transient` without a whole answer, `AddressRefused`, or `RemoteUnavailable`."""
        check_url(url, self._allow_private)
        host = httpx2.URL(url).host
        try:
            with (
                deadline(self._bounds.total),
                self._client.stream(method, url, params=params, data=form, json=json, headers=headers) as response,
            ):
                _refuse_redirect(response, host)
                body = b"".join(self._read(response, host))
                return Answer(host, response.status_code, response.headers, body)
        except httpx2.HTTPError as error:
            raise _no_answer(error, host) from None

    def persist(self, attempt: Callable[[], T]) -> T:
        """Call `attempt` again after a `Transient`, a bounded number of times, waiting longer each time.

        For requests that change nothing remotely, or change it the same way twice.
        """
        for tried in range(self._bounds.tries - 1):
            try:
                return attempt()
            except Transient:
                self._sleep(self._bounds.first_pause * 2**tried * random.uniform(0.7, 1.3))  # noqa: S311 - jitter
        return attempt()

    def close(self) -> None:
        """Give back the sockets."""
        self._client.close()

    def _read(self, response: httpx2.Response, host: str) -> Iterator[bytes]:
        unzip = _decoder(response, host)
        room = self._bounds.size
        for chunk in response.iter_raw():
            if time_left() == 0:
                raise Transient(f"{host} took longer than {self._bounds.total:.0f} seconds. Try again later.")
            piece = unzip.decompress(chunk, room + 1) if unzip else chunk
            room -= len(piece)
            if room < 0:
                raise Transient(
                    f"The answer of {host} is larger than {self._bounds.size // 2**20} MB and was not read."
                )
            yield piece
        if unzip and not unzip.eof:
            raise Transient(f"The answer of {host} broke off. Try again later.")


def _decoder(response: httpx2.Response, host: str) -> Any:
    """Unzipping is done here and not by the client, which would swell a small bomb whole into memory."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding == "gzip":
        return _Unzip(host)
    raise Transient(f"{host} answered in an unknown encoding ({encoding[:40]}). Try again later.")


class _Unzip:
    def __init__(self, host: str) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._host = host

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    def decompress(self, chunk: bytes, most: int) -> bytes:
        try:
            return self._inflate.decompress(chunk, most)
        except zlib.error:
            raise Transient(f"The answer of {self._host} broke on its way. Try again later.") from None


def _refuse_redirect(response: httpx2.Response, host: str) -> None:
    if not 300 <= response.status_code < 400 or response.status_code == 304:
        return
    target = response.headers.get("location", "")[:200]
    try:
        name = httpx2.URL(target).host or "another page"
    except httpx2.InvalidURL:
        name = "an unreadable address"
    raise Transient(f"{host} sent us on to {name}, which is not followed. Check the address of the connection.")


def _no_answer(error: httpx2.HTTPError, host: str) -> RemoteUnavailable:
    """Name the host and the step that failed."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return RemoteUnavailable(f"The certificate of {host} is not valid, so nothing was sent. Check the address.")
    if isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return NotSent(f"{host} did not take the call in time. Try again later.")
    if isinstance(error, httpx2.TimeoutException):
        return Transient(f"{host} did not answer in time. Try again later.")
    if isinstance(error, httpx2.ConnectError):
        return NotSent(f"{host} cannot be reached: {error}. Check the network, then try again.")
    return Transient(f"{host} broke off the answer. Try again later.")
