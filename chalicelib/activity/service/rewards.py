"""Rewards of missions: owed once a person, granted once by whoever keeps the NFTs.

    owed       one row, and a claim for each identity of the person: whoever has one is never owed a second
    granted    in the very transaction that applies the interaction
    refused    the interaction is used up, expired, unknown: recorded, and left at that

The rows are the truth and a message only a hint, so every step may crash, come twice or come late. A person without
an NFT yet has the reward open; a reservation wakes it, and the sweep looks at it as well, less and less often.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from chalicelib.activity.domain import Identity, is_one_persons
from chalicelib.activity.models import DUE_SHARDS, OWED, RewardRow
from chalicelib.activity.queues import REWARDS, grant_message, wake_message
from chalicelib.activity.repository import rewards as repository
from chalicelib.activity.repository.rewards import RewardSettled, RewardTaken
from chalicelib.activity.service.closures import closure_of
from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.queues import send_best_effort
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction

_log = logger("rewards")
CONFIGURATION_SECONDS = 5.0
_GRACE_SECONDS = 120.0
_SHORTEST_GRACE_SECONDS = 2.0
_FIRST_PAUSE_SECONDS: Final = 120.0
_LONGEST_PAUSE_SECONDS: Final = 6 * 3600.0
_A_SHARD = 100

# Who has a reward has it for ever, so this may be remembered for as long as there is room.
_rewarded: TtlCache[tuple[str, str, Identity], bool] = TtlCache(seconds=3600.0, max_entries=4096)
_paying: TtlCache[tuple[str, str], tuple[bool]] = TtlCache(seconds=CONFIGURATION_SECONDS)


class NoNftYet(Exception):
    """The person holds no NFT of the collection, so the reward waits for one."""


class RewardRefused(Exception):
    """The interaction cannot be applied; the text is the reason."""


class Granter(Protocol):
    """The surface that keeps the NFTs."""

    def grant(self, reward: RewardRow, identities: Sequence[Identity]) -> None:
        """Applies the interaction to the newest NFT of whoever has these identities.

        Its transaction must hold `granted`, whose `RewardSettled` is passed on. Raises `NoNftYet` or
        `RewardRefused`.
        """
        ...


def owe(origin: str, *, mission: str, contract_id: str, action_id: str, person: Sequence[Identity]) -> None:
    """Owes a person the reward of a mission, unless it has it: one transaction, then a message."""
    claimed_by = claimants(person)
    transaction = Transaction()
    row = repository.add_reward(
        transaction,
        origin,
        mission=mission,
        contract_id=contract_id,
        action_id=action_id,
        identities=person,
        claimed_by=claimed_by,
        due_at=_after_grace(),
    )
    transaction.enqueue(REWARDS, grant_message(origin, row.id))
    try:
        transaction.commit()
    except RewardTaken:
        return
    for identity in claimed_by:
        _rewarded.put((origin, mission, identity), True)


def granted(transaction: Transaction, reward: RewardRow, *, token_id: str) -> None:
    """Adds the end of a reward to the transaction that applies it; its commit may raise `RewardSettled`."""
    repository.add_grant(transaction, reward, token_id=token_id)


def claimants(person: Sequence[Identity]) -> list[Identity]:
    """The identities that tell the person from all others, by which it is known to have been rewarded."""
    return [identity for identity in person if is_one_persons(identity, person)]


def rewarded(origin: str, mission: str, identities: Sequence[Identity]) -> set[Identity]:
    """Which of the identities have the mission's reward, granted or still owed; one request, or none if known."""
    found = {identity for identity in identities if _rewarded.get((origin, mission, identity), lambda: None)}
    if len(found) == len(identities):
        return found
    found = repository.has_claim(origin, mission, identities)
    for identity in found:
        _rewarded.put((origin, mission, identity), True)
    return found


def note_paying(transaction: Transaction, origin: str, contract_id: str) -> None:
    """Adds that missions reward their users in a collection, so that its reservations wake rewards."""
    repository.add_paying(transaction, origin, contract_id)


def forget_paying(origin: str, contract_id: str) -> None:
    """Drops what this process remembers of it, after a change."""
    _paying.forget((origin, contract_id))


def wake_rewards(transaction: Transaction, origin: str, contract_id: str, holder: Identity) -> None:
    """Adds a message to the reservation of an NFT, where its collection pays rewards; reads that once in 5 s."""
    remembered = _paying.get((origin, contract_id), lambda: (repository.is_paying(origin, contract_id),))
    if remembered is not None and remembered[0]:
        wake_identities(transaction, origin, [holder])


def wake_identities(transaction: Transaction, origin: str, identities: Sequence[Identity]) -> None:
    """Adds a message for each identity whose open rewards are to be looked at."""
    for identity in identities:
        transaction.enqueue(REWARDS, wake_message(origin, identity.kind, identity.value))


def grant(origin: str, reward_id: str, granter: Granter) -> None:
    """Grants a reward that is open; again, or by another worker at the same time, it does nothing more."""
    row = repository.find_reward(origin, reward_id)
    if row is None or row.status != OWED:
        return
    given = [Identity(each["kind"], each["value"]) for each in row.identities]
    try:
        granter.grant(row, closure_of(origin, given).identities)
    except NoNftYet:
        repository.put_off(row, until=_next_look(int(row.tries)))
    except RewardRefused as refusal:
        _refuse(row, str(refusal))
    except RewardSettled:
        return


def wake(origin: str, identity: Identity, granter: Granter) -> None:
    """Grants what is open for whoever has this identity."""
    claims = [
        claim for known in closure_of(origin, [identity]).identities for claim in repository.claims_of(origin, known)
    ]
    for reward_id in dict.fromkeys(claim.reward_id for claim in claims):
        grant(origin, reward_id, granter)


def sweep() -> int:
    """Sends a message for each reward that is due, at most 100 of each shard; gives their number."""
    moment = now()
    found = [
        row
        for shard in range(DUE_SHARDS)
        for row in repository.due_rewards(shard, by=moment, limit=_A_SHARD)
        if repository.defer(row, until=_after_grace())
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


def _after_grace() -> datetime:
    return now() + timedelta(seconds=max(settings().scaled(_GRACE_SECONDS), _SHORTEST_GRACE_SECONDS))


def _next_look(tries: int) -> datetime:
    pause = min(_FIRST_PAUSE_SECONDS * 2 ** min(tries, 16), _LONGEST_PAUSE_SECONDS)
    return now() + timedelta(seconds=max(settings().scaled(pause), _SHORTEST_GRACE_SECONDS))
