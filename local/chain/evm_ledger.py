"""The chain behind `local.chain.evm`: alysis, and what a real node has besides.

Added to alysis: transactions ahead of their nonce wait for the missing ones; refusals in geth's words; revert data
under code 3; fee history; default block arguments, and those of EIP-1898; calls and estimates as geth's
(`evm_calls`); filters (`evm_filters`); and an index of transactions and events, which alysis looks for in every block
of the chain.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from chalicelib.chain.addresses import address_from_bytes
from chalicelib.chain.signing import Eip1559Transaction, KeySigner
from local.chain import evm_calls
from local.chain.evm_faults import INVALID_PARAMS, NO_METHOD, SERVER_ERROR, RpcFault, geth_words, reverted
from local.chain.evm_filters import Filters, read_query
from local.chain.evm_gas import TRANSFER_GAS, least_gas
from local.chain.evm_precompiles import load_curves_by_need
from local.chain.evm_signatures import remember_signers
from local.chain.evm_transactions import RawTransaction

WRITTEN_FOR: Final = "alysis 0.6"

CHAIN_ID: Final = 31337

_FUNDER_BALANCE: Final = 10**27
_SUGGESTED_TIP: Final = 10**9
# Where the block argument stands in methods whose callers may leave it out.
_BLOCK_ARGUMENT_AT: Final = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getStorageAt": 2,
    "eth_getTransactionCount": 1,
}


class Ledger:
    """A fresh chain. `call` is safe from many threads: one call runs at a time."""

    def __init__(
        self,
        *,
        chain_id: int = CHAIN_ID,
        block_seconds: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        load_curves_by_need()
        # The EVM takes half a second to import, which only who starts a chain should pay.
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
        self._clock, self._head_time = clock, int(clock())
        self._begin_at(self._head_time)
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
        self._waiting: dict[tuple[str, int], RawTransaction] = {}
        self._block_seconds = block_seconds
        self._filters = Filters(
            events=lambda: self._events,
            head=lambda: self._block_number("latest"),
            hash_of=lambda number: str(self._alysis("eth_getBlockByNumber", hex(number), False)["hash"]),
        )
        self._mined_at = time.monotonic()
        self._own: dict[str, Callable[..., Any]] = {
            "eth_sendRawTransaction": self._send_raw,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": lambda transaction_hash: self._receipts.get(transaction_hash.lower()),
            "eth_blockNumber": self._newest_number,
            "eth_getBlockByNumber": partial(self._block, "eth_getBlockByNumber"),
            "eth_getBlockByHash": partial(self._block, "eth_getBlockByHash"),
            "eth_getLogs": self._logs,
            "eth_call": partial(self._execute, evm_calls.run),
            "eth_estimateGas": partial(self._execute, evm_calls.estimate),
            "eth_newFilter": self._new_filter,
            "eth_newBlockFilter": self._filters.of_blocks,
            "eth_newPendingTransactionFilter": self._filters.of_transactions,
            "eth_getFilterChanges": self._filter_changes,
            "eth_getFilterLogs": lambda filter_id: self._logs(self._filters.query_of(filter_id)),
            "eth_uninstallFilter": self._filters.remove,
            "eth_getTransactionByBlockHashAndIndex": partial(self._transaction_at, "eth_getBlockByHash"),
            "eth_getTransactionByBlockNumberAndIndex": partial(self._transaction_at, "eth_getBlockByNumber"),
            "eth_getBlockReceipts": self._block_receipts,
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
                if position is not None and position < len(arguments):
                    arguments[position] = self._named_block(arguments[position])
                return own(*arguments)
            except (TypeError, AttributeError, KeyError, ValueError) as error:
                raise RpcFault(INVALID_PARAMS, f"invalid params: {error}") from error

    def _begin_at(self, seconds: int) -> None:
        """Replaces alysis's first block, which has the machine's time, by one of this time."""
        from eth.db.schema import SchemaV1

        backend: Any = self._chain._backend
        database, first = backend.chain.chaindb.db, backend.chain.get_canonical_block_header_by_number(0)
        del database[SchemaV1.make_canonical_head_hash_lookup_key()]
        backend.chain = type(backend.chain).from_genesis_header(database, first.copy(timestamp=seconds))

    def _alysis(self, method: str, *params: Any) -> Any:
        from ethereum_rpc import RPCError

        try:
            return self._rpc.rpc(method, *params)
        except RPCError as error:
            if error.message == "execution reverted":
                raise reverted(error.data or b"") from error
            if error.code == NO_METHOD:
                raise RpcFault(NO_METHOD, f"the method {method} does not exist/is not available") from error
            raise RpcFault(error.code, error.message) from error

    def _execute(
        self,
        ask: Callable[..., str],
        call: Mapping[str, Any],
        block: str,
        overrides: Mapping[str, Any] | None = None,
        *_block_overrides: Any,
    ) -> str:
        from eth.exceptions import HeaderNotFound

        chain: Any = self._chain._backend.chain
        try:
            header = chain.get_canonical_block_header_by_number(self._block_number(block))
        except HeaderNotFound as error:
            raise RpcFault(SERVER_ERROR, "header not found") from error
        return ask(chain, header, call, overrides)

    def _named_block(self, block: Any) -> Any:
        """A block's number or tag, also where EIP-1898's object with a number or hash is given."""
        if not isinstance(block, Mapping):
            return block
        if "blockNumber" in block:
            return block["blockNumber"]
        return self._block_of_hash(block["blockHash"])["number"]

    def _block_of_hash(self, block_hash: str) -> dict[str, Any]:
        found: dict[str, Any] | None = self._alysis("eth_getBlockByHash", block_hash, False)
        if found is None:
            raise RpcFault(SERVER_ERROR, "unknown block")
        return found

    def _send_raw(self, raw: str) -> str:
        transaction = self._decoded(raw)
        nonce = int(self._alysis("eth_getTransactionCount", transaction.sender, "latest"), 16)
        if transaction.nonce < nonce:
            raise RpcFault(SERVER_ERROR, f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce > nonce:
            self._wait(transaction)
        else:
            self._mine(transaction)
            self._mine_followers(transaction.sender, nonce + 1)
        self._filters.accepted.append(transaction.hash)
        return transaction.hash

    def _wait(self, transaction: RawTransaction) -> None:
        place = (transaction.sender, transaction.nonce)
        present = self._waiting.get(place)
        if present is not None and present.hash == transaction.hash:
            raise RpcFault(SERVER_ERROR, "already known")
        if present is not None and not transaction.outbids(present):
            raise RpcFault(SERVER_ERROR, "replacement transaction underpriced")
        self._waiting[place] = transaction

    def _mine_followers(self, sender: str, nonce: int) -> None:
        """Mines what waited for the nonces before; one that the chain refuses is dropped."""
        while (follower := self._waiting.pop((sender, nonce), None)) is not None:
            try:
                self._mine(follower)
            except RpcFault:
                return
            nonce += 1

    def _mine(self, transaction: RawTransaction) -> None:
        try:
            self._alysis("eth_sendRawTransaction", transaction.raw)
        except RpcFault as fault:
            raise RpcFault(SERVER_ERROR, geth_words(fault.message)) from fault
        self._mine_block()
        receipt = self._alysis("eth_getTransactionReceipt", transaction.hash)
        self._transactions[transaction.hash] = transaction.as_json(receipt)
        self._receipts[transaction.hash] = receipt
        self._events.extend(receipt["logs"])

    def _mine_block(self) -> None:
        """Blocks carry the clock's time and, as the chain asks, each a later one than the block before."""
        self._head_time = max(int(self._clock()), self._head_time + 1)
        # py-evm gives the block to come the machine's time, and alysis takes no earlier one.
        chain: Any = self._chain._backend.chain
        chain.header = chain.header.copy(timestamp=self._head_time)
        # alysis takes one second off the time it is given, for a step of py-evm that no longer adds one.
        self._chain.mine_block(self._head_time + 1)
        self._mined_at = time.monotonic()

    def _raise_balance(self, address: str, balance: str) -> None:
        """`anvil_setBalance`, as far as a transfer from the funder can do it: it takes nothing away."""
        missing = int(balance, 16) - int(self._alysis("eth_getBalance", address, "latest"), 16)
        base_fee = int(self._alysis("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
        if missing > 0:
            transfer = Eip1559Transaction(
                chain_id=self.chain_id,
                nonce=int(self._alysis("eth_getTransactionCount", self.funder_address, "latest"), 16),
                max_priority_fee_per_gas=_SUGGESTED_TIP,
                max_fee_per_gas=2 * base_fee + _SUGGESTED_TIP,
                gas=TRANSFER_GAS,
                to=address,
                data=b"",
                value=missing,
            )
            self._send_raw(KeySigner(self.funder_key).sign(transfer).raw)

    def _newest_number(self) -> str:
        """The newest block's number; with `block_seconds` it first mines a block if one is due."""
        if self._block_seconds is not None and time.monotonic() - self._mined_at >= self._block_seconds:
            self._mine_block()
        return str(self._alysis("eth_blockNumber"))

    def _mine_empty(self) -> str:
        self._mine_block()
        return "0x0"

    def _decoded(self, raw: str) -> RawTransaction:
        try:
            decoded = self._decode(bytes.fromhex(raw.removeprefix("0x")))
            sender = address_from_bytes(decoded.sender)
        except Exception as error:  # rlp, py-evm and eth-keys each have exceptions of their own
            raise RpcFault(SERVER_ERROR, f"rlp: {error}") from error
        if decoded.gas < (least := least_gas(decoded)):
            raise RpcFault(SERVER_ERROR, f"intrinsic gas too low: gas {decoded.gas}, minimum needed {least}")
        return RawTransaction(raw, decoded, sender, self.chain_id)

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

    def _transaction_at(self, method: str, block: str, index: str) -> dict[str, Any] | None:
        found = self._block(method, block, True)
        place = int(index, 16)
        return found["transactions"][place] if found and place < len(found["transactions"]) else None

    def _block_receipts(self, block: Any) -> list[dict[str, Any]] | None:
        found: dict[str, Any] | None = self._alysis("eth_getBlockByNumber", self._named_block(block), False)
        return None if found is None else [self._receipts[mined] for mined in found["transactions"]]

    def _new_filter(self, query: Mapping[str, Any]) -> str:
        first = self._block_number(query.get("fromBlock") or "earliest")
        last = query.get("toBlock") or "latest"
        end = int(last, 16) if last.startswith("0x") else None
        return self._filters.of_events(
            query, lambda event: first <= _number(event) and (end is None or _number(event) <= end)
        )

    def _filter_changes(self, filter_id: str) -> list[Any]:
        self._newest_number()
        return self._filters.changes(filter_id)

    def _logs(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        wanted = read_query(query)
        block_hash = query.get("blockHash")
        if block_hash is not None:
            first = last = _number(self._block_of_hash(block_hash), "number")
        else:
            first = self._block_number(query.get("fromBlock") or "latest")
            last = self._block_number(query.get("toBlock") or "latest")
            if first > last:
                raise RpcFault(SERVER_ERROR, "invalid block range params")
        return [event for event in self._events if first <= _number(event) <= last and wanted.takes(event)]

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
            raise RpcFault(SERVER_ERROR, f"request beyond head block: requested {last}, head {head}")
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


def _number(found: Mapping[str, Any], field: str = "blockNumber") -> int:
    return int(found[field], 16)
