"""Finds a partner's collections, which are cached for five seconds.

This process sees its own changes at once, other processes within five seconds. Cached values are used to find rows;
changeable values are never written from the cache.
"""

from chalicelib.core.cache import TtlCache
from chalicelib.core.errors import BadRequest
from chalicelib.gardenlab.errors import ResourceNotFound
from chalicelib.gardenlab.models import CollectionRow, ContractRow
from chalicelib.gardenlab.repository import collections as repository

CONFIGURATION_SECONDS = 5.0

_collections: TtlCache[tuple[str, str], CollectionRow] = TtlCache(seconds=CONFIGURATION_SECONDS)
_contracts: TtlCache[str, list[ContractRow]] = TtlCache(seconds=CONFIGURATION_SECONDS)


def resolve(origin: str, *, contract_id: str | None, contract: str | None) -> CollectionRow:
    """The partner's collection of this alias and address; one is enough.

    Raises `BadRequest` when neither is given, they disagree, or the address is that of several of the partner's
    collections, on different chains; `ResourceNotFound` when it is not the partner's.
    """
    if contract is None:
        if contract_id is None:
            raise BadRequest("contract_id: is required, or contract", param="contract_id")
        return _existing(find(origin, contract_id))
    at_address = [owner.contract_id for owner in owners_of(contract) if owner.origin == origin]
    if contract_id is None:
        if len(at_address) > 1:
            reason = "several of your collections have this contract address, on different chains"
            raise BadRequest(f"contract_id: is required, for {reason}", param="contract_id")
        return _existing(find(origin, at_address[0]) if at_address else None)
    row = _existing(find(origin, contract_id) if at_address else None)
    if row.contract_id not in at_address:
        raise BadRequest("contract: does not agree with contract_id", param="contract")
    return row


def find(origin: str, contract_id: str) -> CollectionRow | None:
    """A partner's collection by its alias, from memory where it was seen lately."""
    return _collections.get((origin, contract_id), lambda: repository.find_collection(origin, contract_id))


def owner_of(place: str) -> ContractRow | None:
    """The owner of a contract, by its address (the first owner) or by `{chain}:{address}`."""
    chain, _, address = place.rpartition(":")
    owners = owners_of(address)
    return next((owner for owner in owners if not chain or repository.chain_of(owner) == chain), None)


def owners_of(address: str) -> list[ContractRow]:
    """The owners of an address, one per chain, from the cache if possible."""
    return _contracts.get(address.lower(), lambda: repository.find_contracts(address) or None) or []


def forget_address(address: str) -> None:
    """Removes an address from the cache, after another collection took it."""
    _contracts.forget(address.lower())


def forget(origin: str, contract_id: str) -> None:
    """Removes a collection from the cache, after a change."""
    _collections.forget((origin, contract_id))


def _existing(row: CollectionRow | None) -> CollectionRow:
    if row is None:
        raise ResourceNotFound("There is no such collection.")
    return row
