"""The webhooks of Gardenlab. Their bodies are in `event_bodies` and `user_event_bodies`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from chalicelib.gardenlab import domain
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
    *(EventType(name, partial(_sample, name), subject=_nft) for name in (domain.INTERACTION_EVENT, domain.MINT_EVENT)),
    *(
        EventType(name, partial(_sample, name), by_name_only=True, subject=_nft)
        for name in (domain.TRANSFER_EVENT, domain.BURN_EVENT, domain.BUDGET_EVENT)
    ),
    *(
        EventType(name, partial(_sample, name), by_name_only=True, named_only=True, subject=_nft)
        for name in (domain.ANNOUNCED_EVENT, domain.ACTION_EVENT, domain.LEVEL_EVENT, domain.CLAIMED_EVENT)
    ),
    EventType(
        domain.COLLECTION_EVENT, partial(_sample, domain.COLLECTION_EVENT), by_name_only=True, subject=_collection
    ),
    EventType(domain.SIGNER_EVENT, partial(_sample, domain.SIGNER_EVENT), by_name_only=True, subject=_chain),
)
