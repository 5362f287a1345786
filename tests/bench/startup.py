"""Start: from `./crossbill up` on a prepared folder until the app says that it is ready; and what it loads."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from statistics import median

from tests.bench.measure import Asked, Figure, shown
from tests.bench.place import ROOT


def run(asked: Asked) -> Iterator[Figure]:
    """The first start makes the database; the others are warm."""
    with tempfile.TemporaryDirectory(prefix="crossbill-bench-") as folder:
        cold, *warm = [_ready_after(folder) for _ in range(asked.rounds + 1)]
    yield Figure("ready after `up`, on an empty folder (wall)", shown(cold), "–")
    yield Figure("ready after `up`, warm (wall)", shown(median(warm)), "≤ 1.5 s", len(warm))


def _ready_after(folder: str) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"CROSSBILL_DATA": folder, "CROSSBILL_NO_BROWSER": "1"}
    command = [sys.executable, "-m", "launcher", "up", "--port", str(port)]
    begin = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while not _is_ready(port):
                if server.poll() is not None or time.monotonic() - begin > 60:
                    raise SystemExit("Crossbill did not start.")
                time.sleep(0.01)
            return time.monotonic() - begin
        finally:
            server.terminate()


def _is_ready(port: int) -> bool:
    http = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        http.request("GET", "/readyz")
        return http.getresponse().status == 200
    except OSError:
        return False
    finally:
        http.close()
