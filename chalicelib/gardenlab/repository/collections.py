"""Rows of collections, their contracts, categories and token counters."""

from collections.abc import Callable
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Address, as_read, find, key
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import CategoryRow, CollectionRow, ContractRow, CounterRow
from chalicelib.gardenlab.repository.editions import move_edition

FIRST_TOKEN_ID = 1
_OWNER = "OWNER"
_SETTINGS = ("level_thresholds", "may_change_token_id", "xp_follows")  # what of a collection can be changed
_IDENTITY = ("created_at", "version")  # a category, and which state of it
LAST_COUNTED_TOKEN_ID = 10**37  # DynamoDB counts exactly up to 38 digits


class Exists(Conflict):
    """There is a collection or a category of this name, or a collection on this contract."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} exists already.")


class AddressTaken(Exists):
    """Another collection took the contract's address, perhaps on another chain, after it was checked."""


def collection_key(origin: str, contract_id: str) -> str:
    """The partition of a collection's rows."""
    return key(origin, contract_id)


def add_collection(
    transaction: Transaction,
    origin: str,
    *,
    contract_id: str,
    contract: str,
    chain: str,
    first_token_id: int,
    **fields: Any,
) -> CollectionRow:
    """Adds a collection, the claim of its contract and its token counter; may raise `Exists`, as the commit.

    One request, to learn who has the address on other chains.
    """
    others = find_contracts(contract)
    if any(chain_of(other) == chain for other in others):
        raise Exists(f"A collection on the contract {contract}")
    row = CollectionRow(
        _collections_key(origin),
        key(contract_id),
        origin=origin,
        contract_id=contract_id,
        contract=contract,
        chain=chain,
        shares_address=True if others else None,
        created_at=now(),
        **fields,
    )
    sk = key(_OWNER, chain) if others else _OWNER
    claim = ContractRow(_contract_key(contract), sk, origin=origin, contract_id=contract_id, chain=chain)
    counter = CounterRow(collection_key(origin, contract_id), "COUNTER", next_token=first_token_id)
    transaction.create(row, otherwise=Exists(f"The collection {contract_id}"))
    transaction.create(claim, otherwise=AddressTaken(f"A collection on the contract {contract}"))
    transaction.put(counter)
    return row


def find_collection(origin: str, contract_id: str) -> CollectionRow | None:
    """A partner's collection by its alias."""
    return find(CollectionRow, _collections_key(origin), key(contract_id))


def collection_address(origin: str, contract_id: str) -> Address:
    """The key of a collection, for a batch."""
    return CollectionRow, _collections_key(origin), key(contract_id)


def find_contracts(address: str) -> list[ContractRow]:
    """The collections of a contract address, one per chain; the first owner comes first."""
    return list(ContractRow.query(_contract_key(address), consistent_read=True))


def chain_of(owner: ContractRow) -> str | None:
    """On which chain the owner has the address: none or one request."""
    if owner.chain is not None:
        return owner.chain
    row = find_collection(owner.origin, owner.contract_id)
    return None if row is None else row.chain


def list_collections(origin: str, *, limit: int, after: str | None) -> Page[CollectionRow]:
    """A page of a partner's collections by alias."""
    condition = CollectionRow.sk > key(after) if after else None
    rows = list(CollectionRow.query(_collections_key(origin), condition, limit=limit + 1, consistent_read=True))
    return Page(rows[:limit], len(rows) > limit)


def add_collection_change(transaction: Transaction, row: CollectionRow, changes: dict[str, Any]) -> None:
    """Adds a change of a collection as it was read; the commit may raise `RowChanged`."""
    transaction.change(row, changes, unchanged=as_read(row, *_SETTINGS))
    move_edition(transaction, row.origin, row.contract_id)


def add_contract_settings(
    transaction: Transaction, row: CollectionRow, settings: dict[str, Any], *, place: str
) -> None:
    """Adds what the contract has since this place on the chain; the commit may raise `RowChanged`."""
    transaction.change(row, {**settings, "settings_at": place}, unchanged=as_read(row, "contract", "settings_at"))


def add_permission_to_change_ids(transaction: Transaction, row: CollectionRow, *, otherwise: Exception) -> None:
    """Adds the condition that the collection's NFTs may take other token ids."""
    permitted = CollectionRow.may_change_token_id == True  # noqa: E712  an expression of the table's
    transaction.check(CollectionRow, row.pk, row.sk, condition=permitted, otherwise=otherwise)


def lease_token_ids(origin: str, contract_id: str) -> Callable[[int], int]:
    """A function that leases a block of token ids in one request and returns the first."""

    def allocate(count: int) -> int:
        row = CounterRow(collection_key(origin, contract_id), "COUNTER")
        row.update(actions=[CounterRow.next_token.add(count)], condition=CounterRow.pk.exists())
        return int(row.next_token) - count

    return allocate


def next_token_id(origin: str, contract_id: str) -> int:
    """The lowest token id that was never leased; 0 for an unknown collection."""
    row = find(CounterRow, collection_key(origin, contract_id), "COUNTER")
    return 0 if row is None else int(row.next_token)


def add_category(transaction: Transaction, collection: CollectionRow, **fields: Any) -> CategoryRow:
    """Adds a category; the commit may raise `Exists`."""
    row = CategoryRow(
        collection_key(collection.origin, collection.contract_id),
        key("CATEGORY", fields["user_category_id"]),
        origin=collection.origin,
        contract_id=collection.contract_id,
        issued=0,
        created_at=now(),
        version=1,
        **fields,
    )
    transaction.create(row, otherwise=Exists(f"The category {fields['user_category_id']}"))
    return row


def find_category(origin: str, contract_id: str, user_category_id: str) -> CategoryRow | None:
    """One category of a collection."""
    return find(CategoryRow, collection_key(origin, contract_id), key("CATEGORY", user_category_id))


def category_address(origin: str, contract_id: str, user_category_id: str) -> Address:
    """The key of a category, for a batch."""
    return CategoryRow, collection_key(origin, contract_id), key("CATEGORY", user_category_id)


def list_categories(origin: str, contract_id: str, *, limit: int, after: str | None) -> Page[CategoryRow]:
    """A page of a collection's categories by name."""
    condition: Condition = CategoryRow.sk.startswith(key("CATEGORY", ""))
    if after is not None:
        condition = CategoryRow.sk.between(key("CATEGORY", after) + "\x00", key("CATEGORY", "\U0010ffff"))
    rows = list(
        CategoryRow.query(collection_key(origin, contract_id), condition, limit=limit + 1, consistent_read=True)
    )
    return Page(rows[:limit], len(rows) > limit)


def add_category_change(transaction: Transaction, row: CategoryRow, changes: dict[str, Any]) -> None:
    """Adds a change of a category as it was read, the NFTs issued included; the commit may raise `RowChanged`."""
    changed = {**changes, "version": int(row.version or 0) + 1}
    transaction.change(row, changed, unchanged=as_read(row, *_IDENTITY, "issued"))


def add_category_removal(transaction: Transaction, row: CategoryRow) -> None:
    """Adds the removal of a category; existing NFTs stay. The commit may raise `RowChanged`."""
    unchanged = as_read(row, *_IDENTITY, "issued")
    transaction.delete(row, condition=unchanged, otherwise=RowChanged())


def add_issue(transaction: Transaction, category: CategoryRow) -> None:
    """Counts one NFT of a limited category; the commit raises `RowChanged` if it has changed, or all are issued."""
    transaction.update(
        CategoryRow(category.pk, category.sk),
        [CategoryRow.issued.add(1)],
        condition=as_read(category, *_IDENTITY) & (CategoryRow.issued < CategoryRow.max_supply),
        otherwise=RowChanged(),
    )


def _collections_key(origin: str) -> str:
    return key(origin, "COLLECTIONS")


def _contract_key(contract: str) -> str:
    return key("CONTRACT", contract.lower())
