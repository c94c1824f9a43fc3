"""A JSON-RPC client of an Ethereum node. What it raises is drawn in `rpc_errors`.

Messages name the node's host and never the path or user of its URL, where providers put the secret. `rpc_nodes` has the
client of several nodes.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from itertools import count
from typing import Any, Final, Literal, NamedTuple

import urllib3
from urllib3.util import make_headers, parse_url

from chalicelib.chain.addresses import checksum_address
from chalicelib.chain.domain.bids import Fees
from chalicelib.chain.rpc_errors import (
    NodeBusy,
    NodeUnreachable,
    RateLimited,
    RpcRefused,
    error_from_response,
)
from chalicelib.core.json_reader import NotJson, read_json

MinedTag = Literal["earliest", "latest", "safe", "finalized"]
BlockTag = MinedTag | Literal["pending"]
# An address, a topic, a list of alternatives, or None for any.
Topic = str | Sequence[str] | None

_CONNECT_SECONDS: Final = 2.0
_POOL_SIZE: Final = 8
_FEE_HISTORY_BLOCKS: Final = 5
_TIP_PERCENTILE: Final = 50
_NOT_SUPPORTED: Final = (-32601, -32004)


class Block(NamedTuple):
    """A block's header; `timestamp` in Unix seconds, `base_fee` in wei a gas."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int
    base_fee: int


class Log(NamedTuple):
    """An event; `topics[0]` is the hash of its signature."""

    address: str
    topics: tuple[str, ...]
    data: bytes
    block_number: int
    transaction_hash: str
    log_index: int


class Receipt(NamedTuple):
    """What a mined transaction did; `contract_address` (EIP-55) where it deployed one.

    Amounts are in wei. `effective_gas_price` is None where the node does not name it; `l1_fee` is what a chain above
    another one pays there, where a receipt names that.
    """

    transaction_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    contract_address: str | None
    gas_used: int
    effective_gas_price: int | None
    logs: tuple[Log, ...]
    l1_fee: int = 0

    @property
    def cost(self) -> int | None:
        """What the transaction cost its sender; None where the node does not tell."""
        return None if self.effective_gas_price is None else self.gas_used * self.effective_gas_price + self.l1_fee


class Transaction(NamedTuple):
    """A transaction the node knows, addresses in EIP-55 form; `block_number` None while it waits."""

    hash: str
    sender: str
    to: str | None
    nonce: int
    block_number: int | None


class Rpc(ABC):
    """What is asked of a chain, by whatever node answers. Each method raises `RpcError`."""

    @abstractmethod
    def call(self, method: str, *params: Any) -> Any:
        """The `result` of one call, as JSON gives it."""

    def steady(self) -> "Rpc":
        """The chain as one node sees it, for reads that must agree; what is sent goes to every node all the same."""
        return self

    def nodes(self) -> "Sequence[Rpc]":
        """Each node that can be relied on, by itself; the one that a steady chain is read from stands first."""
        return (self,)

    def distrust(self, node: "Rpc") -> None:
        """Leaves a node aside that shows what the others deny. There is no other here."""
        del node

    def chain_id(self) -> int:
        """The id that signatures are bound to."""
        return _int(self.call("eth_chainId"))

    def block_number(self) -> int:
        """The number of the newest block."""
        return _int(self.call("eth_blockNumber"))

    def block(self, block: int | MinedTag) -> Block | None:
        """The header of a block by number or tag; None where the node has no such block."""
        found = self.call("eth_getBlockByNumber", _block(block), False)
        if found is None:
            return None
        return Block(
            number=_int(found["number"]),
            hash=found["hash"],
            parent_hash=found["parentHash"],
            timestamp=_int(found["timestamp"]),
            base_fee=_int(found.get("baseFeePerGas", "0x0")),
        )

    def block_transactions(self, block: int) -> list[str] | None:
        """The hashes of a block's transactions; None where the node has no such block."""
        found = self.call("eth_getBlockByNumber", _block(block), False)
        return None if found is None else [str(transaction).lower() for transaction in found["transactions"]]

    def nonce(self, address: str, block: int | BlockTag = "latest") -> int:
        """How many transactions of `address` are mined, so the next nonce; `pending` counts the pool too."""
        return _int(self.call("eth_getTransactionCount", address, _block(block)))

    def balance(self, address: str, block: int | BlockTag = "latest") -> int:
        """In wei."""
        return _int(self.call("eth_getBalance", address, _block(block)))

    def code(self, address: str, block: int | BlockTag = "latest") -> bytes:
        """The contract's code; empty where there is no contract."""
        return _bytes(self.call("eth_getCode", address, _block(block)))

    def fees(self) -> Fees:
        """What the next block asks. The tip: the recent median, or the node's suggestion if that is more."""
        history = self.call("eth_feeHistory", hex(_FEE_HISTORY_BLOCKS), "latest", [_TIP_PERCENTILE])
        tips = sorted(_int(tips[0]) for tips in history.get("reward") or [] if tips)
        median = tips[len(tips) // 2] if tips else 0
        return Fees(
            base_fee=_int(history["baseFeePerGas"][-1]),
            priority_fee=max(median, self._suggested_tip()),
        )

    def estimate_gas(self, *, sender: str, to: str | None, data: bytes) -> int:
        """The gas the transaction would use now. Raises `Reverted` where it would fail."""
        return _int(self.call("eth_estimateGas", _call_object(sender=sender, to=to, data=data)))

    def eth_call(self, *, to: str | None, data: bytes, sender: str | None = None, gas: int | None = None) -> bytes:
        """What the contract answers, without `to` what a constructor returns; empty where there is no contract.

        Raises `Reverted`.
        """
        return _bytes(self.call("eth_call", _call_object(sender=sender, to=to, data=data, gas=gas), "latest"))

    def send_raw(self, raw: str) -> str:
        """Hands a signed transaction (hex with 0x) to the node and gives its hash. Raises `RpcError`."""
        return str(self.call("eth_sendRawTransaction", raw))

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """The receipt of a mined transaction; None while it is not, or is unknown."""
        found = self.call("eth_getTransactionReceipt", transaction_hash)
        if found is None or found.get("blockNumber") is None:
            return None
        return Receipt(
            transaction_hash=found["transactionHash"],
            block_number=_int(found["blockNumber"]),
            block_hash=found["blockHash"],
            succeeded=_int(found["status"]) == 1,
            contract_address=_address(found.get("contractAddress")),
            gas_used=_int(found["gasUsed"]),
            effective_gas_price=_int_or_none(found.get("effectiveGasPrice")),
            logs=tuple(map(_log, found["logs"])),
            l1_fee=_int_or_none(found.get("l1Fee")) or 0,
        )

    def transaction(self, transaction_hash: str) -> Transaction | None:
        """The transaction, mined or waiting; None where the node does not know it."""
        found = self.call("eth_getTransactionByHash", transaction_hash)
        if found is None:
            return None
        mined_in = found.get("blockNumber") if found.get("blockHash") else None
        return Transaction(
            hash=found["hash"],
            sender=checksum_address(found["from"]),
            to=_address(found.get("to")),
            nonce=_int(found["nonce"]),
            block_number=None if mined_in is None else _int(mined_in),
        )

    def logs(
        self,
        address: str | Sequence[str],
        topics: Sequence[Topic],
        *,
        from_block: int | BlockTag = "earliest",
        to_block: int | BlockTag = "latest",
    ) -> list[Log]:
        """The events of one contract, or several, in order. Raises `LogRangeTooWide` where the range is capped."""
        query = {
            "address": address if isinstance(address, str) else list(address),
            "topics": list(topics),
            "fromBlock": _block(from_block),
            "toBlock": _block(to_block),
        }
        return [_log(found) for found in self.call("eth_getLogs", query)]

    def _suggested_tip(self) -> int:
        try:
            suggested = self.call("eth_maxPriorityFeePerGas")
        except RpcRefused as refusal:
            if refusal.code not in _NOT_SUPPORTED:
                raise
            return 0
        return _int(suggested)


class JsonRpc(Rpc):
    """One node by its URL, whose user and password go as Basic. Safe to share between threads."""

    def __init__(self, url: str, *, timeout_seconds: float = 5) -> None:
        parsed = parse_url(url)
        self.host = parsed.netloc or ""
        self._target = parsed.request_uri
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if parsed.auth:
            self._headers |= make_headers(basic_auth=parsed.auth)
        self._pool = urllib3.connection_from_url(
            parsed._replace(auth=None).url,
            maxsize=_POOL_SIZE,
            retries=False,
            timeout=urllib3.Timeout(connect=min(_CONNECT_SECONDS, timeout_seconds), read=timeout_seconds),
        )
        self._ids = count(1)

    def close(self) -> None:
        """Closes the kept connections."""
        self._pool.close()

    def call(self, method: str, *params: Any) -> Any:
        """The `result` of one call, as JSON gives it. Raises `RpcError`."""
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
        try:
            response = self._pool.urlopen(
                "POST", self._target, body=json.dumps(body), headers=self._headers, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise NodeUnreachable(f"{self.host} did not answer {method}: {type(error).__name__}") from error
        return self._result(method, response)

    def _result(self, method: str, response: urllib3.BaseHTTPResponse) -> Any:
        """A JSON-RPC error speaks for itself under any status but 429; without one the status does."""
        try:
            answer = read_json(response.data)
        except NotJson:
            answer = None
        if isinstance(answer, Mapping):
            if isinstance(answer.get("error"), Mapping) and response.status != HTTPStatus.TOO_MANY_REQUESTS:
                raise error_from_response(answer["error"])
            if response.status == HTTPStatus.OK and "result" in answer:
                return answer["result"]
        said = f"{self.host} answered {method} with status {response.status}"
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(said)
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status == HTTPStatus.REQUEST_TIMEOUT:
            raise NodeBusy(said)
        if response.status == HTTPStatus.OK:
            raise NodeUnreachable(f"{said} and no JSON-RPC")
        raise RpcRefused(said)


def _call_object(*, sender: str | None, to: str | None, data: bytes, gas: int | None = None) -> dict[str, str]:
    fields = {
        "from": sender,
        "to": to,
        "data": "0x" + data.hex(),
        "gas": None if gas is None else hex(gas),
    }
    return {name: field for name, field in fields.items() if field is not None}


def _log(found: Mapping[str, Any]) -> Log:
    return Log(
        address=found["address"],
        topics=tuple(found["topics"]),
        data=_bytes(found["data"]),
        block_number=_int(found["blockNumber"]),
        transaction_hash=found["transactionHash"],
        log_index=_int(found["logIndex"]),
    )


def _address(found: str | None) -> str | None:
    return None if found is None else checksum_address(found)


def _block(block: int | BlockTag) -> str:
    return hex(block) if isinstance(block, int) else block


def _int(quantity: str) -> int:
    return int(quantity, 16)


def _int_or_none(quantity: str | None) -> int | None:
    return None if quantity is None else int(quantity, 16)


def _bytes(data: str) -> bytes:
    return bytes.fromhex(data.removeprefix("0x"))
