"""A storage engine that survives restarts: `python -m local.ministack [OPTIONS] -- COMMAND…`.

Starts ministack on loopback, runs the command with `AWS_ENDPOINT_URL` set to it, stops it, and exits with the
command's status. ministack pins a botocore of its own and therefore lives in an environment of its own,
installed at the first use. Its state is written when it is stopped properly, and lost when it is killed; so it is
a process of its own that outlives a run which is killed, and the next run takes it over.
"""

import argparse
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import Any

PROGRAM = ("-m", "ministack")
# Its key service needs cryptography, and does not say so.
PACKAGES = ("ministack==1.5.33", "cryptography==50.0.2")
_LOCAL = Path(__file__).resolve().parent.parent / ".local"
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0


class EngineFault(Exception):
    """ministack cannot be installed or started, or another run uses it; the message is one line."""


def install() -> Path:
    """Makes ministack's environment where it is missing or of another version; returns its Python."""
    home = _LOCAL / "ministack-venv"
    python = home / "bin" / "python"
    stamp = home / "installed"
    wanted = f"{' '.join(PACKAGES)} for Python {sys.version.split()[0]}"
    with _exclusive_lock(_LOCAL / "ministack-venv.lock", wait=True):
        if not stamp.exists() or stamp.read_text() != wanted:
            print("installing the second engine, ministack, in .local (once)", flush=True)
            venv.create(home, clear=True, with_pip=True)
            command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            if subprocess.run([*command, *PACKAGES], check=False).returncode:
                raise EngineFault("ministack could not be installed; see pip's words above.")
            stamp.write_text(wanted)
    return python


class _LockHeld(EngineFault):
    """Another process holds the lock."""


@dataclass(frozen=True)
class Endpoint:
    """A running engine's address, and the open lock files that reserve its data."""

    url: str
    locks: tuple[int, ...] = ()


@contextmanager
def running(
    python: Path, *, port: int | None, state: Path | None, program: Sequence[str] = PROGRAM
) -> Iterator[Endpoint]:
    """ministack while the block runs. `state` is the folder of its data, or None; `program` is what Python starts.

    An engine that outlived a killed run still has data that no file holds yet. That engine is used again, whatever port
    was asked for.
    """
    if state is None:
        with _started([python, *program], port or _free_port(), None, ()) as url:
            yield Endpoint(url, ())
        return
    with (
        _exclusive_lock(state / "run.lock", wait=False) as run_lock,
        _engine_of([python, *program], port, state) as url,
    ):
        # The command holds the lock as well: while it lives, however this process ends, the data is taken.
        yield Endpoint(url, (run_lock,))


@contextmanager
def _engine_of(command: Sequence[str | Path], port: int | None, state: Path) -> Iterator[str]:
    if not _is_free(state / "in-use.lock"):
        with _running_engine(state) as url:
            yield url
        return
    with (
        _exclusive_lock(state / "in-use.lock", wait=False) as lock,
        _started(command, port or _free_port(), state, (lock,)) as url,
    ):
        yield url


@contextmanager
def _running_engine(state: Path) -> Iterator[str]:
    """The engine of an earlier run that still holds the data; it is stopped with the block too."""
    note = json.loads((state / "engine.json").read_text())
    pid, port = int(note["pid"]), int(note["port"])
    print("using on the engine of a run that was killed", flush=True)
    _wait_until_healthy(lambda: _is_free(state / "in-use.lock"), port, _log_of(port))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        # The lock says that it is still the process of the note, and no other under its number.
        if not _is_free(state / "in-use.lock"):
            os.kill(pid, signal.SIGTERM)
            deadline = monotonic() + _STOP_SECONDS
            while not _is_free(state / "in-use.lock") and monotonic() < deadline:
                sleep(0.05)
    _log_of(port).unlink(missing_ok=True)


@contextmanager
def _started(command: Sequence[str | Path], port: int, state: Path | None, locks: tuple[int, ...]) -> Iterator[str]:
    log = _log_of(port)
    environment = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1" if state else "0",
    }
    if state:
        environment["STATE_DIR"] = str(state)
    for name in [name for name in environment if name.startswith("AWS_ENDPOINT_URL")]:
        del environment[name]
    with log.open("wb") as output:
        # A session of its own: Ctrl-C is for the command, and the engine must outlive it to keep its data.
        process = subprocess.Popen(
            [str(part) for part in command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # The engine holds the lock too: should this process be killed, its data stays taken while it lives.
            pass_fds=locks,
        )
    if state:
        (state / "engine.json").write_text(json.dumps({"pid": process.pid, "port": port}))
    try:
        _wait_until_healthy(lambda: process.poll() is not None, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    log.unlink(missing_ok=True)


def _log_of(port: int) -> Path:
    return _LOCAL / f"ministack-{port}.log"


def _wait_until_healthy(has_ended: Callable[[], bool], port: int, log: Path) -> None:
    deadline = monotonic() + _START_SECONDS
    while monotonic() < deadline:
        if has_ended():
            raise EngineFault(f"ministack ended at once (port {port} taken?); its words are in {log}.")
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/_ministack/health")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            sleep(0.05)
        finally:
            connection.close()
    raise EngineFault(f"ministack did not answer within {_START_SECONDS:.0f} s; its words are in {log}.")


@contextmanager
def _exclusive_lock(lock: Path, *, wait: bool) -> Iterator[int]:
    """Holds a lock file while the block runs. The system releases it when the process ends, even if it is killed."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise _LockHeld(f"Another run uses the data in {lock.parent}; stop it first.") from None
        yield handle.fileno()


def _is_free(lock: Path) -> bool:
    try:
        with _exclusive_lock(lock, wait=False):
            return True
    except _LockHeld:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_command(command: Sequence[str], endpoint: Endpoint) -> int:
    """Runs the command against the engine; returns its exit status. Passes SIGTERM on."""
    environment = os.environ | {"AWS_ENDPOINT_URL": endpoint.url}
    process = subprocess.Popen(command, env=environment, pass_fds=endpoint.locks)

    def end(*_: Any) -> None:
        process.terminate()

    signal.signal(signal.SIGTERM, end)
    # Ctrl-C reaches the command by itself; a handler, because an ignored signal would be ignored by it as
    # well.
    signal.signal(signal.SIGINT, lambda *_: None)
    status = process.wait()
    return status if status >= 0 else 128 - status


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command against ministack; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.ministack", description="Runs a command against ministack.")
    parser.add_argument("--port", type=int, help="where ministack listens; a free port by default")
    parser.add_argument(
        "--memory", action="store_true", help="keep nothing; by default data is kept in .local/ministack"
    )
    parser.add_argument("--data", type=Path, default=_LOCAL / "ministack", help="the folder of the data to keep")
    parser.add_argument("--program", help="a Python file that starts ministack in a way of its own")
    parser.add_argument("command", nargs="+", help="the command and its arguments, after --")
    given = parser.parse_args(arguments)
    program = (given.program,) if given.program else PROGRAM
    try:
        python = install()
        with running(python, port=given.port, state=None if given.memory else given.data, program=program) as endpoint:
            return run_command(given.command, endpoint)
    except EngineFault as fault:
        print(f"spacegarden: {fault}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
