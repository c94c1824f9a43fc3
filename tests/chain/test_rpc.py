"""The JSON-RPC client against a loopback server that answers as real nodes and gateways do."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chalicelib.chain.domain.dialects import revert_reason
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import (
    AlreadyKnown,
    HistoryPruned,
    InsufficientFunds,
    LogRangeTooWide,
    NodeBusy,
    NodeUnreachable,
    NonceTooHigh,
    NonceTooLow,
    RateLimited,
    Reverted,
    RpcError,
    RpcRefused,
    TransientRpcError,
    Underpriced,
    error_from_response,
)
from tests.chain.scripted import Node, serving

REASON = bytes.fromhex("08c379a0") + (32).to_bytes(32) + (4).to_bytes(32) + b"nope".ljust(32, b"\0")
PANIC = bytes.fromhex("4e487b71") + (17).to_bytes(32)


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    with serving(node):
        yield node


@pytest.fixture
def rpc(node: Node) -> Iterator[JsonRpc]:
    client = JsonRpc(node.url, timeout_seconds=2)
    yield client
    client.close()


def test_a_call_names_method_and_parameters_and_gives_the_result(node: Node, rpc: JsonRpc) -> None:
    node.body = {"eth_getBalance": {"result": "0xde0b6b3a7640000"}}

    assert rpc.balance("0xabc") == 10**18
    assert node.calls[0]["method"] == "eth_getBalance"
    assert node.calls[0]["params"] == ["0xabc", "latest"]


def test_calls_share_one_connection(node: Node, rpc: JsonRpc) -> None:
    node.body = {"eth_blockNumber": {"result": "0x10"}}

    assert [rpc.block_number() for _ in range(5)] == [16] * 5
    assert node.connections == 1


def test_a_user_and_password_in_the_url_go_as_basic_and_the_path_is_kept(node: Node) -> None:
    node.body = {"eth_chainId": {"result": "0x89"}}
    url = node.url.replace("http://", "http://user:pass@") + "/v2/secret?network=polygon"

    assert JsonRpc(url).chain_id() == 137
    assert node.headers[0]["path"] == "/v2/secret?network=polygon"
    assert node.headers[0]["authorization"] == "Basic dXNlcjpwYXNz"


def test_an_error_names_the_host_and_not_the_secret_in_the_path(node: Node) -> None:
    node.status = 503

    with pytest.raises(NodeBusy) as caught:
        JsonRpc(node.url + "/v2/secret").block_number()
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_closed_port_is_unreachable() -> None:
    with pytest.raises(NodeUnreachable):
        JsonRpc("http://127.0.0.1:1/").block_number()


def test_a_node_that_does_not_answer_in_time_is_unreachable() -> None:
    silent = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    try:
        with pytest.raises(NodeUnreachable, match="ReadTimeoutError"):
            JsonRpc(f"http://127.0.0.1:{silent.server_address[1]}", timeout_seconds=0.2).block_number()
    finally:
        silent.server_close()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"<html>", NodeUnreachable),
        (200, b"[]", NodeUnreachable),
        (200, b'{"jsonrpc": "2.0", "id": 1}', NodeUnreachable),
        (429, b"slow down", RateLimited),
        (429, b'{"error": {"code": -32000, "message": "whatever"}}', RateLimited),
        (408, b"", NodeBusy),
        (500, b"", NodeBusy),
        (502, b"<html>", NodeBusy),
        (500, b'{"error": {"code": -32000, "message": "nonce too low"}}', NonceTooLow),
        (301, b"", RpcRefused),
        (401, b"", RpcRefused),
        (404, b'{"message": "no such app"}', RpcRefused),
    ],
)
def test_an_http_answer_without_a_result_is_told_apart(
    node: Node, rpc: JsonRpc, status: int, body: bytes, outcome: type[RpcError]
) -> None:
    node.status, node.body = status, body

    with pytest.raises(RpcError) as caught:
        rpc.block_number()
    assert type(caught.value) is outcome


@pytest.mark.parametrize(
    ("code", "message", "outcome"),
    [
        # geth and bor
        (-32000, "already known", AlreadyKnown),
        (-32000, "nonce too low: next nonce 5, tx nonce 3", NonceTooLow),
        (-32000, "replacement transaction underpriced", Underpriced),
        (-32000, "transaction underpriced: gas tip cap 1, minimum needed 25000000000", Underpriced),
        (-32000, "max fee per gas less than block base fee: address 0xab, maxFeePerGas: 1", Underpriced),
        (-32000, "insufficient funds for gas * price + value: balance 0, tx cost 1", InsufficientFunds),
        (-32000, "txpool is full", NodeBusy),
        (-32000, "header not found", NodeBusy),
        (-32000, "missing trie node 1234", NodeBusy),
        (3, "execution reverted", Reverted),
        (-32000, "execution reverted", Reverted),
        (-32000, "execution reverted: insufficient balance, nonce too low", Reverted),
        (-32000, "unknown transaction type", RpcRefused),
        (-32000, "intrinsic gas too low", RpcRefused),
        (-32000, "exceeds block gas limit", RpcRefused),
        (-32000, "invalid sender", RpcRefused),
        (-32601, "the method eth_x does not exist/is not available", RpcRefused),
        (-32602, "invalid argument 0: hex string without 0x prefix", RpcRefused),
        # erigon
        (-32000, "fee too low", Underpriced),
        (-32000, "underpriced", Underpriced),
        (-32000, "nonce too high", NonceTooHigh),
        (-32000, "could not replace existing tx", Underpriced),
        # anvil
        (-32003, "transaction already imported", AlreadyKnown),
        (-32003, "nonce too low", NonceTooLow),
        (-32003, "Insufficient funds for gas * price + value", InsufficientFunds),
        (-32003, "max fee per gas less than block base fee", Underpriced),
        (3, "execution reverted: custom error 0x7e273289", Reverted),
        # nethermind, besu, hardhat
        (-32010, "AlreadyKnown", AlreadyKnown),
        (-32010, "OldNonce, Current nonce: 5, nonce of rejected tx: 3.", NonceTooLow),
        (-32010, "FeeTooLow, EffectivePriorityFeePerGas too low", Underpriced),
        (-32010, "NonceGap, Future nonce. Expected nonce: 4", NonceTooHigh),
        (-32000, "Known transaction", AlreadyKnown),
        (-32004, "Upfront cost exceeds account balance", InsufficientFunds),
        (-32000, "Sender doesn't have enough funds to send tx.", InsufficientFunds),
        (-32603, "VM Exception while processing transaction: reverted with reason string 'no'", Reverted),
        # hosted gateways
        (-32005, "daily request count exceeded, request rate limited", RateLimited),
        (429, "Your app has exceeded its compute units per second capacity", RateLimited),
        (-32005, "limit exceeded", RateLimited),
        (-32005, "query returned more than 10000 results", LogRangeTooWide),
        (-32600, "eth_getLogs is limited to a 10,000 range", LogRangeTooWide),
        (-32000, "exceed maximum block range: 5000", LogRangeTooWide),
        (-32614, "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range", LogRangeTooWide),
        (-32062, "Block range is too large", LogRangeTooWide),
        # whoever does not keep every block
        (4444, "pruned history unavailable", HistoryPruned),
        (4444, "block 17 expired", HistoryPruned),
        (-32000, "Receipt not available for From block 14319330.", HistoryPruned),
        (-32701, "History has been pruned for this block", HistoryPruned),
        (-32000, "seek with txNum=19 but data before txNum=26 is not available: blockNum=16999999", HistoryPruned),
        (-32603, "Internal error", NodeBusy),
        (-32000, "request timed out", NodeBusy),
    ],
)
def test_a_refusal_is_told_apart_by_code_and_wording(code: int, message: str, outcome: type[RpcError]) -> None:
    error = error_from_response({"code": code, "message": message})

    assert type(error) is outcome
    assert error.code == code


@pytest.mark.parametrize("transient", [NodeUnreachable, RateLimited, NodeBusy, HistoryPruned, NonceTooHigh])
def test_what_passes_by_itself_is_transient(transient: type[RpcError]) -> None:
    assert issubclass(transient, TransientRpcError)


@pytest.mark.parametrize("data", ["0x" + REASON.hex(), {"data": "0x" + REASON.hex()}])
def test_a_revert_carries_its_reason_and_data(data: Any) -> None:
    error = error_from_response({"code": 3, "message": "execution reverted: nope", "data": data})

    assert isinstance(error, Reverted)
    assert (error.reason, error.data) == ("nope", REASON)


@pytest.mark.parametrize(
    ("message", "reason"),
    [("execution reverted: sold out", "sold out"), ("execution reverted", "no reason given")],
)
def test_a_revert_without_data_has_the_reason_of_its_message(message: str, reason: str) -> None:
    error = error_from_response({"code": 3, "message": message, "data": "Reverted"})

    assert isinstance(error, Reverted)
    assert (error.reason, error.data) == (reason, b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (REASON, "nope"),
        (PANIC, "panic 0x11"),
        (bytes.fromhex("7e273289") + bytes(32), "custom error 0x7e273289"),
        (b"", None),
    ],
)
def test_revert_data_is_put_in_words(data: bytes, reason: str | None) -> None:
    assert revert_reason(data) == reason


def test_fees_are_the_next_base_fee_and_the_median_tip(node: Node, rpc: JsonRpc) -> None:
    node.body = {
        "eth_feeHistory": {
            "result": {
                "baseFeePerGas": ["0x64", "0x65", "0x66", "0x67"],
                "reward": [["0x1"], ["0x9"], ["0x5"]],
            }
        },
        "eth_maxPriorityFeePerGas": {"result": "0x3"},
    }

    fees = rpc.fees()

    assert (fees.base_fee, fees.priority_fee) == (0x67, 5)


def test_the_suggested_tip_counts_where_it_is_higher(node: Node, rpc: JsonRpc) -> None:
    node.body = {
        "eth_feeHistory": {"result": {"baseFeePerGas": ["0x64"], "reward": None}},
        "eth_maxPriorityFeePerGas": {"result": "0x6fc23ac00"},
    }

    assert rpc.fees().priority_fee == 30 * 10**9


def test_a_node_that_suggests_no_tip_leaves_the_median(node: Node, rpc: JsonRpc) -> None:
    node.body = {"eth_feeHistory": {"result": {"baseFeePerGas": ["0x64"], "reward": [["0x7"]]}}}

    assert rpc.fees().priority_fee == 7


def test_what_the_chain_does_not_hold_is_none(node: Node, rpc: JsonRpc) -> None:
    node.body = {
        "eth_getTransactionReceipt": {"result": None},
        "eth_getTransactionByHash": {"result": None},
        "eth_getBlockByNumber": {"result": None},
    }

    assert rpc.receipt("0x00") is None
    assert rpc.transaction("0x00") is None
    assert rpc.block(10**9) is None


def test_addresses_are_checksummed_however_the_node_writes_them(node: Node, rpc: JsonRpc) -> None:
    lower, checksummed = (
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    )
    asked = "0x" + "01" * 32
    sent = {
        "hash": asked.upper().replace("X", "x"),
        "from": lower,
        "to": lower,
        "nonce": "0x2",
        "blockHash": None,
        "blockNumber": "0x9",
    }
    other_rule = lower.upper().replace("X", "x").replace("EBA", "eBA")  # of a chain that writes capitals otherwise
    block = {"blockNumber": "0x9", "blockHash": "0x" + "02" * 32}
    deployed = {"contractAddress": other_rule, **block, "status": "0x1"}
    node.body = {
        "eth_getTransactionByHash": {"result": sent},
        "eth_getTransactionReceipt": {
            "result": {**deployed, "transactionHash": asked, "gasUsed": "0x5208", "logs": []}
        },
    }

    transaction, receipt = rpc.transaction(asked), rpc.receipt(asked)

    assert transaction is not None
    assert (transaction.sender, transaction.to, transaction.block_number) == (checksummed, checksummed, None)
    assert receipt is not None
    assert (receipt.contract_address, receipt.succeeded, receipt.gas_used) == (checksummed, True, 21_000)
