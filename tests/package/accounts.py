"""An AWS account of the tests' own: moto's server, which unlike the embedded engine makes stacks."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config

from infra import LOCAL

REGION = "eu-central-1"
_SERVER = LOCAL / "package-tools" / "bin" / "moto_server"
_START_SECONDS = 300.0
# A whole stack is made within one call; and a call that is given up goes on, so that its repetition would fail.
_PATIENT = Config(read_timeout=600, connect_timeout=60, retries={"total_max_attempts": 1})


@dataclass(frozen=True)
class Account:
    """Where the account answers."""

    address: str

    @property
    def variables(self) -> dict[str, str]:
        """The environment by which AWS's libraries find it."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "packed",
            "AWS_SECRET_ACCESS_KEY": "packed",
        }

    def client(self, service: str) -> Any:
        """A client of one of its services."""
        return botocore.session.get_session().create_client(
            service,
            endpoint_url=self.address,
            region_name=REGION,
            aws_access_key_id="packed",
            aws_secret_access_key="packed",
            config=_PATIENT,
        )


@contextmanager
def fresh_account() -> Iterator[Account]:
    """An empty account while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": REGION}
    server = subprocess.Popen(
        [str(_SERVER), "-H", "127.0.0.1", "-p", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port)
        yield Account(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait()


def _await(port: int) -> None:
    ends = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < ends, "moto's server does not start"
            time.sleep(0.05)
        else:
            return
