"""Rewards of missions: one per person, granted once by the surface of the NFTs.

    owed       open: one row, and a claim row for each identity of the person, which prevents a second reward
    granted    in the transaction that applies the interaction
    refused    the interaction is used up, expired or unknown; this is final

Messages are only hints for the rows, so every step may crash, run twice or run late. The reward of a person without an
NFT stays open. The reservation of an NFT triggers a check, and the sweep checks it at growing intervals.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

from chalicelib.activity.domain import Closure, Identity, is_one_persons
from chalicelib.activity.models import DUE_SHARDS, OWED, RewardRow
from chalicelib.activity.queues import REWARDS, grant_message, wake_message
from chalicelib.activity.repository import links
from chalicelib.activity.repository import rewards as repository
from chalicelib.activity.repository.rewards import RewardSettled, RewardTaken
from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.queues import grace, send_best_effort
from chalicelib.core.side_by_side import side_by_side
from chalicelib.core.transactions import Addition, Transaction, add_nothing

_log = logger("rewards")
CONFIGURATION_SECONDS = 5.0
_FIRST_PAUSE_SECONDS: Final = 120.0
_LONGEST_PAUSE_SECONDS: Final = 6 * 3600.0
_A_SHARD = 100

# A reward is never taken back, so these entries need no expiry.
_rewarded: TtlCache[tuple[str, str, Identity], bool] = TtlCache(seconds=3600.0, max_entries=4096)
_rewarding: TtlCache[tuple[str, str], tuple[bool]] = TtlCache(seconds=CONFIGURATION_SECONDS)

# Used by other features in transactions of their own.
add_grant = repository.add_grant
add_rewarding = repository.add_rewarding


class NoNftYet(Exception):
    """The person has no NFT of the collection yet; the reward stays open."""


class RewardRefused(Exception):
    """The interaction cannot be applied; the message is the reason."""


class Granter(Protocol):
    """The surface of the NFTs."""

    def grant(self, reward: RewardRow, identities: Sequence[Identity]) -> None:
        """Applies the interaction to the newest NFT of the person with these identities.

        Its transaction must include `add_grant`, whose `RewardSettled` is passed on. Raises `NoNftYet` or
        `RewardRefused`.
        """
        ...


def create_reward(
    origin: str,
    *,
    mission: str,
    contract_id: str,
    action_id: str,
    person: Sequence[Identity],
    along: Addition = add_nothing,
) -> None:
    """Creates a person's reward of a mission unless it exists, and `along` with it: one transaction, then a message."""
    claimed_by = personal_identities(person)
    transaction = Transaction()
    row = repository.add_reward(
        transaction,
        origin,
        mission=mission,
        contract_id=contract_id,
        action_id=action_id,
        identities=person,
        claimed_by=claimed_by,
        due_at=now() + grace(),
    )
    transaction.enqueue(REWARDS, grant_message(origin, row.id))
    along(transaction)
    try:
        transaction.commit()
    except RewardTaken:
        return
    for identity in claimed_by:
        _rewarded.put((origin, mission, identity), True)


def personal_identities(person: Sequence[Identity]) -> list[Identity]:
    """The identities that belong to this person only; a reward is recorded for each of them."""
    return [identity for identity in person if is_one_persons(identity, person)]


def find_rewarded(origin: str, mission: str, identities: Sequence[Identity]) -> set[Identity]:
    """The identities that have the mission's reward, granted or open. Makes one request, or none if cached."""
    found = {identity for identity in identities if _rewarded.get((origin, mission, identity), lambda: None)}
    if len(found) == len(identities):
        return found
    found = repository.has_claim(origin, mission, identities)
    for identity in found:
        _rewarded.put((origin, mission, identity), True)
    return found


def forget_rewarding(origin: str, contract_id: str) -> None:
    """Removes a collection from this process's cache, after a change."""
    _rewarding.forget((origin, contract_id))


def wake_rewards(transaction: Transaction, origin: str, contract_id: str, holder: Identity) -> None:
    """Adds a check of open rewards to an NFT's reservation, if its collection has rewards (cached for 5 s)."""
    remembered = _rewarding.get((origin, contract_id), lambda: (repository.is_rewarding(origin, contract_id),))
    if remembered is not None and remembered[0]:
        wake_identities(transaction, origin, [holder])


def wake_identities(transaction: Transaction, origin: str, identities: Sequence[Identity]) -> None:
    """Adds a message for each identity to check its open rewards."""
    for identity in identities:
        transaction.enqueue(REWARDS, wake_message(origin, identity.kind, identity.value))


def grant(origin: str, reward_id: str, granter: Granter) -> None:
    """Grants an open reward. A repeated or concurrent call has no further effect."""
    row = repository.find_reward(origin, reward_id)
    if row is None or row.status != OWED:
        return
    given = [Identity(**each) for each in row.identities]
    try:
        granter.grant(row, _linked_with(origin, given))
    except NoNftYet:
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** min(int(row.tries), 16), _LONGEST_PAUSE_SECONDS)
        repository.postpone(row, until=now() + grace(pause))
    except RewardRefused as refusal:
        _refuse(row, str(refusal))
    except RewardSettled:
        return


def wake(origin: str, identity: Identity, granter: Granter) -> None:
    """Grants the open rewards of an identity's person."""
    claims = [claim for known in _linked_with(origin, [identity]) for claim in repository.claims_of(origin, known)]
    for reward_id in dict.fromkeys(claim.reward_id for claim in claims):
        grant(origin, reward_id, granter)


def sweep() -> int:
    """Sends a message for each due reward, at most 100 per shard; returns their number."""
    moment = now()
    found = [
        row
        for shard in range(DUE_SHARDS)
        for row in repository.due_rewards(shard, by=moment, limit=_A_SHARD)
        if repository.defer(row, until=now() + grace())
    ]
    send_best_effort([(REWARDS, grant_message(row.origin, row.id)) for row in found])
    return len(found)


def _refuse(row: RewardRow, reason: str) -> None:
    transaction = Transaction()
    repository.add_refusal(transaction, row, reason=reason)
    try:
        transaction.commit()
    except RewardSettled:
        return
    _log.info("reward refused", extra={"reward": row.id, "why": reason})


def _linked_with(origin: str, given: Sequence[Identity]) -> list[Identity]:
    """The identities linked with the given ones. Each further step along links is one more round of requests."""
    closure = Closure(given)
    while fresh := closure.unread:
        found = side_by_side([partial(links.links_of, origin, identity) for identity in fresh])
        closure.add_links(dict(zip(fresh, found, strict=True)))
    return closure.identities
