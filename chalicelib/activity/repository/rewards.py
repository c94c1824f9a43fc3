"""Rows of rewards, of identities that have one, and of collections with rewards."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast
from zlib import crc32

from chalicelib.activity.domain import Identity
from chalicelib.activity.models import DUE_SHARDS, GRANTED, OWED, REFUSED, ClaimRow, RewardingRow, RewardRow
from chalicelib.core.clock import now
from chalicelib.core.ids import sortable_id
from chalicelib.core.tables import Row, assign, find, key, read_batch, update_if
from chalicelib.core.transactions import Transaction


class RewardTaken(Exception):
    """The person has this reward already, granted or open."""


class RewardSettled(Exception):
    """The reward was granted or refused already."""


def add_reward(
    transaction: Transaction,
    origin: str,
    *,
    mission: str,
    contract_id: str,
    action_id: str,
    identities: Sequence[Identity],
    claimed_by: Sequence[Identity],
    due_at: datetime,
) -> RewardRow:
    """Adds an open reward and the claims of its identities; the commit may raise `RewardTaken`."""
    reward_id = sortable_id("rwd_")
    for identity in claimed_by:
        claim = ClaimRow(_claims_key(origin, identity), key(mission), reward_id=reward_id, contract_id=contract_id)
        transaction.create(claim, otherwise=RewardTaken(mission))
    row = RewardRow(
        key(origin, "REWARD", reward_id),
        "REWARD",
        id=reward_id,
        origin=origin,
        mission=mission,
        contract_id=contract_id,
        action_id=action_id,
        identities=[identity._asdict() for identity in identities],
        status=OWED,
        tries=0,
        created_at=now(),
        due_shard=key("DUE", crc32(reward_id.encode()) % DUE_SHARDS),
        due_at=due_at,
    )
    transaction.put(row)
    return row


def find_reward(origin: str, reward_id: str) -> RewardRow | None:
    """One reward, strongly consistent."""
    return find(RewardRow, key(origin, "REWARD", reward_id), "REWARD")


def has_claim(origin: str, mission: str, identities: Sequence[Identity]) -> set[Identity]:
    """The identities, of up to 32, that have the mission's reward."""
    rows: list[Row | None] = read_batch(
        [(ClaimRow, _claims_key(origin, identity), key(mission)) for identity in identities]
    )
    return {identity for identity, row in zip(identities, rows, strict=True) if row is not None}


def claims_of(origin: str, identity: Identity) -> list[ClaimRow]:
    """All rewards of an identity, open or settled."""
    return list(ClaimRow.query(_claims_key(origin, identity), consistent_read=True))


def add_grant(transaction: Transaction, row: RewardRow, *, token_id: str) -> None:
    """Adds that a reward is granted; the commit may raise `RewardSettled`."""
    _add_end(transaction, row, status=GRANTED, token_id=token_id)


def add_refusal(transaction: Transaction, row: RewardRow, *, reason: str) -> None:
    """Adds that a reward is refused; the commit may raise `RewardSettled`."""
    _add_end(transaction, row, status=REFUSED, reason=reason)


def _add_end(transaction: Transaction, row: RewardRow, **end: str) -> None:
    ended = RewardRow(row.pk, row.sk)
    actions = assign(ended, {**end, "settled_at": now(), "due_shard": None, "due_at": None})
    transaction.update(ended, actions, condition=RewardRow.status == OWED, otherwise=RewardSettled(row.id))


def postpone(row: RewardRow, *, until: datetime) -> None:
    """Postpones the next check of an open reward without an NFT; a settled one stays unchanged."""
    actions = [RewardRow.due_at.set(until), RewardRow.tries.add(1)]
    update_if(RewardRow(row.pk, row.sk), actions, RewardRow.status == OWED)


def due_rewards(shard: int, *, by: datetime, limit: int) -> list[RewardRow]:
    """Due rewards of a shard, the oldest first."""
    found = RewardRow.due.query(key("DUE", shard), RewardRow.due_at <= by, limit=limit)
    return list(cast("Iterator[RewardRow]", found))


def defer(row: RewardRow, *, until: datetime) -> bool:
    """Moves a due reward's time, so that only one sweep takes it; False if it was taken or settled."""
    unchanged = RewardRow.due_at == row.due_at
    return update_if(RewardRow(row.pk, row.sk), [RewardRow.due_at.set(until)], unchanged)


def add_rewarding(transaction: Transaction, origin: str, contract_id: str) -> None:
    """Adds that a collection has rewards of missions."""
    transaction.put(RewardingRow(key(origin, "PAYS"), key(contract_id)))


def is_rewarding(origin: str, contract_id: str) -> bool:
    """True if a collection has, or had, rewards of missions."""
    return find(RewardingRow, key(origin, "PAYS"), key(contract_id)) is not None


def _claims_key(origin: str, identity: Identity) -> str:
    return key(origin, "CLAIM", identity.digest)
