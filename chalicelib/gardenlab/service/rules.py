"""A collection's rules: cached for five seconds, and applied only if they are unchanged."""

from functools import partial
from typing import NamedTuple, cast

from chalicelib.core.cache import TtlCache
from chalicelib.core.errors import existing
from chalicelib.core.retrying import RowChanged, retried
from chalicelib.core.tables import Row, read_batch
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.errors import ResourceNotFound
from chalicelib.gardenlab.models import ActionRow, CollectionRow, EditionRow, InteractionRow
from chalicelib.gardenlab.repository import interactions as repository
from chalicelib.gardenlab.repository.collections import collection_address
from chalicelib.gardenlab.repository.editions import edition_address, require_edition
from chalicelib.gardenlab.service.collections import CONFIGURATION_SECONDS


class Rules(NamedTuple):
    """An interaction and the collection whose thresholds apply, no older than the edition (None before the first)."""

    interaction: InteractionRow
    collection: CollectionRow
    edition: int | None

    def require(self, transaction: Transaction) -> None:
        """Adds the condition that the rules are unchanged; the commit may raise `RulesChanged`."""
        require_edition(transaction, self.collection.origin, self.collection.contract_id, self.edition)


_remembered: TtlCache[tuple[str, ...], Rules] = TtlCache(seconds=CONFIGURATION_SECONDS)


def rules_of(collection: CollectionRow, action_id: str, *, interaction_id: str | None, fresh: bool) -> Rules:
    """The rules of an action name; with an `interaction_id` of that interaction, whatever its action is called.

    Raises `ResourceNotFound`, never from the cache.
    """
    place = collection.origin, collection.contract_id
    if interaction_id is None:
        key, read = (*place, action_id, "action"), partial(_read_by_action, *place, action_id)
    else:
        key, read = (*place, interaction_id, "interaction"), partial(_read_by_id, *place, interaction_id)
    if fresh:
        _remembered.forget(key)
    rules = _remembered.get(key, read)
    return existing(rules, otherwise=ResourceNotFound("The collection has no interaction of this action_id."))


def forget_rules() -> None:
    """Clears this process's cache of rules, after a change."""
    _remembered.clear()


@retried("the action's name")
def _read_by_action(origin: str, contract_id: str, action_id: str) -> Rules | None:
    """Two requests, and again where the name has just gone over to another interaction."""
    edition, action = read_batch(
        [edition_address(origin, contract_id), repository.action_address(origin, contract_id, action_id)]
    )
    if not isinstance(action, ActionRow):
        return None
    rules = _read(origin, contract_id, action.interaction_id, edition)
    if rules is not None and rules.interaction.action_id != action_id:
        raise RowChanged
    return rules


def _read_by_id(origin: str, contract_id: str, interaction_id: str) -> Rules | None:
    [edition] = read_batch([edition_address(origin, contract_id)])
    return _read(origin, contract_id, interaction_id, edition)


def _read(origin: str, contract_id: str, interaction_id: str, edition: Row | None) -> Rules | None:
    """The rules by a request after that of the edition, so that they are never older than it says."""
    interaction, collection = read_batch(
        [
            repository.interaction_address(origin, contract_id, interaction_id),
            collection_address(origin, contract_id),
        ]
    )
    if interaction is None or collection is None:
        return None
    number = None if edition is None else cast(EditionRow, edition).number
    return Rules(cast(InteractionRow, interaction), cast(CollectionRow, collection), number)
