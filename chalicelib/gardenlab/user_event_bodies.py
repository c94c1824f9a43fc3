"""The bodies of Gardenlab's webhooks about users: announced, lifted by an action, their NFT claimed.

They name a user by the partner's own `uid`, and hold no e-mail address.
"""

from typing import (
    Annotated,
    NotRequired,  # as pydantic reads them before Python 3.12
)

from pydantic import WithJsonSchema

from chalicelib.core.clock import MOMENT_SCHEMA
from chalicelib.gardenlab.domain import ACTION_EVENT, ANNOUNCED_EVENT, CLAIMED_EVENT, LEVEL_EVENT, Applied, xp_number
from chalicelib.gardenlab.event_bodies import Names, head
from chalicelib.gardenlab.models import TokenRow


class UserNames(Names):
    """The NFT's ids and its user's; a sample has `test`."""

    uid: str
    """The user's id at the partner."""
    test: NotRequired[bool]
    """True of samples that were asked for by `…/test`."""


class _OfUser(UserNames):
    actionType: str
    """The event's type."""
    at: Annotated[dict[str, int], WithJsonSchema(MOMENT_SCHEMA)]


class UserAnnounced(_OfUser):
    """A user was announced, and an NFT reserved."""

    contractId: str
    """The collection's alias."""
    userCategoryId: str
    """The user's category."""
    url: str
    """The NFT's public page."""


class ActionApplied(_OfUser):
    """An action was applied to an NFT."""

    actionId: str
    """The interaction's `action_id`."""
    interactionName: str
    """The interaction's name."""
    type: str
    """The attribute that counts up."""
    xpBefore: int | float
    """XP before."""
    xpAfter: int | float
    """XP afterwards."""
    lvlBefore: int
    """Level before."""
    lvlAfter: int
    """Level afterwards."""
    maxLvlReached: bool
    """Whether the NFT has reached its `max_level`."""


class LevelReached(_OfUser):
    """An NFT reached a higher level."""

    lvlBefore: int
    lvlAfter: int
    xpAfter: int | float
    maxLvlReached: bool


class NftClaimed(_OfUser):
    """The mint of an NFT has begun."""

    userAddr: str
    """The wallet that the NFT is minted to."""
    tokenUrl: str
    """Where the token's metadata will be."""


Body = UserAnnounced | ActionApplied | LevelReached | NftClaimed


def names_of(row: TokenRow) -> UserNames:
    """Which NFT it is, and whose."""
    names: UserNames = {"contract": row.contract, "tokenId": row.token_id, "uid": row.uid}
    if row.reserved_id is not None:
        names["reservedTokenId"] = row.reserved_id
    return names


def announced(names: UserNames, *, at: int, contract_id: str, category_id: str, url: str) -> UserAnnounced:
    """A user was announced; `at` in microseconds."""
    return {
        **names,
        **head(ANNOUNCED_EVENT, at),
        "contractId": contract_id,
        "userCategoryId": category_id,
        "url": url,
    }


def action_applied(
    names: UserNames, applied: Applied, *, at: int, action_id: str, interaction_name: str, attribute: str
) -> ActionApplied:
    """An action was applied."""
    return {
        **names,
        **head(ACTION_EVENT, at),
        "actionId": action_id,
        "interactionName": interaction_name,
        "type": attribute,
        "xpBefore": xp_number(applied.xp_before),
        "xpAfter": xp_number(applied.xp_after),
        "lvlBefore": applied.level_before,
        "lvlAfter": applied.level_after,
        "maxLvlReached": applied.max_level_reached,
    }


def level_reached(names: UserNames, applied: Applied, *, at: int) -> LevelReached:
    """An action lifted the NFT by one level, or by several."""
    return {
        **names,
        **head(LEVEL_EVENT, at),
        "lvlBefore": applied.level_before,
        "lvlAfter": applied.level_after,
        "xpAfter": xp_number(applied.xp_after),
        "maxLvlReached": applied.max_level_reached,
    }


def claimed(names: UserNames, *, at: int, user_addr: str, token_url: str) -> NftClaimed:
    """A mint has begun."""
    return {**names, **head(CLAIMED_EVENT, at), "userAddr": user_addr, "tokenUrl": token_url}
