"""What a node's results are, read from their JSON. What is not of the form that its method has raises `Malformed`.

Nodes differ in the letters they write: hashes and topics are in lower case here, addresses in EIP-55 form.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from chalicelib.chain.addresses import checksum_address

T = TypeVar("T")

_HASH: Final = re.compile(r"0x[0-9a-f]{64}")
_LARGEST: Final = (1 << 256) - 1
_LARGEST_COUNT: Final = (1 << 53) - 1  # of blocks, transactions and seconds; rows and clocks hold no more than that


class Malformed(ValueError):
    """The node's result is not of the form that its method has."""


class Block(NamedTuple):
    """A block's header; `timestamp` in Unix seconds, `base_fee` in wei a gas."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int
    base_fee: int


class Log(NamedTuple):
    """An event; `topics[0]` is the hash of its signature, unless it is anonymous."""

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


class FeeHistory(NamedTuple):
    """The base fee of the next block, and the median tip of recent ones; None where no block had a transaction."""

    base_fee: int
    tip: int | None


def read_as(reader: Callable[[Any], T], result: Any) -> T:
    """The result as `reader` reads it. Raises `Malformed`."""
    try:
        return reader(result)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Malformed from error


def amount(quantity: Any) -> int:
    """A number of wei or gas; some nodes leave the `0x` away."""
    number = int(_text(quantity), 16)
    if not 0 <= number <= _LARGEST:
        raise Malformed
    return number


def number(quantity: Any) -> int:
    """How many blocks, transactions or seconds."""
    counted = amount(quantity)
    if counted > _LARGEST_COUNT:
        raise Malformed
    return counted


def octets(data: Any) -> bytes:
    """The bytes."""
    return bytes.fromhex(_text(data).removeprefix("0x"))


def hash_of(result: Any) -> str:
    """The hash of a block or a transaction, or a topic."""
    text = _text(result).lower()
    if _HASH.fullmatch(text) is None:
        raise Malformed
    return text


def block(result: Any) -> Block | None:
    """A block's header."""
    if result is None:
        return None
    return Block(
        number=number(result["number"]),
        hash=hash_of(result["hash"]),
        parent_hash=hash_of(result["parentHash"]),
        timestamp=number(result["timestamp"]),
        base_fee=amount(result.get("baseFeePerGas", "0x0")),
    )


def block_transactions(result: Any) -> list[str] | None:
    """The hashes of a block's transactions."""
    return None if result is None else [hash_of(each) for each in _items(result["transactions"])]


def receipt(asked: str, result: Any) -> Receipt | None:
    """The receipt of the transaction with the hash `asked`; None while it is not mined, or is unknown."""
    if result is None or result.get("blockNumber") is None:
        return None
    return Receipt(
        transaction_hash=_same(asked, result["transactionHash"]),
        block_number=number(result["blockNumber"]),
        block_hash=hash_of(result["blockHash"]),
        succeeded=amount(result["status"]) == 1,
        contract_address=_address_or_none(result.get("contractAddress")),
        gas_used=number(result["gasUsed"]),
        effective_gas_price=_amount_or_none(result.get("effectiveGasPrice")),
        logs=tuple(logs(result["logs"])),
        l1_fee=_amount_or_none(result.get("l1Fee")) or 0,
    )


def transaction(asked: str, result: Any) -> Transaction | None:
    """The transaction with the hash `asked`, mined or waiting; None where it is unknown."""
    if result is None:
        return None
    mined_in = result.get("blockNumber") if result.get("blockHash") else None
    return Transaction(
        hash=_same(asked, result["hash"]),
        sender=_address(result["from"]),
        to=_address_or_none(result.get("to")),
        nonce=number(result["nonce"]),
        block_number=None if mined_in is None else number(mined_in),
    )


def logs(result: Any) -> list[Log]:
    """Events."""
    return [_log(each) for each in _items(result)]


def fee_history(result: Any) -> FeeHistory | None:
    """What recent blocks cost; None where the node keeps nothing of them."""
    base_fees = result.get("baseFeePerGas") or []
    if not base_fees:
        return None
    tips = sorted(amount(tips[0]) for tips in _items(result.get("reward") or []) if tips)
    return FeeHistory(amount(base_fees[-1]), tips[len(tips) // 2] if tips else None)


def _log(found: Any) -> Log:
    return Log(
        address=_address(found["address"]),
        topics=tuple(hash_of(each) for each in _items(found["topics"])),
        data=octets(found["data"]),
        block_number=number(found["blockNumber"]),
        transaction_hash=hash_of(found["transactionHash"]),
        log_index=number(found["logIndex"]),
    )


def _same(asked: str, answered: Any) -> str:
    """The hash that was asked for, where the answer is about that."""
    if _text(answered).lower() != asked.lower():
        raise Malformed
    return asked


def _address(result: Any) -> str:
    return checksum_address(_text(result).lower())  # some chains' nodes write capitals by a rule of their own


def _address_or_none(result: Any) -> str | None:
    return None if result is None else _address(result)


def _amount_or_none(quantity: Any) -> int | None:
    return None if quantity is None else amount(quantity)


def _text(result: Any) -> str:
    if not isinstance(result, str):
        raise Malformed
    return result


def _items(result: Any) -> Sequence[Any]:
    if not isinstance(result, Sequence) or isinstance(result, (str, Mapping)):
        raise Malformed
    return result
