"""Rewards of missions: an interaction applied to a person's newest NFT, in the transaction that ends the reward."""

from collections.abc import Sequence
from functools import partial

from chalicelib.activity.domain import Identity
from chalicelib.activity.models import RewardRow
from chalicelib.activity.service import rewards
from chalicelib.core.acting import acting
from chalicelib.core.clock import now
from chalicelib.core.errors import BadRequest
from chalicelib.gardenlab.schemas import Guest, NewAction
from chalicelib.gardenlab.service import actions, collections, guests
from chalicelib.idempotency.service import Guard


class GardenlabRewards:
    """Gardenlab's NFTs as rewards reach them; the protocol is `rewards.Granter`."""

    def grant(self, reward: RewardRow, identities: Sequence[Identity]) -> None:
        """Applies the interaction, once. Raises `NoNftYet`, `RewardRefused` or `RewardSettled`."""
        collection = collections.find(reward.origin, reward.contract_id)
        if collection is None:
            raise rewards.NoNftYet
        held = guests.tokens_of_person(
            collection,
            emails={identity.value for identity in identities if identity.kind == "email"},
            uids={identity.value for identity in identities if identity.kind == "uid"},
        )
        if not held:
            raise rewards.NoNftYet
        try:
            token = guests.newest_valid(held, at=now())
            body = NewAction(
                origin=reward.origin,
                contract_id=reward.contract_id,
                action_id=reward.action_id,
                guest=Guest(uid=token.uid),
                token_id=token.token_id,
            )
            settle = partial(rewards.add_grant, row=reward, token_id=token.token_id)
            with acting(f"mission:{reward.mission}"):
                actions.new_action(reward.origin, body, Guard(None, along=settle))
        except BadRequest as refusal:
            raise rewards.RewardRefused(f"{refusal.code}: {refusal.message}") from refusal
