"""One outgoing exchange: what is believed, what is refused, and how long it may take."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest

from connectors.addresses import check_url
from connectors.errors import AddressRefused, RemoteUnavailable
from connectors.http import Bounds, Exchange, Transient
from connectors.strict_json import TWO_IDS, BadJsonError, loads, loads_watchful
from tests.unit.connector_kit import Remote, Reply

URL = "https://projectsapi.zoho.com/x"


def exchange(remote: Remote, **bounds: float) -> Exchange:
    limits = Bounds(**bounds)  # type: ignore[arg-type]
    return Exchange(transport=httpx2.WSGITransport(app=remote), bounds=limits, sleep=lambda _: None)


def answer(reply: Reply) -> object:
    return exchange(Remote().on("/x", reply)).send("GET", URL).json()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html>Sign in</html>", content_type="text/html"),
        Reply(b"[]", content_type="text/html"),
        Reply(b"<html>Sign in</html>"),
        Reply(b""),
        Reply(b'{"a": 1'),
        Reply(b'{"a": 1} trailing'),
        Reply(b'{"a": NaN}'),
        Reply(b'{"a": Infinity}'),
        Reply(b'{"a": 1e400}'),
        Reply(b'{"a": "\xe9"}'),
        Reply(b"[" * 200_000),
        Reply(b"[" * 101 + b"]" * 101),
        Reply(b'{"a":' + b"9" * 5000 + b"}"),
        Reply(b"not gzip", headers={"Content-Encoding": "gzip"}),
        Reply(gzip.compress(b"[]")[:-4], headers={"Content-Encoding": "gzip"}),
        Reply(b"[]", headers={"Content-Encoding": "gzip, gzip"}),
    ],
)
def test_an_answer_that_is_not_sound_json_is_no_answer(reply: Reply) -> None:
    with pytest.raises(Transient):
        answer(reply)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'\xef\xbb\xbf{"a": 1}'),
        Reply(b'{"a": 1}', content_type=None),
        Reply(b'{"a": 1}', content_type="text/plain"),
        Reply(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"}),
    ],
)
def test_a_mark_a_missing_label_and_zipping_do_no_harm(reply: Reply) -> None:
    assert answer(reply) == {"a": 1}


def test_deep_nesting_is_told_from_many_brackets_in_texts() -> None:
    assert loads(b'{"a": "' + b"[" * 500 + b'"}') == {"a": "[" * 500}
    assert loads(b"[" * 100 + b"]" * 100)
    with pytest.raises(BadJsonError):
        loads(b'["' + b"[" * 500 + b'",' + b"[" * 101 + b"]" * 102)


def test_an_object_with_two_different_ids_is_marked() -> None:
    assert loads_watchful(b'{"id": "1", "id": "2"}')["id"] is TWO_IDS
    assert loads_watchful(b'{"id": "1", "id": "1", "a": 1, "a": 2}') == {"id": "1", "a": 2}


def test_an_answer_beyond_the_size_limit_is_not_read() -> None:
    bomb = Reply(gzip.compress(b"0" * 30_000_000), headers={"Content-Encoding": "gzip"})
    for reply in (bomb, Reply(b"0" * 30_000_000)):
        with pytest.raises(RemoteUnavailable, match="larger than 20 MB"):
            answer(reply)


def test_a_redirect_is_not_followed_and_names_its_target() -> None:
    remote = Remote().on("/x", Reply(b"", 302, {"Location": "https://evil.example/steal"}))

    with pytest.raises(RemoteUnavailable, match=r"evil\.example"):
        exchange(remote).send("GET", URL)
    assert len(remote.calls) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://projectsapi.zoho.com", "ftp://zoho.com", "file:///etc/passwd", "https://", "zoho.com",
        "https://a b.com",
        "https://zoho.com@evil.example", "https://zoho.com:99999", "https://127.0.0.1", "https://[::1]",
        "https://10.1.2.3", "https://192.168.0.1", "https://169.254.169.254", "https://[::ffff:127.0.0.1]",
        "https://[fe80::1]", "https://[fd00:ec2::254]", "https://0.0.0.0", "https://224.0.0.1", "https://100.64.0.1",
        "https://[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
def test_other_schemes_and_private_addresses_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, allow_private=False)


def test_the_owner_can_open_private_networks_but_never_cloud_metadata() -> None:
    check_url("http://127.0.0.1:8900", allow_private=True)
    check_url("http://standin.test", allow_private=True)
    with pytest.raises(AddressRefused):
        check_url("http://169.254.169.254/latest", allow_private=True)


@pytest.mark.parametrize("name", ["localhost", "2130706433", "127.1"])
def test_a_name_that_leads_to_a_private_address_is_refused_before_anything_is_sent(name: str) -> None:
    with Server() as server, pytest.raises(AddressRefused):
        Exchange(sleep=lambda _: None).send("GET", f"https://{name}:{server.port}/x")
    assert server.heard == []


def test_one_connection_serves_many_requests() -> None:
    with Server(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]") as server:
        outgoing = Exchange(allow_private=True)
        for _ in range(3):
            assert outgoing.send("GET", server.url).json() == []
        outgoing.close()
    assert server.connections == 1


def test_bytes_that_drip_within_the_read_limit_still_meet_the_deadline() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
    for drip in (head + b"0" * 900, b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 60):
        with Server(drip, pause=0.02) as server:
            outgoing = Exchange(allow_private=True, bounds=Bounds(total=0.3, read=0.2), sleep=lambda _: None)
            begun = time.monotonic()
            with pytest.raises(Transient):
                outgoing.send("GET", server.url)
            outgoing.close()
        assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[1,",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1",
    ],
)
def test_a_connection_that_breaks_is_worth_another_try(sent: bytes) -> None:
    with Server(sent, hang_up=True) as server:
        outgoing = Exchange(allow_private=True)
        with pytest.raises(Transient):
            outgoing.send("GET", server.url)
        outgoing.close()


def test_an_unreachable_host_is_named() -> None:
    outgoing = Exchange(allow_private=True)
    with pytest.raises(Transient, match="cannot be reached"):
        outgoing.send("GET", "http://127.0.0.1:1/x")
    with pytest.raises(Transient, match=r"no-such-host\.invalid"):
        outgoing.send("GET", "https://no-such-host.invalid/x")
    outgoing.close()


def test_tries_are_bounded_and_wait_longer_each_time() -> None:
    naps: list[float] = []
    tries: list[int] = []
    outgoing = Exchange(transport=httpx2.WSGITransport(app=Remote()), sleep=naps.append)

    def fail() -> None:
        tries.append(1)
        raise Transient("no")

    with pytest.raises(Transient):
        outgoing.persist(fail)
    assert len(tries) == 4
    assert naps == sorted(naps)


class Server:
    """A socket on this machine that says the same bytes to each request, at its own pace."""

    def __init__(self, says: bytes = b"", *, pause: float = 0, hang_up: bool = False) -> None:
        self._says, self._pause, self._hang_up = says, pause, hang_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/x"
        self.heard: list[bytes] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(2)

    def _serve(self) -> None:
        for caller in self._callers():
            with caller:
                self.connections += 1
                try:
                    self._talk(caller)
                except OSError:
                    continue

    def _callers(self) -> Iterator[socket.socket]:
        while True:
            try:
                yield self._listener.accept()[0]
            except OSError:
                return

    def _talk(self, caller: socket.socket) -> None:
        caller.settimeout(2)
        while heard := caller.recv(65536):
            self.heard.append(heard)
            for byte in [self._says] if not self._pause else [self._says[at : at + 1] for at in range(len(self._says))]:
                caller.sendall(byte)
                time.sleep(self._pause)
            if self._hang_up:
                return
