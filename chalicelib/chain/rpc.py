"""A JSON-RPC client of an Ethereum node. What it raises is drawn in `rpc_errors`.

Messages name the node's host and never the path or user of its URL, where providers put the secret. `rpc_nodes` has the
client of several nodes.
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from itertools import count
from typing import Any, Final, Literal, TypeVar

import urllib3
from urllib3.util import make_headers, parse_url

from chalicelib.chain import rpc_answers as answers
from chalicelib.chain.domain.bids import Fees
from chalicelib.chain.rpc_answers import Block, FeeHistory, Log, Receipt, Transaction
from chalicelib.chain.rpc_errors import (
    LogRangeTooWide,
    NodeBusy,
    NodeUnreachable,
    RateLimited,
    RpcRefused,
    error_from_response,
)
from chalicelib.core.json_reader import NotJson, read_json

T = TypeVar("T")
MinedTag = Literal["earliest", "latest", "safe", "finalized"]
BlockTag = MinedTag | Literal["pending"]
# An address, a topic, a list of alternatives, or None for any.
Topic = str | Sequence[str] | None

_CONNECT_SECONDS: Final = 2.0
_POOL_SIZE: Final = 8
_FEE_HISTORY_BLOCKS: Final = 5
_TIP_PERCENTILE: Final = 50
_MOST_BYTES: Final = 16 << 20
_READ_BYTES: Final = 1 << 16
_NOT_SUPPORTED: Final = (-32601, -32004)


class Rpc(ABC):
    """What is asked of a chain, by whatever node answers. Each method raises `RpcError`."""

    @abstractmethod
    def read(self, reader: Callable[[Any], T], method: str, *params: Any) -> T:
        """The `result` of one call, as `reader` reads it; what it cannot read is no answer."""

    def call(self, method: str, *params: Any) -> Any:
        """The `result` of one call, as JSON gives it."""
        return self.read(_as_it_is, method, *params)

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
        return self.read(answers.number, "eth_chainId")

    def block_number(self) -> int:
        """The number of the newest block."""
        return self.read(answers.number, "eth_blockNumber")

    def block(self, block: int | MinedTag) -> Block | None:
        """The header of a block by number or tag; None where the node has no such block."""
        return self.read(answers.block, "eth_getBlockByNumber", _block(block), False)

    def block_transactions(self, block: int) -> list[str] | None:
        """The hashes of a block's transactions; None where the node has no such block."""
        return self.read(answers.block_transactions, "eth_getBlockByNumber", _block(block), False)

    def nonce(self, address: str, block: int | BlockTag = "latest") -> int:
        """How many transactions of `address` are mined, so the next nonce; `pending` counts the pool too."""
        return self.read(answers.number, "eth_getTransactionCount", address, _block(block))

    def balance(self, address: str, block: int | BlockTag = "latest") -> int:
        """In wei."""
        return self.read(answers.amount, "eth_getBalance", address, _block(block))

    def code(self, address: str, block: int | BlockTag = "latest") -> bytes:
        """The contract's code; empty where there is no contract."""
        return self.read(answers.octets, "eth_getCode", address, _block(block))

    def fees(self) -> Fees:
        """What the next block asks. The tip: the recent median, or the node's suggestion if that is more.

        A node that keeps no history of fees is asked for the newest block, whose base fee is near the next one's.
        """
        history = self._fee_history()
        suggested = self._suggested_tip()
        if history is not None:
            return Fees(history.base_fee, max(history.tip or 0, suggested))
        newest = self.block("latest")
        if newest is None:
            raise NodeBusy("the node shows neither fees nor a newest block")
        return Fees(newest.base_fee, suggested)

    def estimate_gas(self, *, sender: str, to: str | None, data: bytes) -> int:
        """The gas the transaction would use now. Raises `Reverted` where it would fail."""
        return self.read(answers.number, "eth_estimateGas", _call_object(sender=sender, to=to, data=data))

    def eth_call(self, *, to: str | None, data: bytes, sender: str | None = None, gas: int | None = None) -> bytes:
        """What the contract answers, without `to` what a constructor returns; empty where there is no contract.

        Raises `Reverted`.
        """
        asked = _call_object(sender=sender, to=to, data=data, gas=gas)
        return self.read(answers.octets, "eth_call", asked, "latest")

    def send_raw(self, raw: str) -> str:
        """Hands a signed transaction (hex with 0x) to the node and gives its hash. Raises `RpcError`."""
        return self.read(answers.hash_of, "eth_sendRawTransaction", raw)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """The receipt of a mined transaction; None while it is not, or is unknown."""
        return self.read(partial(answers.receipt, transaction_hash), "eth_getTransactionReceipt", transaction_hash)

    def transaction(self, transaction_hash: str) -> Transaction | None:
        """The transaction, mined or waiting; None where the node does not know it."""
        return self.read(partial(answers.transaction, transaction_hash), "eth_getTransactionByHash", transaction_hash)

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
        return self.read(answers.logs, "eth_getLogs", query)

    def _fee_history(self) -> FeeHistory | None:
        asked = (hex(_FEE_HISTORY_BLOCKS), "latest", [_TIP_PERCENTILE])
        return self._where_supported(answers.fee_history, "eth_feeHistory", *asked)

    def _suggested_tip(self) -> int:
        return self._where_supported(answers.amount, "eth_maxPriorityFeePerGas") or 0

    def _where_supported(self, reader: Callable[[Any], T], method: str, *params: Any) -> T | None:
        try:
            return self.read(reader, method, *params)
        except RpcRefused as refusal:
            if refusal.code not in _NOT_SUPPORTED:
                raise
            return None


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
        self._timeout_seconds = timeout_seconds
        self._ids = count(1)

    def close(self) -> None:
        """Closes the kept connections."""
        self._pool.close()

    def read(self, reader: Callable[[Any], T], method: str, *params: Any) -> T:
        """The `result` of one call, as `reader` reads it. Raises `RpcError`."""
        try:
            return answers.read_as(reader, self.call(method, *params))
        except answers.Malformed as error:
            raise NodeUnreachable(f"{self.host} answered {method} with what is none of its results") from error

    def call(self, method: str, *params: Any) -> Any:
        """The `result` of one call, as JSON gives it. Raises `RpcError`."""
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
        ends = time.monotonic() + self._timeout_seconds
        try:
            response = self._pool.urlopen(
                "POST",
                self._target,
                body=json.dumps(body),
                headers=self._headers,
                redirect=False,
                preload_content=False,
            )
            with response:
                content = _content(response, ends)
        except (urllib3.exceptions.HTTPError, TimeoutError) as error:
            raise NodeUnreachable(f"{self.host} did not answer {method}: {type(error).__name__}") from error
        if content is not None:
            return self._result(method, response.status, content)
        words = f"{self.host} answered {method} with more than {_MOST_BYTES >> 20} MB"
        raise (LogRangeTooWide if method == "eth_getLogs" else NodeUnreachable)(words)

    def _result(self, method: str, status: int, content: bytes) -> Any:
        """A JSON-RPC error speaks for itself under any status but 429; without one the status does."""
        try:
            answer = read_json(content)
        except NotJson:
            answer = None
        if isinstance(answer, Mapping):
            if isinstance(answer.get("error"), Mapping) and status != HTTPStatus.TOO_MANY_REQUESTS:
                raise error_from_response(answer["error"])
            if status == HTTPStatus.OK and "result" in answer:
                return answer["result"]
        said = f"{self.host} answered {method} with status {status}"
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(said)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            raise NodeBusy(said)
        if status == HTTPStatus.OK:
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


def _block(block: int | BlockTag) -> str:
    return hex(block) if isinstance(block, int) else block


def _content(response: urllib3.BaseHTTPResponse, ends: float) -> bytes | None:
    """The whole answer; None where it is too long. Raises `TimeoutError` where it takes too long."""
    content = bytearray()
    while part := response.read1(_READ_BYTES, decode_content=True):
        content += part
        if len(content) > _MOST_BYTES:
            response.close()
            return None
        if time.monotonic() > ends:
            response.close()
            raise TimeoutError
    return bytes(content)


def _as_it_is(result: Any) -> Any:
    return result
