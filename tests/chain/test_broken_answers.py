"""What the client makes of answers that no node should give: of another form, of another length, or without an end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import LogRangeTooWide, NodeUnreachable, RpcError
from tests.chain.scripted import Node, serving

HASH = "0x" + "ab" * 32
ADDRESS = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
BLOCK = {"number": "0x9", "hash": HASH, "parentHash": HASH, "timestamp": "0x1", "baseFeePerGas": "0x64"}
_LOG = {
    "address": ADDRESS,
    "topics": [HASH],
    "data": "0x",
    "blockNumber": "0x9",
    "transactionHash": HASH,
    "logIndex": "0x0",
}
_RECEIPT = {
    "transactionHash": HASH,
    "blockNumber": "0x9",
    "blockHash": HASH,
    "status": "0x1",
    "gasUsed": "0x5208",
    "logs": [_LOG],
}
_SENT = {"hash": HASH, "from": ADDRESS, "to": None, "nonce": "0x0", "blockHash": HASH, "blockNumber": "0x9"}
_MANY = "9" * 2_000
_CALLS: dict[str, tuple[Callable[[JsonRpc], object], Any]] = {
    "eth_chainId": (JsonRpc.chain_id, "0x1"),
    "eth_blockNumber": (JsonRpc.block_number, "0x9"),
    "eth_getBlockByNumber": (lambda rpc: (rpc.block(9), rpc.block_transactions(9)), {**BLOCK, "transactions": [HASH]}),
    "eth_getTransactionCount": (lambda rpc: rpc.nonce(ADDRESS), "0x1"),
    "eth_getBalance": (lambda rpc: rpc.balance(ADDRESS), "0x1"),
    "eth_getCode": (lambda rpc: rpc.code(ADDRESS), "0x60"),
    "eth_feeHistory": (JsonRpc.fees, {"baseFeePerGas": ["0x1"], "reward": [["0x1"]]}),
    "eth_maxPriorityFeePerGas": (JsonRpc.fees, "0x1"),
    "eth_estimateGas": (lambda rpc: rpc.estimate_gas(sender=ADDRESS, to=None, data=b""), "0x5208"),
    "eth_call": (lambda rpc: rpc.eth_call(to=ADDRESS, data=b""), "0x"),
    "eth_sendRawTransaction": (lambda rpc: rpc.send_raw("0x02"), HASH),
    "eth_getTransactionReceipt": (lambda rpc: rpc.receipt(HASH), _RECEIPT),
    "eth_getTransactionByHash": (lambda rpc: rpc.transaction(HASH), _SENT),
    "eth_getLogs": (lambda rpc: rpc.logs(ADDRESS, []), [_LOG]),
}


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    with serving(node):
        yield node


@pytest.fixture
def rpc(node: Node) -> Iterator[JsonRpc]:
    client = JsonRpc(node.url, timeout_seconds=5)
    yield client
    client.close()


def _spoiled(result: Any) -> Iterator[Any]:
    """The result as a broken node gives it: of another type, and with each of its parts lost or of another type."""
    yield from (True, 1, {}, [None], [[]], "", "no", "0xnothing", "0x" + _MANY, "-0x1", _MANY)
    parts = result.items() if isinstance(result, dict) else enumerate(result) if isinstance(result, list) else ()
    for place, part in parts:
        for spoiled in _spoiled(part):
            yield {**result, place: spoiled} if isinstance(result, dict) else [spoiled]


def _outcome(ask: Callable[[JsonRpc], object], rpc: JsonRpc) -> type[RpcError] | None:
    try:
        ask(rpc)
    except RpcError as error:
        return type(error)
    return None


@pytest.mark.parametrize("method", _CALLS)
def test_a_result_of_another_form_is_no_answer(node: Node, rpc: JsonRpc, method: str) -> None:
    ask, right = _CALLS[method]
    others = {"eth_getBlockByNumber": {"result": BLOCK}}
    outcomes = []
    for answer in (right, *_spoiled(right)):
        node.body = {**others, method: {"result": answer}}
        outcomes.append(_outcome(ask, rpc))
    assert outcomes[:2] == [None, NodeUnreachable]
    assert set(outcomes) == {None, NodeUnreachable}


@pytest.mark.parametrize(
    "history",
    [
        {"result": {"oldestBlock": "0x0", "gasUsedRatio": None}},
        {"result": {"baseFeePerGas": [], "reward": []}},
        {"error": {"code": -32601, "message": "the method eth_feeHistory does not exist"}},
    ],
)
def test_a_node_without_a_history_of_fees_is_asked_for_its_newest_block(
    node: Node, rpc: JsonRpc, history: dict[str, Any]
) -> None:
    node.body = {
        "eth_feeHistory": history,
        "eth_maxPriorityFeePerGas": {"result": "0x3"},
        "eth_getBlockByNumber": {"result": BLOCK},
    }

    assert rpc.fees() == (0x64, 3)


def test_a_receipt_of_another_transaction_is_no_answer(node: Node, rpc: JsonRpc) -> None:
    node.body = {"eth_getTransactionReceipt": {"result": _RECEIPT}}

    with pytest.raises(NodeUnreachable):
        rpc.receipt("0x" + "cd" * 32)


@pytest.mark.parametrize(("method", "outcome"), [("eth_getLogs", LogRangeTooWide), ("eth_getCode", NodeUnreachable)])
def test_an_answer_without_end_is_not_read_to_its_end(
    node: Node, rpc: JsonRpc, monkeypatch: pytest.MonkeyPatch, method: str, outcome: type[RpcError]
) -> None:
    monkeypatch.setattr("chalicelib.chain.rpc._MOST_BYTES", 1 << 20)
    node.body = b" " * (2 << 20)

    with pytest.raises(outcome):
        rpc.call(method)


@contextmanager
def dripping() -> Iterator[str]:
    """A node that sends a byte of its answer now and then, always in time for the next, and never comes to its end."""
    is_over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not is_over.wait(0.05):
                    self.wfile.write(b" ")

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    is_over.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_answer_that_comes_in_drops_ends_with_the_time_for_an_answer() -> None:
    with dripping() as url, pytest.raises(NodeUnreachable, match="TimeoutError"):
        JsonRpc(url, timeout_seconds=0.5).block_number()
