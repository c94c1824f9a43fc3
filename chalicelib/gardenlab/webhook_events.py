"""The webhooks of Gardenlab. Their bodies are in `event_bodies` and `user_event_bodies`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from chalicelib.gardenlab.domain import (
    ACTION_EVENT,
    ANNOUNCED_EVENT,
    BUDGET_EVENT,
    BURN_EVENT,
    CLAIMED_EVENT,
    COLLECTION_EVENT,
    INTERACTION_EVENT,
    LEVEL_EVENT,
    MINT_EVENT,
    SIGNER_EVENT,
    TRANSFER_EVENT,
)
from chalicelib.webhooks.domain import EventType


def _sample(event_type: str) -> Mapping[str, Any]:
    from chalicelib.gardenlab.declared_events import sample_of  # loads with the first sample, not with the first event

    return sample_of(event_type)


def _nft(content: Mapping[str, Any]) -> str | None:
    """The NFT by the id that it has from the beginning, should it have got another; None where there is no NFT."""
    token = content.get("reservedTokenId") or content.get("tokenId")
    return None if token is None else f"{content.get('contract')} {token}"


def _collection(content: Mapping[str, Any]) -> str:
    return f"{content.get('contract')}"


def _chain(content: Mapping[str, Any]) -> str:
    return f"{content.get('chain')}"


EVENT_TYPES = (
    *(EventType(name, partial(_sample, name), subject=_nft) for name in (INTERACTION_EVENT, MINT_EVENT)),
    *(
        EventType(name, partial(_sample, name), by_name_only=True, subject=_nft)
        for name in (TRANSFER_EVENT, BURN_EVENT, BUDGET_EVENT)
    ),
    *(
        EventType(name, partial(_sample, name), by_name_only=True, named_only=True, subject=_nft)
        for name in (ANNOUNCED_EVENT, ACTION_EVENT, LEVEL_EVENT, CLAIMED_EVENT)
    ),
    EventType(COLLECTION_EVENT, partial(_sample, COLLECTION_EVENT), by_name_only=True, subject=_collection),
    EventType(SIGNER_EVENT, partial(_sample, SIGNER_EVENT), by_name_only=True, subject=_chain),
)
