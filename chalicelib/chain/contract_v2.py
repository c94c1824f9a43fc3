"""What version 2 of a collection's contract has beside version 1: its settings, and calls that change them."""

from enum import StrEnum
from typing import Final, NamedTuple

from chalicelib.chain.abi import artifact, encode

_NAME: Final = "SpacegardenCollectionV2"
_NOBODY: Final = "0x" + "0" * 40


class LockPolicy(StrEnum):
    """Which tokens of a contract can be locked (ERC-5192): none, those that are locked one by one, or every one.

    The order is that of the contract's enumeration.
    """

    NONE = "none"
    TOKEN = "token"
    COLLECTION = "collection"


class Settings(NamedTuple):
    """What a contract is deployed with. Without a receiver there are no royalties."""

    contract_uri: str = ""
    royalty_receiver: str | None = None
    royalty_basis_points: int = 0
    lock: LockPolicy = LockPolicy.NONE


def deployment_data(name: str, symbol: str, minter: str, settings: Settings) -> bytes:
    """The data of the transaction that deploys version 2; `minter` gets the admin and the minter role."""
    given = (
        settings.contract_uri,
        settings.royalty_receiver or _NOBODY,
        settings.royalty_basis_points,
        list(LockPolicy).index(settings.lock),
    )
    types = ["string", "string", "address", "(string,address,uint96,uint8)"]
    return artifact(_NAME).bytecode + encode(types, [name, symbol, minter, given])
