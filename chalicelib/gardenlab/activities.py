"""Countable activities of Gardenlab: a collection's mints, and the actions of its interactions."""

from itertools import islice

from chalicelib.activity.domain import ActivitySource, UnknownReward, gardenlab_action, gardenlab_mint
from chalicelib.core.tables import read_batch
from chalicelib.gardenlab.repository.collections import collection_address, find_collection, list_collections
from chalicelib.gardenlab.repository.interactions import find_by_action, iterate

_MOST_COLONS = 100  # what one request can look for
_COLLECTIONS, _INTERACTIONS = 5, 20  # what is offered to choose from


def _unknown_in(origin: str, rest: str) -> str | None:
    """Both names may contain colons, so every split is tried: one request, and one for each collection."""
    parts = rest.split(":")
    if len(parts) < 2:
        return "it must be gardenlab:<collection>:<action>, or gardenlab:<collection>:mint"
    pairs = [(":".join(parts[:length]), ":".join(parts[length:])) for length in range(1, len(parts))]
    tried = list(islice(((contract_id, action_id) for contract_id, action_id in pairs if contract_id), _MOST_COLONS))
    rows = read_batch([collection_address(origin, contract_id) for contract_id, _ in tried])
    unknown = f"there is no collection {parts[0]!r}"
    for (contract_id, action_id), row in zip(tried, rows, strict=True):
        if row is None:
            continue
        is_mint = gardenlab_action(contract_id, action_id) == gardenlab_mint(contract_id)
        if is_mint or find_by_action(origin, contract_id, action_id) is not None:
            return None
        unknown = f"there is no action {action_id!r} in the collection {contract_id!r}"
    return unknown


def _unknown_reward(origin: str, contract_id: str, action_id: str) -> UnknownReward | None:
    """Three requests at most; an action is an interaction's name here, so that `mint` is one like any other."""
    if find_collection(origin, contract_id) is None:
        return UnknownReward("contract_id", f"there is no collection {contract_id!r}")
    if find_by_action(origin, contract_id, action_id) is None:
        return UnknownReward("action_id", f"there is no action {action_id!r} in the collection {contract_id!r}")
    return None


def _known(origin: str) -> list[str]:
    """One request, and one for each of the first collections."""
    found = []
    for row in list_collections(origin, limit=_COLLECTIONS, after=None).items:
        interactions = islice(iterate(origin, row.contract_id, after=None, page_size=_INTERACTIONS), _INTERACTIONS)
        found += [gardenlab_action(row.contract_id, each.action_id) for each in interactions]
        found.append(gardenlab_mint(row.contract_id))
    return found


ACTIVITIES = ActivitySource("gardenlab", _unknown_in, _known, _unknown_reward)
