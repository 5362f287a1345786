"""The launcher: what a person at a terminal sees before the app's own packages are there."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from launcher import check, environment, machine, schema
from launcher.__main__ import main
from launcher.console import Problem
from launcher.mail_sink import MailSink

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A checkout with two requirements files; making an environment and pip are only noted."""
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\npytest\n")
    folder = tmp_path / ".venv"
    for name, value in {
        "ROOT": tmp_path, "FOLDER": folder, "PYTHON": folder / "bin" / "python", "STAMP": folder / "installed.json",
    }.items():  # fmt: skip
        monkeypatch.setattr(environment, name, value)
    done = []

    def make():
        done.append("made")
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin" / "python").touch()
        (folder / "installed.json").unlink(missing_ok=True)
        (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {environment.VERSION}.9\n")

    monkeypatch.setattr(environment, "make_folder", make)
    monkeypatch.setattr(environment, "_pip_install", done.append)
    return done


def test_the_environment_is_made_once(place):
    environment.ensure("requirements.txt")
    environment.ensure("requirements.txt")

    assert place == ["made", "requirements.txt"]


def test_packages_are_installed_again_only_when_the_list_changes(place):
    environment.ensure("requirements.txt")
    (environment.ROOT / "requirements.txt").write_text("flask\nbabel\n")

    environment.ensure("requirements.txt")

    assert place == ["made", "requirements.txt", "requirements.txt"]


def test_what_the_list_includes_counts_too(place):
    environment.ensure("requirements.txt", "requirements-dev.txt")
    (environment.ROOT / "requirements.txt").write_text("flask\nbabel\n")

    environment.ensure("requirements-dev.txt")

    assert place[-1] == "requirements-dev.txt"
    assert len(place) == 4


def test_an_environment_of_another_python_is_made_anew(place):
    environment.ensure("requirements.txt")
    (environment.FOLDER / "pyvenv.cfg").write_text("version = 3.9.2\n")

    environment.ensure("requirements.txt")

    assert place == ["made", "requirements.txt"] * 2


def test_an_installation_that_was_cut_off_is_done_again(place, monkeypatch):
    def cut_off(file):
        raise Problem("no network")

    with monkeypatch.context() as broken:
        broken.setattr(environment, "_pip_install", cut_off)
        with pytest.raises(Problem):
            environment.ensure("requirements.txt")

    environment.ensure("requirements.txt")

    assert place == ["made", "requirements.txt"]


def test_settings_come_from_a_file_and_the_environment_wins(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# my settings\nBASE_URL=https://b.example\n\nexport SECRET_KEY='a = b'\nEMPTY=\n")

    assert environment.read_settings(file) == {"BASE_URL": "https://b.example", "SECRET_KEY": "a = b", "EMPTY": ""}


def test_a_line_that_is_no_setting_is_named(tmp_path):
    file = tmp_path / ".env"
    file.write_text("BASE_URL=x\nwhat is this\n")

    with pytest.raises(Problem, match=r"Line 2 of \.env"):
        environment.read_settings(file)


def test_the_example_settings_can_be_read_and_change_nothing():
    assert environment.read_settings(ROOT / ".env.example") == {}


def test_a_taken_port_is_told_with_a_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(Problem, match=rf"Port {port} is taken.*\./crossbill up --port {port + 1}"):
            machine.check_port("127.0.0.1", port, "up")


def test_a_free_port_is_fine():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    machine.check_port("127.0.0.1", port, "up")


@pytest.mark.parametrize(("port", "sentence"), [(70000, "not a port"), (-1, "not a port")])
def test_a_port_that_cannot_be_is_told(port, sentence):
    with pytest.raises(Problem, match=sentence):
        machine.check_port("127.0.0.1", port, "up")


def test_without_the_right_to_install_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(Problem, match=r"^Python's venv module is missing\. .*apt-get install python3-venv"):
        machine.install(["python3-venv"], "Python's venv module is missing.")


@pytest.mark.parametrize(
    ("chosen", "is_fast", "expected"),
    [
        ([], False, [[*check.TOGETHER, *check.FOLDERS], ["tests/e2e"]]),
        ([], True, [[*check.TOGETHER, *check.FOLDERS]]),
        (["tests/unit/test_floors.py", "-k", "x"], False, [["tests/unit/test_floors.py", "-k", "x"]]),
        (["--reqs"], False, [[*check.FOLDERS, "tests/e2e", "--reqs"]]),
    ],
)
def test_the_browser_walks_come_last_and_alone_and_a_person_may_choose(chosen, is_fast, expected):
    assert check.pytest_calls(chosen, is_fast) == expected


@pytest.mark.parametrize("arguments", [["nonsense"], ["--data"]])
def test_a_command_that_does_not_exist_is_one_sentence(arguments, capsys):
    assert main(arguments) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_help_names_every_command(capsys):
    assert main(["help"]) == 0

    text = capsys.readouterr().out
    for command in ("up", "demo", "sync", "user", "backup", "restore", "doctor", "standin", "test", "bench"):
        assert f"./crossbill {command}" in text


def test_the_launcher_needs_nothing_but_python():
    """On a bare machine only the standard library is there."""
    code = (
        "import launcher.__main__, sys; "
        "print([n for n, m in sys.modules.items() if 'site-packages' in str(getattr(m, '__file__', ''))])"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert answer.stdout.strip() == "[]"


def test_the_demos_mail_server_keeps_what_is_sent(tmp_path):
    sink = MailSink(tmp_path / "mail")
    sink.start()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "Invoice – ünïcode"
    message.set_content("Hello\n.a line with a dot\n")

    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.send_message(message)
        client.send_message(message)
    sink.shutdown()
    sink.server_close()

    kept = sorted((tmp_path / "mail").glob("*.eml"))
    assert len(kept) == 2
    assert b"\n.a line with a dot" in kept[0].read_bytes()


@pytest.mark.e2e
def test_up_serves_and_stops_within_seconds_when_told(tmp_path):
    port, data = free_port(), tmp_path / "data"
    command = [ROOT / "crossbill", "up", "--port", str(port)]
    here = {"env": {**os.environ, "CROSSBILL_DATA": str(data)}, "text": True, "cwd": tmp_path}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **here) as child:
        try:
            assert answers(f"http://127.0.0.1:{port}/healthz")
            second = subprocess.run(command, capture_output=True, **here)
            begun = time.monotonic()
            child.send_signal(signal.SIGTERM)
            output, _none = child.communicate(timeout=20)
        finally:
            child.kill()

    assert time.monotonic() - begun < 10
    assert f"Crossbill is at http://127.0.0.1:{port}" in output
    assert "Traceback" not in output
    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert f"Port {port} is taken" in second.stderr
    assert data.stat().st_mode & 0o077 == 0
    assert (data / "secret_key").stat().st_mode & 0o077 == 0


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def answers(url, seconds=60):
    """Wait until a server answers, whatever it says."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
    return False


def test_an_up_to_date_database_is_known_without_loading_the_app(tmp_path):
    (tmp_path / "one.py").write_text("revision = 'a1'\ndown_revision = None\n")
    (tmp_path / "two.py").write_text('revision: str = "b2"\ndown_revision: str | None = "a1"\n')
    database = tmp_path / "crossbill.sqlite3"

    def at(revision):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT)")
            connection.execute("DELETE FROM alembic_version")
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
            connection.commit()
        return schema.is_current(database, tmp_path)

    assert not schema.is_current(database, tmp_path)
    assert not at("a1")
    assert at("b2")
    database.write_bytes(b"no database at all, but long enough to be read as one" * 10)
    assert not schema.is_current(database, tmp_path)


def test_the_launcher_and_alembic_agree_on_the_newest_migration():
    assert schema.newest() == set(ScriptDirectory(str(ROOT / "migrations")).get_heads())
