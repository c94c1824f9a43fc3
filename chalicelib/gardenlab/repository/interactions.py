"""Rows of interactions and of their action names."""

from collections.abc import Iterator
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Address, find, key
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.errors import MiscError
from chalicelib.gardenlab.models import ActionRow, InteractionRow
from chalicelib.gardenlab.repository.collections import collection_key
from chalicelib.gardenlab.repository.editions import move_edition

PREFIX = "INTERACTION#"


class ActionTaken(MiscError):
    """Another interaction of the collection has this action name."""

    def __init__(self) -> None:
        super().__init__("Another interaction of this collection has this action_id.")


def interaction_row(origin: str, contract_id: str, interaction_id: str, **fields: Any) -> InteractionRow:
    """An interaction's row, not yet stored."""
    return InteractionRow(
        collection_key(origin, contract_id),
        key("INTERACTION", interaction_id),
        origin=origin,
        contract_id=contract_id,
        id=interaction_id,
        **fields,
    )


def add_new(transaction: Transaction, row: InteractionRow) -> None:
    """Adds a new interaction and claims its action name; the commit may raise `ActionTaken`."""
    transaction.create(row, otherwise=RowChanged())
    _claim_action(transaction, row)


def add_replacement(transaction: Transaction, row: InteractionRow, *, before: InteractionRow) -> None:
    """Adds the replacement of an interaction; may raise `RowChanged` or `ActionTaken`."""
    move_edition(transaction, row.origin, row.contract_id)
    transaction.put(row, condition=InteractionRow.version == before.version, otherwise=RowChanged())
    if row.action_id != before.action_id:
        _claim_action(transaction, row)
        transaction.delete(ActionRow(before.pk, key("ACTION", before.action_id)))


def add_window(transaction: Transaction, row: InteractionRow, changes: dict[str, Any]) -> None:
    """Adds a change of the validity window; may raise `RowChanged`."""
    move_edition(transaction, row.origin, row.contract_id)
    transaction.change_version(row, changes)


def find_interaction(origin: str, contract_id: str, interaction_id: str) -> InteractionRow | None:
    """One interaction by id."""
    return find(InteractionRow, collection_key(origin, contract_id), key("INTERACTION", interaction_id))


def interaction_address(origin: str, contract_id: str, interaction_id: str) -> Address:
    """The key of an interaction, for a batch."""
    return InteractionRow, collection_key(origin, contract_id), key("INTERACTION", interaction_id)


def action_address(origin: str, contract_id: str, action_id: str) -> Address:
    """The key of an action name's row, for a batch."""
    return ActionRow, collection_key(origin, contract_id), key("ACTION", action_id)


def find_by_action(origin: str, contract_id: str, action_id: str) -> InteractionRow | None:
    """The interaction with an action name; two requests."""
    action = find(ActionRow, collection_key(origin, contract_id), key("ACTION", action_id))
    return find_interaction(origin, contract_id, action.interaction_id) if action else None


def iterate(origin: str, contract_id: str, *, after: str | None, page_size: int | None) -> Iterator[InteractionRow]:
    """A collection's interactions, oldest first, from behind the sort key `after`."""
    condition: Condition = InteractionRow.sk.startswith(PREFIX)
    if after is not None:
        condition = InteractionRow.sk.between(after + "\x00", PREFIX + "~")
    pk = collection_key(origin, contract_id)
    return iter(InteractionRow.query(pk, condition, consistent_read=True, page_size=page_size))


def _claim_action(transaction: Transaction, row: InteractionRow) -> None:
    action = ActionRow(row.pk, key("ACTION", row.action_id), interaction_id=row.id)
    transaction.create(action, otherwise=ActionTaken())
