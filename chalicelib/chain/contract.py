"""The calls and events that all versions of a collection's contract have (see `contracts/`), encoded and decoded."""

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from chalicelib.chain.abi import artifact, encode, encode_call, selector, topic
from chalicelib.chain.addresses import address_from_bytes, checksum_address, keccak256
from chalicelib.chain.rpc import Rpc, Topic
from chalicelib.chain.rpc_answers import Log, Receipt
from chalicelib.chain.rpc_errors import LogRangeTooWide, RateLimited, Reverted, TransientRpcError

# Version 2 has all errors of version 1.
_VERSION_1, _NEWEST_VERSION = "SpacegardenCollection", "SpacegardenCollectionV2"
_TRANSFER: Final = "Transfer(address,address,uint256)"
_METADATA_UPDATE: Final = "MetadataUpdate(uint256)"
_ROLE_GRANTED: Final = "RoleGranted(bytes32,address,address)"
_ROLE_REVOKED: Final = "RoleRevoked(bytes32,address,address)"
_CONTRACT_URI_UPDATED: Final = "ContractURIUpdated()"
_LOCKED: Final = "Locked(uint256)"
_UNLOCKED: Final = "Unlocked(uint256)"
_WORD: Final = 32
_FROM_NOBODY: Final = "0x" + "0" * 64
# Providers that cap a log query allow at least this many blocks; a narrower window is never tried.
_NARROWEST_LOG_WINDOW: Final = 10
# The gateway gives up after 29 s.
_LONGEST_SEARCH_SECONDS: Final = 18.0
_AFTER_RATE_LIMIT_SECONDS: Final = 1.0


class TooManyBlocks(TransientRpcError):
    """The node answers for so few blocks at a time that the search did not end in time."""


class NotACollection(Exception):
    """There is no contract at the address, or it does not answer as an ERC-721 with roles does."""


def deployment_data(name: str, symbol: str, minter: str) -> bytes:
    """The data of the transaction that deploys version 1; `minter` gets the admin and the minter role."""
    return artifact(_VERSION_1).bytecode + encode(["string", "string", "address"], [name, symbol, minter])


def mint_call(to: str, token_id: int, uri: str) -> bytes:
    """Mints one token; reverts where it exists."""
    return encode_call("mint(address,uint256,string)", to, token_id, uri)


def mint_batch_call(mints: Sequence[tuple[str, int, str]]) -> bytes:
    """Mints every (to, token id, URI) whose id does not exist; the others stay as they are."""
    return encode_call(
        "mintBatch(address[],uint256[],string[])",
        [to for to, _, _ in mints],
        [token_id for _, token_id, _ in mints],
        [uri for _, _, uri in mints],
    )


def set_token_uri_call(token_id: int, uri: str) -> bytes:
    """Replaces the URI of a token; reverts where it does not exist."""
    return encode_call("setTokenURI(uint256,string)", token_id, uri)


def set_token_uri_batch_call(updates: Sequence[tuple[int, str]]) -> bytes:
    """Replaces the URI of every (token id, URI) whose id exists; the others are passed over."""
    return encode_call(
        "setTokenURIBatch(uint256[],string[])",
        [token_id for token_id, _ in updates],
        [uri for _, uri in updates],
    )


def owner_of(rpc: Rpc, contract: str, token_id: int) -> str | None:
    """The holder's address in EIP-55 form; None where the token does not exist."""
    try:
        (owner,) = ask(rpc, contract, "ownerOf(uint256)", ["address"], token_id)
    except Reverted:
        return None
    return checksum_address(owner)


def token_uri(rpc: Rpc, contract: str, token_id: int) -> str | None:
    """The URI on the chain; None where the token does not exist."""
    try:
        (uri,) = ask(rpc, contract, "tokenURI(uint256)", ["string"], token_id)
    except Reverted:
        return None
    return str(uri)


def has_minter_role(rpc: Rpc, contract: str, address: str) -> bool:
    """Whether `address` may mint and update there. Raises `NotACollection` where there are no roles."""
    role = bytes.fromhex(_minter_role().removeprefix("0x"))
    try:
        (granted,) = ask(rpc, contract, "hasRole(bytes32,address)", ["bool"], role, address)
    except Reverted as refusal:
        raise NotACollection(f"the contract {contract} knows no roles") from refusal
    return bool(granted)


class Mint(NamedTuple):
    """A token's first transfer, from nobody; `to` in EIP-55 form."""

    transaction_hash: str
    to: str
    block_number: int


def find_mint(rpc: Rpc, contract: str, token_id: int, *, from_block: int = 0) -> Mint | None:
    """Which transaction minted the token, and to whom, whoever holds it now; None where it does not exist.

    Looks from the newest block down to `from_block`. Raises `TooManyBlocks`.
    """
    topics = [topic(_TRANSFER), _FROM_NOBODY, None, f"0x{token_id:064x}"]
    for log in _logs(rpc, contract, topics, from_block=from_block):
        return Mint(log.transaction_hash, _address(log.topics[2]), log.block_number)
    return None


def minted_ids(receipt: Receipt, contract: str) -> set[int]:
    """The ids that a transaction minted on the contract."""
    return {
        int(log.topics[3], 16)
        for log in receipt.logs
        if log.address.lower() == contract.lower()
        and len(log.topics) == 4
        and log.topics[:2] == (topic(_TRANSFER), _FROM_NOBODY)
    }


def highest_token_id(rpc: Rpc, contract: str, *, from_block: int = 0) -> int | None:
    """The greatest id that was ever minted there, whatever ids are missing below it; None where none was.

    Raises `TooManyBlocks`: then the caller must give `from_block`, the block of the contract's deployment.
    """
    topics = [topic(_TRANSFER), _FROM_NOBODY]
    # An ERC-20's Transfer has the same signature and only three topics.
    minted = (log.topics[3] for log in _logs(rpc, contract, topics, from_block=from_block) if len(log.topics) == 4)
    return max((int(token_id, 16) for token_id in minted), default=None)


def custom_error(data: bytes) -> str | None:
    """The contract's error that revert data begins with, such as `ERC721NonexistentToken`; else None."""
    return _error_names().get(data[:4])


class Transferred(NamedTuple):
    """A token changed hands; addresses in EIP-55 form."""

    token_id: int
    sender: str
    recipient: str


class UriChanged(NamedTuple):
    """A token has another URI (ERC-4906)."""

    token_id: int


class MinterChanged(NamedTuple):
    """An account may mint from now on, or may not any more."""

    account: str
    may_mint: bool


class ContractUriChanged(NamedTuple):
    """The collection's metadata is elsewhere (ERC-7572)."""


class LockChanged(NamedTuple):
    """A token cannot be transferred from now on, or can again (ERC-5192)."""

    token_id: int
    is_locked: bool


Event = Transferred | UriChanged | MinterChanged | ContractUriChanged | LockChanged


@lru_cache(maxsize=1)
def followed_topics() -> tuple[str, ...]:
    """The first topics of the logs of these events."""
    followed = (_TRANSFER, _METADATA_UPDATE, _ROLE_GRANTED, _ROLE_REVOKED, _CONTRACT_URI_UPDATED, _LOCKED, _UNLOCKED)
    return tuple(topic(each) for each in followed)


def read_event(log: Log) -> Event | None:
    """The event; None for one of the same name and another form, such as an ERC-20's transfer, or another role."""
    if not log.topics:
        return None  # an anonymous event, of a node that shows more than was asked for
    first, topics = log.topics[0], log.topics[1:]
    if first == topic(_TRANSFER) and len(topics) == 3:
        return Transferred(int(topics[2], 16), _address(topics[0]), _address(topics[1]))
    if first == topic(_METADATA_UPDATE) and not topics and len(log.data) == _WORD:
        return UriChanged(int.from_bytes(log.data))
    if first in (topic(_ROLE_GRANTED), topic(_ROLE_REVOKED)) and len(topics) == 3 and topics[0] == _minter_role():
        return MinterChanged(_address(topics[1]), first == topic(_ROLE_GRANTED))
    if first == topic(_CONTRACT_URI_UPDATED):
        return ContractUriChanged()
    if first in (topic(_LOCKED), topic(_UNLOCKED)) and not topics and len(log.data) == _WORD:
        return LockChanged(int.from_bytes(log.data), first == topic(_LOCKED))
    return None


def _logs(rpc: Rpc, contract: str, topics: Sequence[Topic], *, from_block: int) -> Iterator[Log]:
    """The events, the newest first: in one query, or in windows as wide as the provider allows."""
    deadline = time.monotonic() + _LONGEST_SEARCH_SECONDS
    end = rpc.block_number()
    window = end - from_block + 1
    while end >= from_block:
        if time.monotonic() > deadline:
            raise TooManyBlocks(f"the node shows {window} blocks at a time; blocks {from_block} to {end} are left")
        first = max(end - window + 1, from_block)
        try:
            logs = rpc.logs(contract, topics, from_block=first, to_block=end)
        except LogRangeTooWide:
            if window <= _NARROWEST_LOG_WINDOW:
                raise
            window = max(window // 2, _NARROWEST_LOG_WINDOW)
        except RateLimited:
            time.sleep(_AFTER_RATE_LIMIT_SECONDS)
        else:
            yield from reversed(logs)
            end = first - 1


def ask(rpc: Rpc, contract: str, signature: str, answer_types: Sequence[str], *arguments: Any) -> tuple[Any, ...]:
    """What a view of the contract answers. Raises `Reverted`, `NotACollection`."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    answer = rpc.eth_call(to=contract, data=encode_call(signature, *arguments))
    try:
        return decode(answer_types, answer)
    except (DecodingError, UnicodeDecodeError) as error:
        raise NotACollection(f"the contract {contract} does not answer {signature}") from error


@lru_cache
def _error_names() -> dict[bytes, str]:
    return {
        selector(f"{entry['name']}({','.join(parameter['type'] for parameter in entry['inputs'])})"): entry["name"]
        for entry in artifact(_NEWEST_VERSION).abi
        if entry["type"] == "error"
    }


def _address(topic: str) -> str:
    return address_from_bytes(bytes.fromhex(topic[-40:]))


@lru_cache(maxsize=1)
def _minter_role() -> str:
    return "0x" + keccak256(b"MINTER_ROLE").hex()
