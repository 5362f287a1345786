"""Which addresses may be called: https, and no private network unless the owner allowed it."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from connectors.errors import AddressRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
SocketOption = Any

#: where clouds hand out their machines' credentials; link-local ones are refused anyway
METADATA = frozenset({ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("100.100.100.200")})

_running = threading.local()


@lru_cache(maxsize=256)
def check_url(url: str, allow_private: bool) -> None:
    """Raise `AddressRefused` unless scheme and host of a base address may be called at all."""
    try:
        parts = urlsplit(url)
        host, has_port = parts.hostname, parts.port != 0
    except ValueError:
        raise AddressRefused(f"{url!r} is not a web address. Correct it in the connection's settings.") from None
    if not host or not has_port or "@" in parts.netloc or any(letter.isspace() for letter in url):
        raise AddressRefused(f"{url!r} is not a plain web address. Correct it in the connection's settings.")
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise AddressRefused(f"{host} may be called over https only. Begin it with https://.")
    literal = _literal(host)
    if literal is not None:
        check_ip(literal, host, allow_private)


def check_ip(address: IPAddress, host: str, allow_private: bool) -> None:
    """Raise `AddressRefused` for an address inside a private network, or one that is never a server of ours.

    Allowing private addresses opens private networks and this machine; link-local addresses (cloud metadata),
    multicast and the unspecified address stay refused.
    """
    inner = _inner(address)
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner in METADATA:
        raise AddressRefused(f"{host} leads to {inner}, which is never called. Correct the address.")
    if not inner.is_global and not allow_private:
        raise AddressRefused(
            f"{host} leads to {inner} in a private network. "
            "Allow private addresses for this connection if that is meant."
        )


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound everything this thread reads or writes in the block, however slowly the bytes drip."""
    _running.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _running.until = None


def time_left(wanted: float | None = None) -> float | None:
    """Seconds this thread may still wait: `wanted`, or less when the deadline comes first."""
    until: float | None = getattr(_running, "until", None)
    if until is None:
        return wanted
    left = max(0.0, until - time.monotonic())
    return left if wanted is None else min(wanted, left)


class GuardedTransport(httpx2.HTTPTransport):
    """Pooled connections whose addresses were checked when they were opened.

    The name is resolved once per connection, every answer is checked, and the checked address itself is
    connected to (TLS still names the host): a name that changes its mind later gains nothing, and keep-alive
    costs no look-up. Proxies of the environment are not used: behind one the address could not be checked.
    """

    def __init__(self, allow_private: bool, connections: int = 4) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_trusted(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=60.0,
            network_backend=GuardedBackend(allow_private),
        )


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The certificates this machine trusts, read once (25 ms)."""
    return httpx2.create_ssl_context()


class GuardedBackend(httpcore2.NetworkBackend):
    """Opens sockets to checked addresses only."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve, check all answers, connect to the first that takes the call."""
        failure: Exception = httpcore2.ConnectError(f"the name {host} is unknown")
        for address in self._checked(host, port):
            try:
                limit = time_left(timeout)
                return PunctualStream(self._plain.connect_tcp(address, port, limit, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _checked(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"the name {host} could not be looked up") from error
        addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
        for address in addresses:
            check_ip(ipaddress.ip_address(address.partition("%")[0]), host, self._allow_private)
        return addresses


class PunctualStream(httpcore2.NetworkStream):
    """A socket that keeps to the thread's deadline."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, but not beyond the deadline."""
        limit = time_left(timeout)
        if limit == 0:
            raise httpcore2.ReadTimeout("the answer took too long as a whole")
        return self._stream.read(max_bytes, limit)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, but not beyond the deadline."""
        limit = time_left(timeout)
        if limit == 0:
            raise httpcore2.WriteTimeout("sending took too long as a whole")
        self._stream.write(buffer, limit)

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Go on under TLS, punctual as before."""
        return PunctualStream(self._stream.start_tls(ssl_context, server_hostname, time_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        """What the socket knows of itself."""
        return self._stream.get_extra_info(info)


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _inner(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 one only wraps (mapped, 6to4, Teredo, NAT64), else the address itself."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
