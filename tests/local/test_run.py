"""`python -m local.run` and `chalice local`, started for real on a small project in a folder with a space."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from local.engine import Engine
from local.run import UnusableAddress, address_from
from local.welcome import text
from tests.receivers import refusing_url

# Beside this Python, and not `python -m`: to reload, Chalice runs its own command line again.
_CHALICE = str(Path(sys.executable).with_name("chalice"))
_ROOT = Path(__file__).resolve().parents[2]
_APP = """
from local import attach

attach.before_app()

from chalice import Chalice

from chalicelib.core import aws
from chalicelib.core.settings import settings

app = Chalice("small", configure_logs=False)
handled = []
ticks = []


@app.route("/state")
def state():
    return {"handled": handled, "ticks": len(ticks), "public_url": settings().public_url}


@app.route("/send/{body}", methods=["POST"])
def send(body):
    url = aws.client("sqs").get_queue_url(QueueName="small")["QueueUrl"]
    aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    return {}


@app.on_sqs_message(queue="small", batch_size=10)
def work(event):
    handled.extend(record.body for record in event)


@app.schedule("rate(1 minute)")
def sweep(event):
    ticks.append(event)


attach.after_app(app)
"""
_BOOTSTRAP = """
from chalicelib.core import aws


def bootstrap(*, port):
    aws.client("sqs").create_queue(QueueName="small")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a small project")
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(_ROOT / "local", folder / "local", ignore=unwanted)
    shutil.copytree(_ROOT / "chalicelib" / "core", folder / "chalicelib" / "core", ignore=unwanted)
    (folder / "chalicelib" / "__init__.py").touch()
    (folder / "local" / "bootstrap.py").write_text(_BOOTSTRAP)
    (folder / "app.py").write_text(_APP)
    (folder / ".chalice").mkdir()
    config = {"version": "2.0", "app_name": "small", "stages": {"dev": {"api_gateway_stage": "api"}}}
    (folder / ".chalice" / "config.json").write_text(json.dumps(config))
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A server's process, and requests to it."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port

    def ask(self, path: str, *, method: str = "GET") -> Any:
        request = Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        with urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def wait_for_ready_line(self) -> list[str]:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("ready "):
                return lines
        raise AssertionError("It ended without being ready:\n" + "\n".join(lines))

    def eventually(self, key: str, wanted: Any, *, within: float = 120) -> Any:
        deadline = monotonic() + within
        while (found := self.ask("/state")[key]) != wanted and monotonic() < deadline:
            sleep(0.02)
        return found


@contextmanager
def _started(project: Path, command: Sequence[str], port: int, **environment: str) -> Iterator[Running]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPACEGARDEN_"))}
    process = subprocess.Popen(
        command,
        cwd=project,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield Running(process, port)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _run(project: Path, **environment: str) -> Iterator[Running]:
    port = _free_port()
    with _started(project, [sys.executable, "-m", "local.run"], port, PORT=str(port), **environment) as running:
        yield running


def test_it_says_when_it_is_ready_and_then_answers(project: Path) -> None:
    with _run(project) as running:
        lines = running.wait_for_ready_line()
        assert lines[-1] == f"ready http://127.0.0.1:{running.port}"
        assert running.ask("/state")["public_url"] == f"http://127.0.0.1:{running.port}"
        with pytest.raises(HTTPError, match="404") as refused:
            running.ask("/none")
        refused.value.close()


def test_messages_sent_by_a_request_are_handled_and_schedules_tick(project: Path) -> None:
    with _run(project, SPACEGARDEN_SECONDS_SCALE="0.001") as running:
        running.wait_for_ready_line()
        running.ask("/send/hello", method="POST")
        assert running.eventually("handled", ["hello"]) == ["hello"]
        deadline = monotonic() + 120
        while running.ask("/state")["ticks"] < 2:
            assert monotonic() < deadline
            sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly_and_soon(project: Path, number: signal.Signals) -> None:
    with _run(project) as running:
        running.wait_for_ready_line()
        running.process.send_signal(number)
        # A long poll that nobody interrupts lasts twenty seconds.
        assert running.process.wait(15) == 0
        assert running.process.stdout is not None
        assert running.process.stdout.read() == ""


def test_a_port_that_is_taken_is_one_clear_line(project: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with _started(project, [sys.executable, "-m", "local.run"], port, PORT=str(port)) as running:
            output, _ = running.process.communicate(timeout=120)
    taken = f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another port with PORT."
    assert output == f"spacegarden: {taken}\n"
    assert running.process.returncode == 1


def test_a_reloading_server_that_finds_its_port_taken_ends_with_one_line(project: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with _started(project, [_CHALICE, "local", "--port", str(port)], port) as running:
            output, _ = running.process.communicate(timeout=120)
    assert f"spacegarden: Cannot listen on 127.0.0.1:{port}" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("reloading", ["--autoreload", "--no-autoreload"])
def test_chalice_local_alone_serves_everything(project: Path, reloading: str) -> None:
    port = _free_port()
    command = [_CHALICE, "local", "--port", str(port), reloading]
    with _started(project, command, port) as running:
        assert running.wait_for_ready_line()[-1] == f"ready http://127.0.0.1:{port}"
        running.ask("/send/hello", method="POST")
        assert running.eventually("handled", ["hello"]) == ["hello"]
        assert running.ask("/state")["public_url"] == f"http://127.0.0.1:{port}"


def test_a_reloading_server_restarts_for_a_source_and_for_nothing_else(project: Path) -> None:
    port = _free_port()
    with _started(project, [_CHALICE, "local", "--port", str(port)], port) as running:
        running.wait_for_ready_line()
        running.ask("/send/kept", method="POST")
        running.eventually("handled", ["kept"])
        (project / ".local").mkdir(exist_ok=True)
        (project / ".local" / "state.json").write_text("{}")
        (project / "__pycache__").mkdir(exist_ok=True)
        (project / "__pycache__" / "other.pyc").touch()
        sleep(2.5)
        assert running.ask("/state")["handled"] == ["kept"]
        (project / "extra.py").write_text("")
        running.wait_for_ready_line()
        assert running.ask("/state")["handled"] == []


def test_a_reloading_server_does_not_outlive_chalice(project: Path) -> None:
    port = _free_port()
    with _started(project, [_CHALICE, "local", "--port", str(port)], port) as running:
        running.wait_for_ready_line()
        running.process.terminate()
        running.process.wait(120)
        deadline = monotonic() + 120
        while _answers(port) and monotonic() < deadline:
            sleep(0.1)
        assert not _answers(port)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_other_chalice_commands_start_no_engine(project: Path) -> None:
    code = "import sys, app; print('moto' in sys.modules)"
    with _started(
        project,
        [sys.executable, "-c", code],
        0,
        AWS_CHALICE_CLI_MODE="true",
        AWS_DEFAULT_REGION="eu-central-1",
    ) as running:
        output, _ = running.process.communicate(timeout=120)
    assert output == "False\n"


def test_a_run_loads_nothing_of_chalices_command_line(project: Path) -> None:
    """Which takes a tenth of a second, and `chalice local` alone needs it."""
    code = "import sys, local.run; print('chalice.local' in sys.modules, 'chalice.cli' in sys.modules)"
    with _started(project, [sys.executable, "-c", code], 0) as running:
        output, _ = running.process.communicate(timeout=120)
    assert output == "True False\n"


def test_the_address_is_read_from_the_environment() -> None:
    assert address_from({}) == ("127.0.0.1", 8000)
    assert address_from({"HOST": "0.0.0.0", "PORT": "9000"}) == ("0.0.0.0", 9000)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000x", "٨"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(UnusableAddress, match="PORT"):
        address_from({"PORT": port})


def test_the_welcome_ends_with_the_ready_line() -> None:
    shown = text("0.0.0.0", 8000, engine=Engine(None), demo_key="sg_demo", admin_key="sg_admin")
    assert "Open           http://127.0.0.1:8000/ " in shown
    assert "sg_demo" in shown
    assert "sg_admin" in shown
    assert shown.endswith("\nready http://0.0.0.0:8000\n")


_HIDING = """
import sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("moto", "alysis"):
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Hidden())
"""


@pytest.mark.parametrize("reloading", ["--autoreload", "--no-autoreload"])
def test_chalice_local_says_what_is_not_installed(project: Path, tmp_path: Path, reloading: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(_HIDING)
    command = [_CHALICE, "local", "--port", str(_free_port()), reloading]
    with _started(project, command, 0, PYTHONPATH=str(tmp_path)) as running:
        output, _ = running.process.communicate(timeout=120)
    assert "spacegarden: a local run also needs moto and alysis, not installed here." in output
    assert "requirements-dev.txt" in output
    assert "Traceback" not in output
    # The parent of a reloading server ends with 0 whatever becomes of its child.
    assert running.process.returncode == (0 if reloading == "--autoreload" else 1)


def test_a_chain_that_does_not_answer_is_told_in_a_sentence() -> None:
    with refusing_url() as url:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("SPACEGARDEN_", "AWS_"))}
        environment = {**own, "SPACEGARDEN_CHAIN_RPC": url, "PORT": str(_free_port())}
        command = [sys.executable, "-m", "local.run"]
        done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, timeout=300, check=False)
    assert done.returncode == 1
    assert b"The chain of this run cannot be used" in done.stderr
    assert b"Traceback" not in done.stderr
