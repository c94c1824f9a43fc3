"""The rules of Gardenlab: levels, XP, applying an interaction. Pure, without I/O.

XP is kept in whole millionths, so that amounts with six decimals add up exactly.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import isqrt
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from chalicelib.gardenlab.errors import (
    InteractionConsumed,
    InteractionNoLongerValid,
    InteractionNotYetValid,
    MaxLevelReached,
    MiscError,
    NftIsExpired,
)

MINT_EVENT: Final = "newBcNftMint"
INTERACTION_EVENT: Final = "newBcInteraction"
TRANSFER_EVENT: Final = "nft.transferred"
BURN_EVENT: Final = "nft.burned"
COLLECTION_EVENT: Final = "collection.updated"
BUDGET_EVENT: Final = "gas_budget.nearly_spent"
SIGNER_EVENT: Final = "signer.low"
ANNOUNCED_EVENT: Final = "user.announced"
ACTION_EVENT: Final = "action.applied"
LEVEL_EVENT: Final = "level.reached"
CLAIMED_EVENT: Final = "nft.claimed"
MICRO = 1_000_000
MAX_XP = 1_000_000_000
NO_LIMIT = -1
LARGEST_TOKEN_ID = 2**256 - 1
# The size that interactions may add to one NFT: its row stays below 400 KB and its metadata below 256 KiB.
MAX_GROWN_ATTRIBUTES_BYTES = 48 * 1024
MAX_INTERACTIONS_OF_ONE_NFT = 8_000
DEFAULT_STEP_XP = 50
_DEFAULT_STEP = DEFAULT_STEP_XP * MICRO


def xp_micros(value: int | float) -> int:
    """An amount of XP in millionths. Raises `ValueError` outside 0 to 10⁹ or beyond six decimals."""
    micros = Decimal(repr(value)) * MICRO
    if not 0 <= micros <= MAX_XP * MICRO:
        raise ValueError(f"must lie between 0 and {MAX_XP}")
    if micros != micros.to_integral_value():
        raise ValueError("must have at most six decimals")
    return int(micros)


def xp_number(micros: int) -> int | float:
    """Millionths as the number that answers show: whole where it is whole."""
    return micros // MICRO if micros % MICRO == 0 else micros / MICRO


def level_of(micros: int, thresholds: Sequence[int] | None) -> int:
    """The level that an amount of XP reaches.

    `thresholds` are millionths, begin with 0 and rise strictly; beyond the last the level stays. Without them level
    n needs 50·n·(n−1) XP, without end.
    """
    if thresholds is not None:
        return max(1, sum(1 for threshold in thresholds if threshold <= micros))
    return (1 + isqrt(1 + 4 * (micros // _DEFAULT_STEP))) // 2


def level_span(level: int, thresholds: Sequence[int] | None) -> tuple[int, int | None]:
    """The XP at which a level and the next one begin, in millionths; None if there is no next level."""
    if thresholds is None:
        return _DEFAULT_STEP * level * (level - 1), _DEFAULT_STEP * level * (level + 1)
    begin = thresholds[min(level, len(thresholds)) - 1]
    return begin, thresholds[level] if level < len(thresholds) else None


def json_size(value: Any) -> int:
    """Bytes of a value as compact JSON in UTF-8."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def counted_up(attributes: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The attributes with `name` increased by one; a value that is not a number counts as 0."""
    value = attributes.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {**attributes, name: (value if is_number and value is not None else 0) + 1}


class Rule(NamedTuple):
    """An interaction as it applies: times are aware, XP is in millionths."""

    id: str
    name: str
    type: str
    xp_micros: int
    no_xp: bool
    custom_xp: bool
    auth_scan_count: int
    valid_from: datetime | None
    valid_until: datetime | None


class Standing(NamedTuple):
    """The values of an NFT that an interaction reads and changes."""

    xp_micros: int
    level: int
    max_level: int | None
    expires_at: datetime | None
    attributes: Mapping[str, Any]
    counts: Mapping[str, int]


class Applied(NamedTuple):
    """The NFT after an interaction, and the scan's figures."""

    xp_before: int
    xp_after: int
    level_before: int
    level_after: int
    max_level_reached: bool
    attributes: dict[str, Any]
    counts: dict[str, int]


def apply(
    rule: Rule, standing: Standing, *, custom_micros: int | None, thresholds: Sequence[int] | None, at: datetime
) -> Applied:
    """Applies an interaction at a time. Raises the contract's errors, in the contract's order."""
    if standing.expires_at is not None and at > standing.expires_at:
        raise NftIsExpired("The NFT is past its expiration date.")
    check_window(rule, at=at)
    count = standing.counts.get(rule.id, 0)
    if rule.auth_scan_count != NO_LIMIT and count >= rule.auth_scan_count:
        raise InteractionConsumed("The interaction was applied to this NFT as often as it may be.")
    xp_after = standing.xp_micros + _increment(rule, custom_micros)
    level_after = level_of(xp_after, thresholds)
    if standing.max_level is not None and level_after > standing.max_level:
        raise MaxLevelReached(f"The interaction would lift the NFT above its max_level {standing.max_level}.")
    attributes = counted_up(standing.attributes, rule.type)
    counts = {**standing.counts, rule.id: count + 1}
    _check_room(standing, attributes, counts)
    return Applied(
        xp_before=standing.xp_micros,
        xp_after=xp_after,
        level_before=standing.level,
        level_after=level_after,
        max_level_reached=is_at_max(level_after, standing.max_level),
        attributes=attributes,
        counts=counts,
    )


def picture_scheme(url: str) -> str | None:
    """The scheme of a picture's address, `https` or `ipfs`; None for an invalid address."""
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        has_place = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    is_plain = parts.username is None and parts.password is None
    return parts.scheme if parts.scheme in ("https", "ipfs") and has_place and is_plain else None


def check_window(rule: Rule, *, at: datetime) -> None:
    """Raises `InteractionNotYetValid` or `InteractionNoLongerValid` outside the times between which a rule applies."""
    if rule.valid_from is not None and at < rule.valid_from:
        raise InteractionNotYetValid("The interaction is not valid yet.")
    if rule.valid_until is not None and at >= rule.valid_until:
        raise InteractionNoLongerValid("The interaction is no longer valid.")


def is_at_max(level: int, max_level: int | None) -> bool:
    """True once a `max_level` is reached; never without one."""
    return max_level is not None and level >= max_level


def _check_room(standing: Standing, attributes: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    if len(counts) > max(len(standing.counts), MAX_INTERACTIONS_OF_ONE_NFT):
        raise MiscError(f"The NFT has had {MAX_INTERACTIONS_OF_ONE_NFT} different interactions; it can hold no other.")
    if len(attributes) > len(standing.attributes) and json_size(attributes) > MAX_GROWN_ATTRIBUTES_BYTES:
        raise MiscError("The NFT has no room for one more attribute.")


def _increment(rule: Rule, custom_micros: int | None) -> int:
    if rule.no_xp:
        return 0
    if rule.custom_xp and custom_micros is not None:
        return custom_micros
    return rule.xp_micros
