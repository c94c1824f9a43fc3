"""The settings of version 2 of a collection's contract: what it is deployed with, and what it has."""

from enum import StrEnum
from typing import Final, NamedTuple

from chalicelib.chain.abi import artifact, encode, encode_call
from chalicelib.chain.addresses import ZERO_ADDRESS, checksum_address
from chalicelib.chain.contract import NotACollection, ask
from chalicelib.chain.domain.changes import Change
from chalicelib.chain.rpc import Rpc
from chalicelib.chain.rpc_errors import Reverted
from chalicelib.core.outside import outside_text

_NAME: Final = "SpacegardenCollectionV2"
_VERSION: Final = 2
_WHOLE: Final = 10_000
_LONGEST_URI: Final = 2_048


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
        settings.royalty_receiver or ZERO_ADDRESS,
        settings.royalty_basis_points,
        list(LockPolicy).index(settings.lock),
    )
    types = ["string", "string", "address", "(string,address,uint96,uint8)"]
    return artifact(_NAME).bytecode + encode(types, [name, symbol, minter, given])


def change_call(change: Change) -> bytes:
    """Changes the contract, of which the caller must have the admin role."""
    if change.kind == "royalties":
        receiver = change.royalty_receiver or ZERO_ADDRESS
        return encode_call("setRoyalty(address,uint96)", receiver, change.royalty_basis_points)
    if change.kind == "metadata":
        return encode_call("setContractURI(string)", change.contract_uri or "")
    return encode_call("setLocked(uint256,bool)", int(change.token_id or 0), change.kind == "lock")


def read_settings(rpc: Rpc, contract: str) -> Settings | None:
    """The settings that a contract of version 2 has now; None for a contract of another version or kind.

    A metadata URI of more than 2,048 characters counts as none. Royalties above 100 percent mean another kind.
    """
    try:
        if ask(rpc, contract, "VERSION()", ["uint256"]) != (_VERSION,):
            return None
        (uri,) = ask(rpc, contract, "contractURI()", ["string"])
        receiver, basis_points = ask(rpc, contract, "royaltyInfo(uint256,uint256)", ["address", "uint256"], 0, _WHOLE)
        (policy,) = ask(rpc, contract, "lockPolicy()", ["uint8"])
        lock = list(LockPolicy)[policy]
    except (Reverted, NotACollection, IndexError):
        return None
    if basis_points > _WHOLE:
        return None
    royalty_receiver = None if receiver == ZERO_ADDRESS else checksum_address(receiver)
    uri = outside_text(uri, most=_LONGEST_URI + 1)
    return Settings(uri if len(uri) <= _LONGEST_URI else "", royalty_receiver, int(basis_points), lock)
