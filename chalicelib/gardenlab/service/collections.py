"""Finding a partner's collections and categories; configuration is remembered for five seconds.

A change is seen here at once and by every other warm function within those five seconds.
"""

from chalicelib.core.cache import TtlCache
from chalicelib.core.errors import BadRequest
from chalicelib.gardenlab.errors import ResourceNotFound
from chalicelib.gardenlab.models import CategoryRow, CollectionRow, ContractRow
from chalicelib.gardenlab.repository import collections as repository

CONFIGURATION_SECONDS = 5.0

_collections: TtlCache[tuple[str, str], CollectionRow] = TtlCache(seconds=CONFIGURATION_SECONDS)
_contracts: TtlCache[str, ContractRow] = TtlCache(seconds=CONFIGURATION_SECONDS)
_categories: TtlCache[tuple[str, str, str], CategoryRow] = TtlCache(seconds=CONFIGURATION_SECONDS)


def resolve(origin: str, *, contract_id: str | None, contract: str | None) -> CollectionRow:
    """The partner's collection of this alias and address; one is enough.

    Raises `BadRequest` when neither is given or they disagree, `ResourceNotFound` when it is not the partner's.
    """
    if contract_id is None and contract is None:
        raise BadRequest("contract_id: is required, or contract", param="contract_id")
    by_address = _on_contract(origin, contract) if contract is not None else None
    row = find(origin, contract_id) if contract_id is not None else by_address
    if row is None or (contract is not None and by_address is None):
        raise ResourceNotFound("There is no such collection.")
    if by_address is not None and by_address.contract_id != row.contract_id:
        raise BadRequest("contract: does not agree with contract_id", param="contract")
    return row


def find(origin: str, contract_id: str) -> CollectionRow | None:
    """A partner's collection by its alias, from memory where it was seen lately."""
    return _collections.get((origin, contract_id), lambda: repository.find_collection(origin, contract_id))


def category_of(collection: CollectionRow, user_category_id: str) -> CategoryRow:
    """A collection's category. Raises `ResourceNotFound`."""
    place = (collection.origin, collection.contract_id, user_category_id)
    row = _categories.get(place, lambda: repository.find_category(*place))
    if row is None:
        raise ResourceNotFound("The collection has no such user category.")
    return row


def owner_of(contract: str) -> ContractRow | None:
    """Whose collection an address is, from memory where it was seen lately."""
    return _contracts.get(contract.lower(), lambda: repository.find_contract(contract))


def forget(origin: str, contract_id: str, user_category_id: str | None = None) -> None:
    """Drops what is remembered of a collection, or of one of its categories, after a change."""
    _collections.forget((origin, contract_id))
    if user_category_id is not None:
        _categories.forget((origin, contract_id, user_category_id))


def _on_contract(origin: str, contract: str) -> CollectionRow | None:
    owner = owner_of(contract)
    if owner is None or owner.origin != origin:
        return None
    return find(origin, owner.contract_id)
