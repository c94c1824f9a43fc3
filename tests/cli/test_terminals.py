"""The command in terminals, pipes and environments of all kinds: what was done is told, and a secret never lost."""

import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.settings import settings
from tests.platform import Partner
from tests.receivers import Receiver, hang

_ROOT = Path(__file__).resolve().parents[2]
_NAME = "Renée 東京"


def _environment(url: str, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    return {**inherited, "SPACEGARDEN_URL": url, "SPACEGARDEN_ADMIN_KEY": settings().admin_key, **more}


def _spacegarden(url: str, *words: str | bytes, environment: dict[str, str] | None = None, **more: Any) -> Any:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    command = [sys.executable, "-m", "cli", *words]
    return subprocess.run(
        command, cwd=_ROOT, env=_environment(url, **(environment or {})), timeout=300, check=False, **streams
    )


def _keys(partner: Partner) -> list[dict[str, Any]]:
    listed = partner.platform.admin("GET", f"/{partner.origin}/keys").json["data"]
    return [each for each in listed if each["name"] == _NAME]


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8"},
    ],
    ids=["ascii", "latin-1", "C", "UTF-8"],
)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["words", "json"])
def test_a_secret_that_is_shown_once_is_shown_in_every_terminal(
    server_url: str, partner: Partner, environment: dict[str, str], form: list[str]
) -> None:
    done = _spacegarden(
        server_url, "key", "create", partner.origin, "--name", _NAME.encode(), *form, environment=environment
    )
    assert done.returncode == 0, done.stderr
    [made] = _keys(partner)
    assert made["id"].encode() in done.stdout
    assert b"sg_" in done.stdout
    if form:
        told = json.loads(done.stdout.decode(environment.get("PYTHONIOENCODING", "utf-8")))
        assert told["name"] == _NAME


def test_a_refusal_is_told_in_every_terminal(server_url: str) -> None:
    done = _spacegarden(
        server_url, "partner", "show", "näme".encode(), "--json", environment={"PYTHONIOENCODING": "ascii"}
    )
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stderr)["error"]["code"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_secret_that_standard_output_does_not_take_stands_on_standard_error(
    server_url: str, partner: Partner
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = _spacegarden(server_url, "key", "create", partner.origin, "--name", _NAME, stdout=full)
    assert done.returncode == 4
    assert b"sg_" in done.stderr
    assert b"could not be written" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_secret_into_a_pipe_that_nobody_reads_stands_on_standard_error(server_url: str, partner: Partner) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = _spacegarden(server_url, "key", "create", partner.origin, "--name", _NAME, stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode == 4
    assert b"sg_" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["partner", "list"], ["partner", "list", "--json"]], ids=" ".join)
def test_a_list_that_nobody_reads_on_ends_without_a_word(server_url: str, partner: Partner, words: list[str]) -> None:
    del partner  # one at least is listed
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = _spacegarden(server_url, *words, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (4, b"")


def test_a_secret_stands_on_standard_error_where_the_other_streams_are_closed(
    server_url: str, partner: Partner
) -> None:
    words = ["key", "create", partner.origin, "--name", _NAME]
    shell = ["sh", "-c", 'exec "$@" <&- >&-', "sh", sys.executable, "-m", "cli", *words]
    done = subprocess.run(
        shell, cwd=_ROOT, env=_environment(server_url), timeout=300, check=False, stderr=subprocess.PIPE
    )
    assert done.returncode == 4, done.stderr
    assert b"sg_" in done.stderr
    assert b"could not be written" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full"])
def test_the_help_ends_without_a_traceback_whatever_takes_it(closed: str) -> None:
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "cli", "--help"]
    done = subprocess.run(shell, cwd=_ROOT, timeout=300, check=False, capture_output=True)
    assert done.returncode == (0 if closed == "2>&-" else 4), done.stderr
    assert b"Traceback" not in done.stderr


def test_an_argument_that_is_no_text_is_wrong_usage(server_url: str) -> None:
    done = _spacegarden(server_url, "partner", "create", b"x", "--name", b"\xff\xfe")
    assert done.returncode == 2
    assert b"is not text" in done.stderr


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A process that is started here heeds an interruption, though this one was started in the background.

    A shell lets what it starts there ignore interruptions, and so would all children.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_ends_it_without_a_traceback() -> None:
    with Receiver(hang) as silent:
        command = [sys.executable, "-m", "cli", "partner", "list"]
        running = subprocess.Popen(
            command, cwd=_ROOT, env=_environment(silent.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        silent.wait_for(1, timeout=300)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=300)[1]
    assert running.returncode == 1
    assert said.strip() == b"Aborted!"


def test_what_pip_installs_brings_all_that_the_command_needs(tmp_path: Path) -> None:
    """The wheel, and what it says it requires, alone on the path of a bare interpreter."""
    sources = tmp_path / "sources"
    shutil.copytree(_ROOT / "cli", sources / "cli")
    for name in ("pyproject.toml", "LICENSE", "README.md", "chalicelib/version.py"):
        (sources / name).parent.mkdir(exist_ok=True)
        shutil.copy(_ROOT / name, sources / name)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-w", str(tmp_path)]
    subprocess.run([*pip, *options, str(sources)], check=True, capture_output=True)
    [wheel] = tmp_path.glob("spacegarden-*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    [found] = importlib.metadata.distributions(name="spacegarden", path=[str(installed)])
    for requirement in found.requires or []:
        [name] = re.findall(r"^[A-Za-z0-9._-]+", requirement)
        for file in importlib.metadata.distribution(name).files or ():
            if file.suffix == ".py":
                target = installed / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(Path(str(file.locate())).read_bytes())
    start = f"import sys; sys.path.append({str(installed)!r}); from cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", start, "--help"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Sets up a Spacegarden platform" in done.stdout
