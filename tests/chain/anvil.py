"""anvil, where `tools/anvil` or the developer has installed it: a node with a pool, reorgs and a mind of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import NodeUnreachable

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 120


def anvil_path() -> str | None:
    """The program, None where there is none."""
    installed = sorted(_ROOT.glob(".local/anvil/node_modules/@foundry-rs/anvil-*/bin/anvil"))
    return str(installed[0]) if installed else shutil.which("anvil")


@contextmanager
def running_anvil(*options: str, chain_id: int = 31338) -> Iterator[str]:
    """A fresh chain; gives its address. Skips the test where anvil is not installed."""
    program = anvil_path()
    if program is None:
        pytest.skip("anvil is not installed: run tools/anvil, which wants npm")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([program, "--port", str(port), "--silent", "--chain-id", str(chain_id), *options])
    try:
        _await(url)
        yield url
    finally:
        process.kill()
        process.wait()


def _await(url: str) -> None:
    rpc, deadline = JsonRpc(url), time.monotonic() + _START_SECONDS
    while True:
        try:
            rpc.chain_id()
        except NodeUnreachable:
            assert time.monotonic() < deadline, "anvil did not start"
            time.sleep(0.01)
        else:
            rpc.close()
            return
