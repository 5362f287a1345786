"""What the machine must have besides Python: Debian packages (installed when we may) and a free port."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from launcher.console import Problem, say


def install(packages: Sequence[str], why: str) -> None:
    """Install Debian packages as root; raises `Problem` that says what to install when we may not."""
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Problem(f"{why} Install it and start again (Debian: apt-get install {names}).")
    say(f"Installing {names} …")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", "-qq", *arguments], env=quiet, capture_output=True, text=True)
        if done.returncode != 0:
            raise Problem(f"apt-get could not install {names}: {_last_line(done.stderr or done.stdout)}")


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def missing_for_tests() -> list[str]:
    """Return the Debian packages that the tests need and this machine lacks."""
    found = {
        "chromium": bool(shutil.which("chromium")),
        "postgresql": bool(shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
        "libatomic1": any(Path("/usr/lib").glob("*/libatomic.so.1")),
    }
    return [package for package, is_there in found.items() if not is_there]


def check_port(host: str, port: int, command: str, option: str = "--port") -> None:
    """Raise `Problem` when nothing can listen there; `command` is what a person typed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            raise Problem(f"{port} is not a port: choose one from 1 to 65535.") from None
        except OSError as error:
            raise Problem(_port_problem(error, host, port, f"{command} {option}")) from None


def _port_problem(error: OSError, host: str, port: int, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program, or by another Crossbill. Try: ./crossbill {option} {port + 1}"
    if error.errno == errno.EACCES:
        return f"Ports below 1024 are for root. Choose another: ./crossbill {option} 8000"
    return f"This machine cannot listen on {host}: {error.strerror}."
