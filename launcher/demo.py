"""`./crossbill demo`: the stand-in, a mail sink and Crossbill side by side, filled with two years of work."""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from launcher import environment
from launcher.console import Problem, say
from launcher.environment import PYTHON, ROOT
from launcher.machine import check_port
from launcher.mail_sink import MailSink
from launcher.serve import add_address, prepare_data, prepare_database, run_command, set_address

#: prctl's request for a signal at the parent's death
PR_SET_PDEATHSIG = 1
_prctl = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None
#: how long the stand-in may take to make its world, seconds
PATIENCE = 60
#: how long a child may take to stop before it is killed, seconds
GRACE = 15


class Stopped(Exception):  # noqa: N818 - a person's wish, not an error
    """A signal asked us to stop."""


def demo(arguments: Sequence[str]) -> int:
    """Run the demo until Ctrl-C; the first start fills it, later ones find it filled."""
    parser = argparse.ArgumentParser(prog="./crossbill demo", description="Try Crossbill with invented data.")
    add_address(parser)
    parser.add_argument("--standin-port", type=int, default=8400, help="default: 8400")
    parser.add_argument("--mail-port", type=int, default=8425, help="default: 8425")
    chosen = parser.parse_args(arguments)
    environment.ensure("requirements.txt")
    check_port(chosen.host, chosen.port, "demo")
    check_port("127.0.0.1", chosen.standin_port, "demo", "--standin-port")
    check_port("127.0.0.1", chosen.mail_port, "demo", "--mail-port")
    signal.signal(signal.SIGTERM, _stop)
    return _run(chosen)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _run(chosen: argparse.Namespace) -> int:
    folder = Path(os.environ.get("CROSSBILL_DATA", "data/demo"))
    prepare_data(folder)
    for name in ("DATABASE_URL", "BASE_URL", "TRUSTED_PROXY_COUNT"):
        os.environ.pop(name, None)  # the demo never touches a real installation
    os.environ["ALLOW_PRIVATE_REMOTES"] = "1"
    set_address(chosen.host, chosen.port)
    mail = MailSink(folder / "mail", chosen.mail_port)
    mail.start()
    children: list[subprocess.Popen[bytes]] = []
    try:
        children.append(_start_standin(chosen.standin_port, folder))
        prepare_database()
        is_filled = (folder / "filled").exists()
        if is_filled:
            children.append(_start_app())
        run_command("demo-fill", "--standin", _standin_url(chosen.standin_port), "--mail-port", str(mail.port))
        if not is_filled:
            children.append(_start_app())
        say(f"The stand-in for Zoho is at {_standin_url(chosen.standin_port)}; sent mail lies in {folder / 'mail'}")
        return _wait(children)
    except (Stopped, KeyboardInterrupt):
        return 0
    finally:
        _end(children)
        mail.shutdown()


def _standin_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _start_standin(port: int, folder: Path) -> subprocess.Popen[bytes]:
    say("Starting the stand-in for Zoho …")
    child = _child("standin", "--port", str(port), "--state", str(folder / "standin.json"))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if child.poll() is not None:
            raise Problem("The stand-in for Zoho did not start, see above.")
        try:
            with urllib.request.urlopen(f"{_standin_url(port)}/_standin", timeout=5):  # noqa: S310 - http only
                return child
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    child.kill()
    raise Problem(f"The stand-in for Zoho did not answer within {PATIENCE} seconds.")


def _start_app() -> subprocess.Popen[bytes]:
    return _child("gunicorn", "--config", "gunicorn.conf.py")


def _child(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `python -m module` in a session of its own: Ctrl-C reaches us alone, and we stop it in order."""
    return subprocess.Popen(
        [str(PYTHON), "-m", module, *arguments], cwd=ROOT, start_new_session=True, preexec_fn=_end_with_parent
    )


def _end_with_parent() -> None:
    """Ask Linux to stop a child when we are killed so hard that we cannot: it would keep its port."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(children: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait until one of the children ends, which it should not; return an exit code for that."""
    while True:
        for child in children:
            if child.poll() is not None:
                say("Part of the demo stopped by itself, see above; stopping the rest.")
                return child.returncode or 1
        time.sleep(0.3)


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Stop the app first, then the stand-in, so that no call of the app fails on the way out."""
    for child in reversed(children):
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
