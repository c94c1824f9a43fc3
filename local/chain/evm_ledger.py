"""The chain behind `local.chain.evm`: alysis, and what a real node has besides.

Added to alysis: transactions ahead of their nonce wait for the missing ones; refusals in geth's words; revert
data under code 3; fee history; default block arguments; and an index of transactions and events, for which
alysis reads every block of the chain.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from chalicelib.chain.addresses import ZERO_ADDRESS, address_from_bytes
from chalicelib.chain.domain.dialects import revert_reason
from chalicelib.chain.signing import Eip1559Transaction, KeySigner
from local.chain.evm_gas import estimate
from local.chain.evm_signatures import remember_signers

WRITTEN_FOR: Final = "alysis 0.6"

CHAIN_ID: Final = 31337

_FUNDER_BALANCE: Final = 10**27
_SUGGESTED_TIP: Final = 10**9
_TRANSFER_GAS: Final = 21_000
_REVERTED, _SERVER_ERROR, _INVALID_PARAMS, _NO_METHOD = 3, -32000, -32602, -32601
# alysis knows these fields of a call object; clients send more (type, chainId, fees, accessList), which
# change no result here.
_CALL_FIELDS: Final = ("from", "to", "gas", "gasPrice", "value", "nonce", "data")
# Where the block argument stands in methods whose callers may leave it out.
_BLOCK_ARGUMENT_AT: Final = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getStorageAt": 2,
    "eth_getTransactionCount": 1,
}
# What py-evm says of a transaction that it refuses, in the words that clients know from geth.
_GETH_WORDS: Final = (
    (r"cannot afford|enough balance", "insufficient funds for gas * price + value"),
    (r"lower than block's base fee", "max fee per gas less than block base fee"),
    (r"exceeds gas limit", "exceeds block gas limit"),
    (r"chain.?id", "invalid chain id for signer"),
    (r"signature", "invalid sender"),
)


class RpcFault(Exception):
    """An `error` member of a JSON-RPC answer."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


class Ledger:
    """A fresh chain. `call` is safe from many threads: one call runs at a time."""

    def __init__(self, *, chain_id: int = CHAIN_ID, block_seconds: float | None = None) -> None:
        # The EVM takes over a second to import, which only who starts a chain should pay.
        from alysis import EVMVersion, Node, RPCNode
        from eth.vm.forks.prague.transactions import PragueTransactionBuilder
        from eth_keys.datatypes import PrivateKey

        self._chain = Node(
            root_balance_wei=_FUNDER_BALANCE,
            evm_version=EVMVersion.PRAGUE,
            chain_id=chain_id,
            net_version=chain_id,
            auto_mine_transactions=False,
        )
        self._chain._backend.chain.gas_estimator = estimate
        remember_signers()
        self._rpc = RPCNode(self._chain)
        self._decode: Callable[[bytes], Any] = PragueTransactionBuilder().decode
        self.funder_key = "0x" + self._chain.root_private_key.hex()
        self.funder_address = address_from_bytes(
            PrivateKey(self._chain.root_private_key).public_key.to_canonical_address()
        )
        self.chain_id = chain_id
        self._lock = threading.RLock()
        self._transactions: dict[str, dict[str, Any]] = {}
        self._receipts: dict[str, dict[str, Any]] = {}
        self._events: list[dict[str, Any]] = []
        # Transactions ahead of their sender's nonce, by sender and nonce.
        self._waiting: dict[tuple[str, int], _RawTransaction] = {}
        genesis = self._alysis("eth_getBlockByNumber", "latest", False)
        self._head_time = int(genesis["timestamp"], 16)
        self._block_seconds = block_seconds
        self._mined_at = time.monotonic()
        self._own: dict[str, Callable[..., Any]] = {
            "eth_sendRawTransaction": self._send_raw,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": lambda transaction_hash: self._receipts.get(transaction_hash.lower()),
            "eth_blockNumber": self._newest_number,
            "eth_getBlockByNumber": partial(self._block, "eth_getBlockByNumber"),
            "eth_getBlockByHash": partial(self._block, "eth_getBlockByHash"),
            "eth_getLogs": self._logs,
            "eth_call": partial(self._execute, "eth_call"),
            "eth_estimateGas": partial(self._execute, "eth_estimateGas"),
            "eth_feeHistory": self._fee_history,
            "eth_maxPriorityFeePerGas": lambda: hex(_SUGGESTED_TIP),
            "eth_syncing": lambda: False,
            "web3_clientVersion": lambda: "Spacegarden/alysis",
            "evm_mine": self._mine_empty,
            "anvil_setBalance": self._raise_balance,
        }

    def call(self, method: str, params: Sequence[Any]) -> Any:
        """The `result` of a JSON-RPC call. Raises `RpcFault`."""
        arguments = list(params)
        position = _BLOCK_ARGUMENT_AT.get(method)
        if position is not None and len(arguments) == position:
            arguments.append("latest")
        with self._lock:
            own = self._own.get(method, partial(self._alysis, method))
            try:
                return own(*arguments)
            except (TypeError, AttributeError, KeyError, ValueError) as error:
                raise RpcFault(_INVALID_PARAMS, f"invalid params: {error}") from error

    def _alysis(self, method: str, *params: Any) -> Any:
        from ethereum_rpc import RPCError

        try:
            return self._rpc.rpc(method, *params)
        except RPCError as error:
            if error.message == "execution reverted":
                raise _reverted(error.data or b"") from error
            if error.code == _NO_METHOD:
                raise RpcFault(_NO_METHOD, f"the method {method} does not exist/is not available") from error
            raise RpcFault(error.code, error.message) from error

    def _execute(self, method: str, call: Mapping[str, Any], block: Any, *_overrides: Any) -> Any:
        wanted = {name: call[name] for name in _CALL_FIELDS if call.get(name) is not None}
        if "input" in call:
            wanted["data"] = call["input"]
        wanted.setdefault("from", ZERO_ADDRESS)
        return self._alysis(method, wanted, block)

    def _send_raw(self, raw: str) -> str:
        transaction = self._decoded(raw)
        nonce = int(self._alysis("eth_getTransactionCount", transaction.sender, "latest"), 16)
        if transaction.nonce < nonce:
            raise RpcFault(_SERVER_ERROR, f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce > nonce:
            self._wait(transaction)
        else:
            self._mine(transaction)
            self._mine_followers(transaction.sender, nonce + 1)
        return transaction.hash

    def _wait(self, transaction: "_RawTransaction") -> None:
        place = (transaction.sender, transaction.nonce)
        present = self._waiting.get(place)
        if present is not None and present.hash == transaction.hash:
            raise RpcFault(_SERVER_ERROR, "already known")
        if present is not None and not transaction.outbids(present):
            raise RpcFault(_SERVER_ERROR, "replacement transaction underpriced")
        self._waiting[place] = transaction

    def _mine_followers(self, sender: str, nonce: int) -> None:
        """Mines what waited for the nonces before; one that the chain refuses is dropped."""
        while (follower := self._waiting.pop((sender, nonce), None)) is not None:
            try:
                self._mine(follower)
            except RpcFault:
                return
            nonce += 1

    def _mine(self, transaction: "_RawTransaction") -> None:
        try:
            self._alysis("eth_sendRawTransaction", transaction.raw)
        except RpcFault as fault:
            raise RpcFault(_SERVER_ERROR, _geth_words(fault.message)) from fault
        self._mine_block()
        receipt = self._alysis("eth_getTransactionReceipt", transaction.hash)
        self._transactions[transaction.hash] = transaction.as_json(receipt)
        self._receipts[transaction.hash] = receipt
        self._events.extend(receipt["logs"])

    def _mine_block(self) -> None:
        """Blocks carry the clock's time and, as the chain asks, each a later one than the block before."""
        self._head_time = max(int(time.time()), self._head_time + 1)
        # alysis takes one second off the time it is given, for a step of py-evm that no longer adds one.
        self._chain.mine_block(self._head_time + 1)
        self._mined_at = time.monotonic()

    def _raise_balance(self, address: str, balance: str) -> None:
        """Anvil's method of the name, as far as a transfer of the funder's can do it: it takes nothing away."""
        missing = int(balance, 16) - int(self._alysis("eth_getBalance", address, "latest"), 16)
        base_fee = int(self._alysis("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
        if missing > 0:
            transfer = Eip1559Transaction(
                chain_id=self.chain_id,
                nonce=int(self._alysis("eth_getTransactionCount", self.funder_address, "latest"), 16),
                max_priority_fee_per_gas=_SUGGESTED_TIP,
                max_fee_per_gas=2 * base_fee + _SUGGESTED_TIP,
                gas=_TRANSFER_GAS,
                to=address,
                data=b"",
                value=missing,
            )
            self._send_raw(KeySigner(self.funder_key).sign(transfer).raw)

    def _newest_number(self) -> str:
        """The newest block's number; a chain with a pace of its own goes on while it is looked at."""
        if self._block_seconds is not None and time.monotonic() - self._mined_at >= self._block_seconds:
            self._mine_block()
        return str(self._alysis("eth_blockNumber"))

    def _mine_empty(self) -> str:
        self._mine_block()
        return "0x0"

    def _decoded(self, raw: str) -> "_RawTransaction":
        try:
            decoded = self._decode(bytes.fromhex(raw.removeprefix("0x")))
            sender = address_from_bytes(decoded.sender)
        except Exception as error:  # rlp, py-evm and eth-keys each have exceptions of their own
            raise RpcFault(_SERVER_ERROR, f"rlp: {error}") from error
        if decoded.gas < decoded.intrinsic_gas:
            raise RpcFault(
                _SERVER_ERROR,
                f"intrinsic gas too low: gas {decoded.gas}, minimum needed {decoded.intrinsic_gas}",
            )
        return _RawTransaction(raw, decoded, sender, self.chain_id)

    def _transaction(self, transaction_hash: str) -> dict[str, Any] | None:
        wanted = transaction_hash.lower()
        if wanted in self._transactions:
            return self._transactions[wanted]
        return next((waiting.as_json(None) for waiting in self._waiting.values() if waiting.hash == wanted), None)

    def _block(self, method: str, block: str, with_transactions: bool = False) -> dict[str, Any] | None:
        """Whole transactions come from our index: alysis fails to show one that deploys a contract."""
        found: dict[str, Any] | None = self._alysis(method, block, False)
        if found is not None and with_transactions:
            found["transactions"] = [self._transactions[mined] for mined in found["transactions"]]
        return found

    def _logs(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        block_hash = query.get("blockHash")
        if block_hash is not None:
            candidates = [event for event in self._events if event["blockHash"] == block_hash.lower()]
        else:
            first = self._block_number(query.get("fromBlock") or "latest")
            last = self._block_number(query.get("toBlock") or "latest")
            candidates = [event for event in self._events if first <= int(event["blockNumber"], 16) <= last]
        addresses = _lowered(query.get("address"))
        topics = [_lowered(topic) for topic in query.get("topics") or ()]
        return [
            event
            for event in candidates
            if (addresses is None or event["address"].lower() in addresses) and _matches(event["topics"], topics)
        ]

    def _block_number(self, block: str) -> int:
        if block == "earliest":
            return 0
        if block.startswith("0x"):
            return int(block, 16)
        return int(self._alysis("eth_blockNumber"), 16)

    def _fee_history(self, block_count: Any, newest: str, percentiles: Sequence[float] | None = None) -> dict[str, Any]:
        count = int(block_count, 16) if isinstance(block_count, str) else int(block_count)
        head = self._block_number("latest")
        last = self._block_number(newest)
        if last > head:
            raise RpcFault(_SERVER_ERROR, f"request beyond head block: requested {last}, head {head}")
        oldest = max(last - min(count, 1024) + 1, 0)
        blocks = [self._alysis("eth_getBlockByNumber", hex(number), False) for number in range(oldest, last + 1)]
        following = self._alysis("eth_getBlockByNumber", hex(last + 1) if last < head else "pending", False)
        history: dict[str, Any] = {
            "oldestBlock": hex(oldest),
            "baseFeePerGas": [block["baseFeePerGas"] for block in [*blocks, following]],
            "gasUsedRatio": [int(block["gasUsed"], 16) / int(block["gasLimit"], 16) for block in blocks],
        }
        if percentiles:
            # A block holds one transaction at most, which is every percentile.
            history["reward"] = [[hex(self._tip(block))] * len(percentiles) for block in blocks]
        return history

    def _tip(self, block: Mapping[str, Any]) -> int:
        paid = [int(self._receipts[mined]["effectiveGasPrice"], 16) for mined in block["transactions"]]
        return paid[0] - int(block["baseFeePerGas"], 16) if paid else 0


class _RawTransaction:
    """A signed transaction as its sender sent it (`raw`), with py-evm's reading of it."""

    def __init__(self, raw: str, decoded: Any, sender: str, chain_id: int) -> None:
        self.raw = raw
        self.sender = sender
        self._chain_id = chain_id
        self.hash: str = "0x" + decoded.hash.hex()
        self.nonce: int = decoded.nonce
        self._decoded = decoded

    def outbids(self, present: "_RawTransaction") -> bool:
        """geth's rule for a replacement: both fees at least 10 % above the present ones."""
        new, old = self._decoded, present._decoded
        return all(
            10 * offered >= 11 * asked
            for offered, asked in (
                (new.max_fee_per_gas, old.max_fee_per_gas),
                (new.max_priority_fee_per_gas, old.max_priority_fee_per_gas),
            )
        )

    def as_json(self, receipt: Mapping[str, Any] | None) -> dict[str, Any]:
        """What `eth_getTransactionByHash` answers, with the place in the chain where there is a receipt."""
        decoded = self._decoded
        first_byte = int(self.raw.removeprefix("0x")[:2], 16)
        # Below 0xc0 it is the type of EIP-2718; a list of RLP, so a transaction of before it, begins at 0xc0.
        kind = first_byte if first_byte < 0xC0 else 0
        mined = receipt or {}
        return {
            "hash": self.hash,
            "type": hex(kind),
            "chainId": hex(self._chain_id),
            "from": self.sender,
            "to": address_from_bytes(decoded.to) if decoded.to else None,
            "nonce": hex(self.nonce),
            "value": hex(decoded.value),
            "input": "0x" + decoded.data.hex(),
            "gas": hex(decoded.gas),
            "gasPrice": mined.get("effectiveGasPrice", hex(decoded.max_fee_per_gas)),
            "maxFeePerGas": hex(decoded.max_fee_per_gas),
            "maxPriorityFeePerGas": hex(decoded.max_priority_fee_per_gas),
            "accessList": [],
            "v": hex(decoded.y_parity),
            "yParity": hex(decoded.y_parity),
            "r": hex(decoded.r),
            "s": hex(decoded.s),
            "blockHash": mined.get("blockHash"),
            "blockNumber": mined.get("blockNumber"),
            "transactionIndex": mined.get("transactionIndex"),
        }


def _reverted(data: bytes) -> RpcFault:
    reason = revert_reason(data) if data[:4] == bytes.fromhex("08c379a0") else None
    message = f"execution reverted: {reason}" if reason else "execution reverted"
    return RpcFault(_REVERTED, message, "0x" + data.hex())


def _geth_words(message: str) -> str:
    for pattern, words in _GETH_WORDS:
        if re.search(pattern, message, re.IGNORECASE):
            return f"{words}: {message}"
    return message


def _lowered(wanted: Any) -> set[str] | None:
    """The accepted values of an address or topic filter; None accepts any."""
    if wanted is None:
        return None
    return {wanted.lower()} if isinstance(wanted, str) else {one.lower() for one in wanted}


def _matches(topics: Sequence[str], wanted: Sequence[set[str] | None]) -> bool:
    if len(topics) < len(wanted):
        return False
    return all(accepted is None or topic in accepted for topic, accepted in zip(topics, wanted, strict=False))
