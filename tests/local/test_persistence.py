"""`make run-persistent`, killed without warning and started again: nothing is lost, on the store or on the chain."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from cli.session import LOCAL_ADMIN_KEY
from local.ministack import EngineFault, install

_ROOT = Path(__file__).resolve().parents[2]
_DEMO_KEY = "sg_dev_demo_localonly0localonly0localonly0"
_WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
_COLLECTION = {"origin": "spacex", "contract_id": "summer_party"}


class Run:
    """The command of `make run-persistent`, with calls to what it serves."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self._base = f"http://127.0.0.1:{port}"

    def call(self, path: str, body: Any = None, *, key: str = _DEMO_KEY) -> Any:
        """The JSON answer."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self._base}/{path}", data, headers), timeout=120) as answer:
            return json.load(answer)

    def nft(self, token_id: str) -> Any:
        """The NFT."""
        return self.call(f"api/v1/getNftByTokenId?contract_id=summer_party&tokenId={token_id}")

    def transactions(self, token_id: str) -> Any:
        """Its final transactions."""
        query = f"origin=spacex&contract_id=summer_party&token_id={token_id}"
        return self.call(f"api/v1/getBlockchainTxForToken?{query}")

    def guest(self, uid: str) -> str:
        """Announces a guest; gives the token id."""
        body = {**_COLLECTION, "email": f"{uid}@example.com", "uid": uid, "user_category_id": "VIP"}
        return str(self.call("api/v1/newUserForPartner", body)["tokenId"])

    def mint(self, uid: str) -> None:
        """Claims the guest's NFT."""
        body = {**_COLLECTION, "email": f"{uid}@example.com", "uid": uid, "user_addr": _WALLET}
        self.call("api/v1/mintTokenForUser", body)

    def eventually(self, token_id: str, rows: int) -> Any:
        """The token's final transactions, once there are so many."""
        deadline = time.monotonic() + 300
        while len(found := self.transactions(token_id)) < rows:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        return found

    def on_chain(self, transaction_hash: str) -> bool:
        """Whether the chain of this run has the transaction, and it went well."""
        url = self.call("admin/chain/rpc", key=LOCAL_ADMIN_KEY)["url"]
        ask = {"jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionReceipt", "params": [transaction_hash]}
        with urlopen(
            Request(url, json.dumps(ask).encode(), {"Content-Type": "application/json"}), timeout=120
        ) as answer:
            receipt = json.load(answer)["result"]
        return receipt is not None and receipt["status"] == "0x1"

    def kill(self, *, whole: bool) -> None:
        """Kills the platform alone, or with it the process that started the engine; the engine itself lives on."""
        [platform] = _children(self.process.pid, "local.run")
        if whole:
            self.process.kill()
        os.kill(platform, signal.SIGKILL)
        self.process.wait(120)


def _children(parent: int, words: str) -> list[int]:
    found = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], stdout=subprocess.PIPE, text=True, check=True)
    lines = [line.split(None, 2) for line in found.stdout.splitlines()]
    return [int(pid) for pid, ppid, args in lines if int(ppid) == parent and words in args]


@contextmanager
def _running(data: Path) -> Iterator[Run]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPACEGARDEN_"))}
    kept |= {"PORT": str(port), "SPACEGARDEN_SECONDS_SCALE": "0.02"}
    command = [sys.executable, "-m", "local.ministack", "--data", str(data), "--", sys.executable, "-m", "local.run"]
    process = subprocess.Popen(
        command, cwd=_ROOT, env=kept, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        assert process.stdout is not None
        assert any(line.startswith("ready ") for line in process.stdout), "it ended without being ready"
        try:
            yield Run(process, port)
        finally:
            process.terminate()
            process.wait(120)


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    try:
        install()
    except EngineFault as fault:
        pytest.skip(f"the second engine cannot be installed: {fault}")


def test_killed_platform_comes_back_whole_with_its_chain(tmp_path: Path) -> None:
    with _running(tmp_path) as run:
        ada = run.guest("ada")
        run.mint("ada")
        [mint] = run.eventually(ada, 1)
        before = run.nft(ada)
        assert before["status"] == "minted"
        bob = run.guest("bob")
        run.mint("bob")  # and it dies with the mint on its way
        run.kill(whole=True)
    with _running(tmp_path) as run:
        assert run.nft(ada) == {**before, "url": run.nft(ada)["url"]}
        assert run.transactions(ada)[0]["txHash"] == mint["txHash"]
        assert run.on_chain(mint["txHash"])
        [second] = run.eventually(bob, 1)
        assert run.on_chain(second["txHash"])
        body = {**_COLLECTION, "action_id": "event_checkin", "guest": {"uid": "ada"}}
        run.call("api/v1/newActionForUser", body)
        assert len(run.eventually(ada, 2)) == 2
        run.kill(whole=False)
    with _running(tmp_path) as run:
        rows = run.transactions(ada)
        assert [row["type"] for row in rows] == ["mint", "IRL Event"]
        assert all(run.on_chain(row["txHash"]) for row in [*rows, second])
        assert [row["txHash"] for row in run.transactions(bob)] == [second["txHash"]]
