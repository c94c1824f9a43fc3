"""The events of a collection's contract that are followed, read from a node's logs."""

from functools import lru_cache
from typing import Final, NamedTuple

from chalicelib.chain.abi import topic
from chalicelib.chain.addresses import address_from_bytes, keccak256
from chalicelib.chain.rpc_answers import Log

_TRANSFER: Final = "Transfer(address,address,uint256)"
_METADATA_UPDATE: Final = "MetadataUpdate(uint256)"
_ROLE_GRANTED: Final = "RoleGranted(bytes32,address,address)"
_ROLE_REVOKED: Final = "RoleRevoked(bytes32,address,address)"
_CONTRACT_URI_UPDATED: Final = "ContractURIUpdated()"
_LOCKED: Final = "Locked(uint256)"
_UNLOCKED: Final = "Unlocked(uint256)"
_WORD: Final = 32


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


def _address(topic: str) -> str:
    return address_from_bytes(bytes.fromhex(topic[-40:]))


@lru_cache(maxsize=1)
def _minter_role() -> str:
    return "0x" + keccak256(b"MINTER_ROLE").hex()
