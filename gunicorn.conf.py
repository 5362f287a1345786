"""The web server: one process with a few threads; the scheduler lives and ends with it."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

wsgi_app = "app:create_app()"
bind = f"{os.environ.get('CROSSBILL_HOST', '127.0.0.1')}:{os.environ.get('CROSSBILL_PORT', '8000')}"
workers = 1
worker_class = "gthread"
threads = 8
#: an app loaded before the fork would share its database connections with the worker
preload_app = False
#: it would open a socket in $HOME
control_socket_disable = True
graceful_timeout = 10
timeout = 60
keepalive = 5
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - heartbeat files, no secrets
loglevel = os.environ.get("LOG_LEVEL", "warning").lower()
errorlog = "-"
#: requests hold addresses and one-time links: no access log unless it is asked for
accesslog = os.environ.get("ACCESS_LOG") or None
forwarded_allow_ips = "127.0.0.1"


def when_ready(_server: Any) -> None:
    """Say where people find the app."""
    host, _, port = bind.rpartition(":")
    shown = "127.0.0.1" if host in {"0.0.0.0", "[::]", ""} else host  # noqa: S104 - compared, not bound
    print(f"Crossbill is at {os.environ.get('BASE_URL') or f'http://{shown}:{port}'} (stop it with Ctrl-C)", flush=True)


def post_worker_init(worker: Any) -> None:
    """Start the scheduler in the process that serves; only that one needs to load it."""
    import_module("jobs").start(worker.wsgi)


def worker_exit(_server: Any, _worker: Any) -> None:
    """Stop the scheduler before the interpreter waits for its threads (atexit is too late, spec stack.md)."""
    import_module("jobs").stop()
