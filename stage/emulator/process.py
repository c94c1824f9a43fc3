"""The emulator as a process: installed once, started for a stage, ended with it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

from botocore.session import Session

from infra import LOCAL, ROOT

ACCOUNT = "123456789012"
REGION = "us-east-1"
_PYTHON = LOCAL / "stage-engine" / "bin" / "python"
# How long the five minutes of a release's canary take here.
_CANARY_SECONDS = 15.0
# The account owner's, whom no policy limits; everybody else has keys that the emulator gave out.
_OWNER = {"AWS_ACCESS_KEY_ID": "owner", "AWS_SECRET_ACCESS_KEY": "owner-secret"}
# A process that ends is seen at once; this is for a machine that is busy.
_START_SECONDS = 150.0


class EmulatorFailed(Exception):
    """The emulator does not start; the message says why."""


class EmulatorMissing(EmulatorFailed):
    """The emulator cannot be installed; the message says why."""


class Emulator(NamedTuple):
    """A running emulator. `refusals` is a file with a line of JSON for each call that a role did not allow."""

    url: str
    refusals: Path

    def owner_environment(self) -> dict[str, str]:
        """The variables by which AWS's tools reach the account as its owner."""
        return {
            **_OWNER,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def owner_session(self) -> Session:
        """A session of the account's owner."""
        return owner_session(self.url)


def owner_session(url: str) -> Session:
    """A session of the owner of the account behind an address."""
    session = Session()
    session.set_credentials(_OWNER["AWS_ACCESS_KEY_ID"], _OWNER["AWS_SECRET_ACCESS_KEY"])
    session.set_config_variable("region", REGION)
    session.get_component("config_store").set_config_variable("endpoint_url", url)
    return session


def install() -> None:
    """Makes the emulator's environment where it is missing. Raises `EmulatorMissing`."""
    if subprocess.run([str(ROOT / "tools" / "stage-engine")], check=False).returncode:
        raise EmulatorMissing("tools/stage-engine cannot install the emulator; see above")


@contextmanager
def running(folder: Path, *, port: int, functions: str, schedule_scale: float) -> Iterator[Emulator]:
    """The emulator while the block runs. `functions` is the address that gets the invocations.

    Schedules by rate wait `schedule_scale` times their interval. Raises `EmulatorFailed`.
    """
    log, refusals = folder / "emulator.log", folder / "refusals.jsonl"
    refusals.touch()
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        **_OWNER,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "LOG_LEVEL": "INFO",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "0",
        "STAGE_CANARY_SECONDS": str(_CANARY_SECONDS),
        "STAGE_FUNCTIONS": functions,
        "STAGE_REFUSALS": str(refusals),
        "STAGE_SCHEDULE_SCALE": str(schedule_scale),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(_PYTHON), str(Path(__file__).with_name("program.py"))],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, log)
        yield Emulator(f"http://127.0.0.1:{port}", refusals)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = monotonic() + _START_SECONDS
    while monotonic() < deadline:
        if process.poll() is not None:
            break
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/_ministack/health")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            sleep(0.05)
        finally:
            connection.close()
    raise EmulatorFailed(f"the emulator did not start; its words are in {log}")
