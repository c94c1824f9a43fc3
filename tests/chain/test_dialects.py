"""Errors as real nodes and gateways write them, and what is read out of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.chain.domain.dialects import Kind, read_error, revert_reason
from chalicelib.chain.rpc_errors import FeeCapPassed, Reverted, RpcRefused, error_from_response

_NOPE = "08c379a0" + (32).to_bytes(32).hex() + (4).to_bytes(32).hex() + b"nope".ljust(32, b"\0").hex()
_CUSTOM = "7e273289" + bytes(32).hex()

_REVERTS: list[tuple[str, dict[str, Any], str]] = [
    ("geth", {"code": 3, "message": "execution reverted: nope", "data": f"0x{_NOPE}"}, "nope"),
    ("geth, custom error", {"code": 3, "message": "execution reverted", "data": f"0x{_CUSTOM}"}, "custom error"),
    ("geth before data", {"code": -32000, "message": "execution reverted: nope"}, "nope"),
    ("Erigon", {"code": -32000, "message": "execution reverted: nope"}, "nope"),
    ("Nethermind", {"code": -32015, "message": "VM execution error.", "data": f"Reverted 0x{_NOPE}"}, "nope"),
    ("Nethermind, words", {"code": -32015, "message": "VM execution error.", "data": "revert: nope"}, "nope"),
    ("Nethermind, empty", {"code": -32015, "message": "VM execution error.", "data": "Reverted 0x"}, "VM execution"),
    ("Nethermind, bare", {"code": -32015, "message": "VM execution error."}, "VM execution error"),
    ("Nethermind, new", {"code": -32000, "message": "execution reverted", "data": f"0x{_CUSTOM}"}, "custom error"),
    ("Nethermind, suffix", {"code": 3, "message": "execution reverted: revert", "data": "0x"}, "revert"),
    ("Besu", {"code": -32000, "message": "Execution reverted (nope)", "data": f"0x{_NOPE}"}, "nope"),
    ("Besu, halt", {"code": -32000, "message": "Transaction could not be completed due to an exception"}, "exception"),
    ("Reth", {"code": 3, "message": "execution reverted: nope", "data": f"0x{_NOPE}"}, "nope"),
    ("Reth, halt", {"code": -32003, "message": "EVM error: InvalidFEOpcode"}, "InvalidFEOpcode"),
    ("Anvil", {"code": 3, "message": "execution reverted: custom error 0x7e273289", "data": f"0x{_CUSTOM}"}, "0x7e"),
    ("Hardhat", {"code": -32603, "message": "Error: VM Exception while processing transaction: reverted with reason "
     "string 'nope'", "data": {"message": "Error: VM Exception", "data": f"0x{_NOPE}"}}, "nope"),
    ("Ganache", {"code": -32000, "message": "VM Exception while processing transaction: revert nope", "data": {
        "0xab": {"error": "revert", "return": f"0x{_NOPE}", "reason": "nope"}}}, "nope"),
    ("OpenEthereum", {"code": -32016, "message": "The execution failed due to an exception.", "data": "Reverted"}, ""),
    ("Moonbeam", {"code": -32603, "message": "VM Exception while processing transaction: revert nope"}, "nope"),
    ("a gateway's own words", {"code": -32099, "message": "call failed", "data": f"0x{_NOPE}"}, "nope"),
    ("a gateway, custom error", {"code": -32099, "message": "call failed", "data": {"result": f"0x{_CUSTOM}"}}, "0x7e"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "reason"), [each[1:] for each in _REVERTS], ids=[each[0] for each in _REVERTS])
def test_revert_is_read_whatever_node_tells_it(error: dict[str, Any], reason: str) -> None:
    read = error_from_response(error)
    assert isinstance(read, Reverted)
    assert reason in read.reason


@pytest.mark.parametrize(
    "message",
    [
        "tx fee (1.10 ether) exceeds the configured cap (1.00 ether)",
        "tx fee (1.42 of currency celo) exceeds the configured cap (1.00 celo)",
        "tx fee (1100000000000000000 wei) exceeds the configured cap (1000000000000000000 wei)",
        "Transaction fee cap exceeded",
    ],
    ids=["geth", "Celo", "Reth", "Besu"],
)
def test_cap_on_a_fee_is_told_from_a_fee_that_is_too_low(message: str) -> None:
    assert type(error_from_response({"code": -32000, "message": message})) is FeeCapPassed


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (-32000, "insufficient funds for gas * price + value: address 0xab have 1 want 2", Kind.NO_FUNDS),
        (-32000, "insufficient funds for gas * price + value: balance 0, queued cost 1, tx cost 1", Kind.NO_FUNDS),
        (-32000, "gas required exceeds allowance (0)", Kind.NO_FUNDS),
        (-32010, "InsufficientFunds, Account balance: 0, cumulative cost: 1", Kind.NO_FUNDS),
        (-32004, "Upfront cost exceeds account balance", Kind.NO_FUNDS),
        (-32003, "Insufficient funds. The account you tried to send from does not have enough", Kind.NO_FUNDS),
        (-32000, "insufficient funds", Kind.NO_FUNDS),
        (-32000, "underpriced", Kind.UNDERPRICED),
        (-32010, "FeeTooLowToCompete", Kind.UNDERPRICED),
        (-32010, "ReplacementNotAllowed", Kind.UNDERPRICED),
        (-32009, "Gas price below configured minimum gas price", Kind.UNDERPRICED),
        (-32005, "Transaction gas limit exceeds block gas limit", Kind.REFUSED),
        (-32002, "Invalid signature", Kind.REFUSED),
        (-32000, "gas limit reached", Kind.REFUSED),
        (-32000, "An invalid transaction with a lower nonce exists", Kind.NONCE_TOO_HIGH),
        (-32000, "existing txn with same hash", Kind.ALREADY_KNOWN),
        (-32000, "pending sub-pool is full", Kind.BUSY),
        (-32005, "project ID request rate exceeded", Kind.RATE_LIMIT),
        (-32005, "You've exceeded the RPS limit available on the current plan", Kind.RATE_LIMIT),
        (-32000, "words that no node has said before", Kind.REFUSED),
    ],
)  # fmt: skip
def test_wording_of_a_node_is_read(code: int, message: str, kind: Kind) -> None:
    assert read_error(code, message).kind is kind


_ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=30) | st.just(f"0x{_CUSTOM}"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(code=st.none() | st.integers(), message=st.text(max_size=80), data=_ANYTHING)
def test_error_of_any_shape_is_read(code: int | None, message: str, data: object) -> None:
    assert isinstance(read_error(code, message, data).kind, Kind)


@given(code=st.integers(), message=st.text(max_size=80), reason=st.text(max_size=40))
def test_data_of_a_revert_counts_more_than_any_code_and_words(code: int, message: str, reason: str) -> None:
    text = reason.encode(errors="replace")
    data = (
        bytes.fromhex("08c379a0")
        + (32).to_bytes(32)
        + len(text).to_bytes(32)
        + text.ljust(-(-len(text) // 32) * 32, b"\0")
    )
    reading = read_error(code, message, {"nested": {"output": "0x" + data.hex()}})
    assert (reading.kind, revert_reason(reading.data)) == (Kind.REVERTED, text.decode())


def test_what_a_contract_says_is_not_taken_for_the_nodes_own_words() -> None:
    said = {"code": -32000, "message": "execution reverted: insufficient funds, nonce too low"}
    assert type(error_from_response(said)) is Reverted
    assert type(error_from_response({"code": -32000, "message": "unknown transaction type"})) is RpcRefused
