"""Calls and topics in the contract ABI, and the compiled contracts of `artifacts/`.

The ABI library loads with the first call, so an API route that imports this module pays for it only when it
talks to a chain.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from chalicelib.chain.addresses import keccak256

_ARTIFACTS: Final = Path(__file__).parent / "artifacts"


class Artifact(NamedTuple):
    """A compiled contract: what its deployment runs, and the entries of its ABI that are packed with it."""

    bytecode: bytes
    abi: list[dict[str, Any]]


@lru_cache
def artifact(name: str) -> Artifact:
    """The contract of this name, as `contracts/compile.mjs` wrote it."""
    content = json.loads((_ARTIFACTS / f"{name}.json").read_text())
    return Artifact(bytes.fromhex(content["bytecode"][2:]), content["abi"])


def encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """The values as arguments of these types."""
    from eth_abi.abi import encode as encode_values

    return encode_values(types, values)


def encode_call(signature: str, *arguments: Any) -> bytes:
    """The data of a call of the function with this signature, such as `mint(address,uint256,string)`."""
    types = signature[signature.index("(") + 1 : -1]
    return selector(signature) + encode(types.split(",") if types else [], arguments)


@lru_cache
def selector(signature: str) -> bytes:
    """The first four bytes of a call of a function, or of the data of an error."""
    return keccak256(signature.encode())[:4]


@lru_cache
def topic(signature: str) -> str:
    """The first topic of the logs of an event."""
    return "0x" + keccak256(signature.encode()).hex()
