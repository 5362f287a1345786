"""The virtual environment `.venv` (made again only when requirements change) and the settings in `.env`."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.console import Problem, say
from launcher.machine import install

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
#: what is installed: a checksum per requirements file
STAMP = FOLDER / "installed.json"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def ensure(*files: str) -> None:
    """Have a virtual environment with what these requirements files ask for; fast when nothing changed."""
    with _alone():
        if not is_usable():
            make_folder()
        stamp = _read_stamp()
        wanted = {file: checksum(ROOT / file) for file in files}
        for file in [file for file, known in wanted.items() if stamp.get(file) != known]:
            _pip_install(file)
            stamp[file] = wanted[file]
            STAMP.write_text(json.dumps(stamp))


def is_usable() -> bool:
    """Say whether there is an environment of this Python: another version's packages cannot be used."""
    note = FOLDER / "pyvenv.cfg"
    if not (PYTHON.exists() and note.exists()):
        return False
    settings = dict(line.replace(" ", "").split("=", 1) for line in note.read_text().splitlines() if "=" in line)
    return settings.get("version", "").startswith(f"{VERSION}.")


def checksum(file: Path) -> str:
    """SHA-256 over a requirements file and those that it includes."""
    text = file.read_text()
    included = [line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith("-r ")]
    return hashlib.sha256("".join([text, *(checksum(file.parent / name) for name in included)]).encode()).hexdigest()


def _read_stamp() -> dict[str, str]:
    """What the stamp says; nothing for an environment that was not finished or not made by us."""
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


@contextmanager
def _alone() -> Iterator[None]:
    """Let one launcher at a time touch the environment."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def make_folder() -> None:
    """Make the virtual environment anew, with Debian's missing piece of Python when we are root."""
    if importlib.util.find_spec("ensurepip") is None:
        install(["python3-venv"], "Python's venv module is missing.")
    say("Making the Python environment in .venv …")
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem(f"Python could not make .venv: {(done.stderr or done.stdout).strip()}")


def _pip_install(file: str) -> None:
    say(f"Installing the packages of {file} (only when they change; about a minute) …")
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", file]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            last = line.strip() or last
            if line.startswith(("Collecting ", "Installing collected")):
                say(f"  {last[:100]}")
    if pip.returncode != 0:
        raise Problem(f"pip could not install {file}: {last} Check the network, then start again.")


def read_settings(file: Path) -> dict[str, str]:
    """Read `.env`: NAME=value lines, comments, optional quotes; raises `Problem` for anything else."""
    settings: dict[str, str] = {}
    for number, raw in enumerate(file.read_text().splitlines(), start=1):
        line = raw.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Problem(f"Line {number} of {file.name} is not NAME=value: {raw.strip()[:60]}")
        settings[name.strip()] = _unquoted(value.strip())
    return settings


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def load_settings() -> None:
    """Put `.env` into the environment; what is set there already wins."""
    file = ROOT / ".env"
    if file.exists():
        for name, value in read_settings(file).items():
            os.environ.setdefault(name, value)
    # Flask would read the file a second time, with other rules
    os.environ["FLASK_SKIP_DOTENV"] = "1"
