"""Setting up collections, categories and interaction windows; every write leaves an audit entry."""

from itertools import islice
from typing import Any

from chalicelib.core.errors import NotFound, Unavailable, existing
from chalicelib.core.ids import is_sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import retried, until_unchanged
from chalicelib.core.settings import settings
from chalicelib.core.times import stored_time
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.admin_schemas import (
    CategoryCreate,
    CategoryRead,
    CategoryUpdate,
    CollectionCreate,
    CollectionRead,
    CollectionUpdate,
    WindowUpdate,
)
from chalicelib.gardenlab.domain import xp_micros
from chalicelib.gardenlab.errors import field_refusal
from chalicelib.gardenlab.models import CategoryRow, CollectionRow, InteractionRow
from chalicelib.gardenlab.repository import collections as repository
from chalicelib.gardenlab.repository import interactions as interactions_repository
from chalicelib.gardenlab.repository.collections import Exists
from chalicelib.gardenlab.service import collections, rules
from chalicelib.gardenlab.service.interactions import AUDITED
from chalicelib.partners import service as partners
from chalicelib.partners.audits import Audited, fields_of
from chalicelib.partners.errors import BudgetSpent

_COLLECTIONS: Audited[CollectionRow] = Audited(
    "collection", fields_of(CollectionRead), target=lambda row: row.contract_id
)
_CATEGORIES: Audited[CategoryRow] = Audited(
    "category", fields_of(CategoryRead), target=lambda row: f"{row.contract_id}/{row.user_category_id}"
)


class Unknown(NotFound):
    """The object does not exist."""


class ChainUnavailable(Unavailable):
    """The chain's node does not answer, or refuses the platform's signer."""


def create_collection(origin: str, body: CollectionCreate) -> CollectionRow:
    """Registers a collection on an existing contract after checking it, or deploys one.

    Raises `PartnerUnknown`, `Exists`, `BadRequest`, `ChainUnavailable`.
    """
    partners.get_partner(origin)
    return _create(origin, body, within_budget=False)


def deploy_within_budget(origin: str, body: CollectionCreate) -> CollectionRow:
    """Deploys a collection for the partner itself, and counts it in the budget that the operator set.

    Raises `BadRequest`, `Exists`, `ChainUnavailable`, `BudgetSpent`.
    """
    try:
        if partners.get_partner(origin).collection_budget < 1:
            raise BudgetSpent  # before anything is signed
        return _create(origin, body, within_budget=True)
    except BudgetSpent:
        # Perhaps this very collection took the last of it: the same form was sent twice.
        if repository.find_collection(origin, body.contract_id) is not None:
            raise Exists(f"The collection {body.contract_id}") from None
        raise


def _create(origin: str, body: CollectionCreate, *, within_budget: bool) -> CollectionRow:
    # Signing and encoding are heavy; these rare routes load them when they are called.
    from chalicelib.chain.errors import NoSuchChain, require_chain
    from chalicelib.chain.service import deployments
    from chalicelib.gardenlab.service import contracts

    contracts.require_settings_that_fit(body)
    if body.from_block is not None and body.contract is None:
        raise field_refusal("from_block", "belongs to a contract that exists.")
    chain = body.chain or settings().default_chain
    try:
        require_chain(chain)
    except NoSuchChain as error:
        raise field_refusal("chain", error.sentence) from error
    if repository.find_collection(origin, body.contract_id) is not None:
        raise Exists(f"The collection {body.contract_id}")
    try:
        if body.contract:
            row = _take_over(origin, body, chain)
        else:
            row = _deploy(origin, body, chain, within_budget=within_budget)
    except deployments.ChainUnavailable as error:
        raise ChainUnavailable(f"The chain {chain} cannot be used now: {error}") from error
    collections.forget_address(row.contract)
    return row


def _deploy(origin: str, body: CollectionCreate, chain: str, *, within_budget: bool) -> CollectionRow:
    from chalicelib.chain.service import deployments
    from chalicelib.gardenlab.service import contracts

    rows: list[CollectionRow] = []

    def register(transaction: Transaction, address: str) -> None:
        if within_budget:
            partners.take_collection(transaction, origin)
        kept = {"first_token_id": repository.FIRST_TOKEN_ID, **contracts.kept_of(settings)}
        row = _add(transaction, origin, body, chain, address, kept, from_block=newest)
        rows.append(row)

    settings = contracts.settings_of(body)
    newest = deployments.newest_block(chain)
    deployments.deploy(chain, name=body.name, symbol=body.symbol, register=register, settings=settings)
    return rows[-1]


def _take_over(origin: str, body: CollectionCreate, chain: str) -> CollectionRow:
    from chalicelib.chain.service import deployments
    from chalicelib.gardenlab.service import contracts

    address = body.contract or ""
    try:
        newest = deployments.newest_block(chain)
        found = deployments.check(chain, address, from_block=body.from_block or 0)
    except deployments.NotUsable as error:
        raise field_refusal("contract", str(error)) from error
    if found.first_token_id > repository.LAST_COUNTED_TOKEN_ID:
        raise field_refusal("contract", "its token ids leave no room for new ones that can be counted up.")

    kept = {"first_token_id": found.first_token_id, **contracts.kept_of(found.settings)}

    def once() -> CollectionRow:
        transaction = Transaction()
        row = _add(transaction, origin, body, chain, address, kept, from_block=newest)
        transaction.commit()
        return row

    return until_unchanged("the contract", once, moved=repository.AddressTaken)


def _add(
    transaction: Transaction,
    origin: str,
    body: CollectionCreate,
    chain: str,
    address: str,
    kept: dict[str, Any],
    *,
    from_block: int,
) -> CollectionRow:
    """Adds the collection with the settings of its contract, whose events are read from now on."""
    from chalicelib.chain.service.contracts import follow_contract

    row = repository.add_collection(
        transaction,
        origin,
        contract_id=body.contract_id,
        contract=address,
        chain=chain,
        name=body.name,
        symbol=body.symbol,
        level_thresholds=_micros(body.level_thresholds),
        may_change_token_id=body.may_change_token_id,
        xp_follows=body.xp_follows,
        **kept,
    )
    follow_contract(transaction, chain, address, origin=origin, contract_id=body.contract_id, from_block=from_block)
    _COLLECTIONS.add_creation(transaction, row)
    return row


def get_collection(origin: str, contract_id: str) -> CollectionRow:
    """Raises `Unknown`."""
    row = repository.find_collection(origin, contract_id)
    return existing(row, otherwise=Unknown(f"The partner has no collection {contract_id}."))


def status_of_collection(origin: str, contract_id: str) -> dict[str, Any]:
    """The state of a collection's contract on the chain. Raises `Unknown`."""
    from chalicelib.chain.service import deployments

    row = get_collection(origin, contract_id)
    state = deployments.state_of(row.chain, row.contract)
    return {"contract_id": row.contract_id, "contract": row.contract, "chain": row.chain, **state._asdict()}


def list_collections(origin: str, *, limit: int, after: str | None) -> Page[CollectionRow]:
    """By alias. Raises `PartnerUnknown`, `PositionUnknown`."""
    partners.get_partner(origin)
    partners.position_of(after, lambda contract_id: repository.find_collection(origin, contract_id))
    return repository.list_collections(origin, limit=limit, after=after)


@retried("the collection")
def update_collection(origin: str, contract_id: str, body: CollectionUpdate) -> CollectionRow:
    """Changes a collection's settings; NFTs follow new level thresholds at their next interaction. Raises `Unknown`."""
    changes = body.model_dump(exclude_unset=True)
    if "level_thresholds" in changes:
        changes["level_thresholds"] = _micros(body.level_thresholds)
    row = get_collection(origin, contract_id)
    if changes:
        with _COLLECTIONS.change(row) as transaction:
            repository.add_collection_change(transaction, row, changes)
        collections.forget(origin, contract_id)
        rules.forget_rules()
    return row


def create_category(origin: str, contract_id: str, body: CategoryCreate) -> CategoryRow:
    """Raises `Unknown` for the collection, `Exists`."""
    collection = get_collection(origin, contract_id)
    transaction = Transaction()
    row = repository.add_category(transaction, collection, **_stored(body.model_dump()))
    _CATEGORIES.add_creation(transaction, row)
    transaction.commit()
    return row


def get_category(origin: str, contract_id: str, user_category_id: str) -> CategoryRow:
    """Raises `Unknown`."""
    get_collection(origin, contract_id)
    row = repository.find_category(origin, contract_id, user_category_id)
    return existing(row, otherwise=Unknown(f"The collection has no category {user_category_id}."))


def list_categories(origin: str, contract_id: str, *, limit: int, after: str | None) -> Page[CategoryRow]:
    """By name. Raises `Unknown`, `PositionUnknown`."""
    get_collection(origin, contract_id)
    partners.position_of(after, lambda category_id: repository.find_category(origin, contract_id, category_id))
    return repository.list_categories(origin, contract_id, limit=limit, after=after)


@retried("the category")
def update_category(origin: str, contract_id: str, user_category_id: str, body: CategoryUpdate) -> CategoryRow:
    """Changes the template of NFTs to come, or moves a limited supply. Raises `Unknown`, `BadRequest`.

    A supply is limited from the first NFT or never: what was issued without a limit was not counted.
    """
    given = body.model_dump(exclude_unset=True)
    changes = _stored(given)
    row = get_category(origin, contract_id, user_category_id)
    if "max_supply" in given:
        _require_supply(row, given["max_supply"])
    if changes:
        with _CATEGORIES.change(row) as transaction:
            repository.add_category_change(transaction, row, changes)
    return row


@retried("the category")
def delete_category(origin: str, contract_id: str, user_category_id: str) -> CategoryRow:
    """Ends a category; NFTs already prepared stay. Raises `Unknown`."""
    row = get_category(origin, contract_id, user_category_id)
    with _CATEGORIES.removal(row) as transaction:
        repository.add_category_removal(transaction, row)
    return row


def get_interaction(origin: str, contract_id: str, interaction_id: str) -> InteractionRow:
    """Raises `Unknown`."""
    get_collection(origin, contract_id)
    row = interactions_repository.find_interaction(origin, contract_id, interaction_id)
    return existing(row, otherwise=Unknown(f"The collection has no interaction {interaction_id}."))


def interaction_id_of(origin: str, contract_id: str, name: str) -> str:
    """The id of the interaction that a caller names by its id or by its `action_id`; `name` itself if there is none.

    A name that has the form of an id is one, so that an id costs no read.
    """
    if is_sortable_id(name):
        return name
    row = interactions_repository.find_by_action(origin, contract_id, name)
    return name if row is None else row.id


def list_interactions(origin: str, contract_id: str, *, limit: int, after: str | None) -> Page[InteractionRow]:
    """Oldest first. Raises `Unknown`, `PositionUnknown`."""
    get_collection(origin, contract_id)
    position = partners.position_of(
        after, lambda interaction_id: interactions_repository.find_interaction(origin, contract_id, interaction_id)
    )
    found = interactions_repository.iterate(
        origin, contract_id, after=position.sk if position else None, page_size=limit + 1
    )
    rows = list(islice(found, limit + 1))
    return Page(rows[:limit], len(rows) > limit)


@retried("the interaction")
def set_window(origin: str, contract_id: str, interaction_id: str, body: WindowUpdate) -> InteractionRow:
    """Sets or lifts the times between which an interaction applies. Raises `Unknown`, `BadRequest`."""
    changes = body.model_dump(exclude_unset=True)
    row = get_interaction(origin, contract_id, interaction_id)
    if not changes:
        return row
    start = changes.get("valid_from", row.valid_from)
    end = changes.get("valid_until", row.valid_until)
    if start and end and stored_time(start) >= stored_time(end):
        raise field_refusal("valid_until", "must come after valid_from.")
    with AUDITED.change(row, "window") as transaction:
        interactions_repository.add_window(transaction, row, changes)
    rules.forget_rules()
    return row


def _stored(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a category by the names of the row's attributes."""
    names = {"imgUrl": "img_url", "attributes": "attributes_map"}
    return {names.get(name, name): value for name, value in fields.items()}


def _require_supply(row: CategoryRow, supply: int | None) -> None:
    if (supply is None) != (row.max_supply is None):
        raise field_refusal("max_supply", "can be raised or lowered, not added or removed.")
    if supply is not None and supply < row.issued:
        raise field_refusal("max_supply", f"{int(row.issued)} NFTs are issued already.")


def _micros(thresholds: list[int | float] | None) -> list[int] | None:
    return None if thresholds is None else [xp_micros(threshold) for threshold in thresholds]
