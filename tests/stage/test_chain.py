"""Where anvil is missing, a stage's chain is the embedded one, in a process of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from infra import ROOT
from stage import chain

_SIGNER = "0x00000000000000000000000000000000000000a1"


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the node answers that a stage starts on a machine without anvil."""
    monkeypatch.setattr(chain, "LOCAL", tmp_path)
    command = [*chain.program(), "--port", "0", "--chain-id", "80002", "--block-time", "1"]
    environment = {"PATH": os.environ["PATH"]}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready, url = process.stdout.readline().split()
        assert ready == "ready"
        yield url
        process.terminate()


def test_it_has_the_chain_id_of_the_settings_and_pays_the_signer_as_anvil_does(address: str) -> None:
    assert _call(address, "eth_chainId") == hex(80002)
    assert _call(address, "net_version") == "80002"
    for coins in (5, 100):
        _call(address, "anvil_setBalance", _SIGNER, hex(coins * 10**18))
        assert _call(address, "eth_getBalance", _SIGNER, "latest") == hex(coins * 10**18)
    assert _call(address, "eth_getTransactionByHash", _newest(address))["chainId"] == hex(80002)


def _newest(address: str) -> Any:
    return _call(address, "eth_getBlockByNumber", "0x2", False)["transactions"][0]


def _call(address: str, method: str, *params: Any) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    with urlopen(Request(address, body, {"Content-Type": "application/json"})) as response:
        answer = json.load(response)
    assert "error" not in answer, answer
    return answer["result"]
