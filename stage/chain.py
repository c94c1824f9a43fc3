"""The node of a stage's chain, with the chain id that its settings name: anvil, or else the embedded chain.

Either is a process of its own, known by its address alone.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from botocore.session import Session
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from eth_keys.datatypes import PublicKey

from infra import LOCAL, ROOT

_PORT = 8545
_COINS = 10**20
_BLOCK_SECONDS = "1"
# A process that ends is seen at once; this is for a machine that is busy.
_START_SECONDS = 150.0


class NodeFailed(Exception):
    """The node does not start, or answers with an error; the message says which."""


class Node:
    """A running node."""

    url = f"http://127.0.0.1:{_PORT}"

    def call(self, method: str, *params: Any) -> Any:
        """The result of a JSON-RPC method. Raises `NodeFailed` for an error."""
        connection = HTTPConnection("127.0.0.1", _PORT, timeout=10)
        try:
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "error" in answer:
            raise NodeFailed(f"{method}: {answer['error']}")
        return answer["result"]

    def pay_signer(self, session: Session, key_id: str) -> str:
        """Sets the balance of a KMS key's account to a hundred coins; gives its address."""
        der = session.create_client("kms").get_public_key(KeyId=key_id)["PublicKey"]
        public = serialization.load_der_public_key(der)
        assert isinstance(public, EllipticCurvePublicKey), "a signer's key is on secp256k1"
        point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        address = PublicKey(point[1:]).to_checksum_address()
        self.call("anvil_setBalance", address, hex(_COINS))
        return str(address)


@contextmanager
def running(folder: Path, *, chain_id: int) -> Iterator[Node]:
    """A node while the block runs, with a block a second. Raises `NodeFailed`."""
    place = ["--port", str(_PORT), "--chain-id", str(chain_id), "--block-time", _BLOCK_SECONDS]
    command = [*program(), *place]
    with (folder / "node.log").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"]},
        )
    node = Node()
    try:
        _wait(node, process)
        yield node
    finally:
        process.terminate()
        process.wait()


def _wait(node: Node, process: "subprocess.Popen[bytes]") -> None:
    deadline = monotonic() + _START_SECONDS
    while monotonic() < deadline and process.poll() is None:
        try:
            node.call("eth_chainId")
        except (OSError, HTTPException):
            sleep(0.05)
        else:
            return
    raise NodeFailed("the chain's node did not start; its words are in node.log of the stage's folder")


def program() -> list[str]:
    """The command that starts a node: anvil if `make anvil` has installed it, else the embedded chain."""
    anvil = sorted(LOCAL.glob("anvil/node_modules/@foundry-rs/anvil-*/bin/anvil"))
    return [str(anvil[0])] if anvil else [sys.executable, "-m", "local.chain.process"]
