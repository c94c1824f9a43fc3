"""Helpers that the pages of collections, interactions and NFTs share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.core.clock import from_epoch_micros
from chalicelib.gardenlab.domain import xp_number
from chalicelib.gardenlab.models import CollectionRow, ScanRow, TokenRow
from chalicelib.gardenlab.service import administration, timeline

MOST_CHOICES = 100
STATES = {
    "reserved": ("Reserved", ""),
    "minting": ("Minting", "info"),
    "minted": ("Minted", "good"),
    "mint_failed": ("Mint failed", "bad"),
}
_WORDS = {timeline.ANNOUNCED: "announced", timeline.MINTED: "minted", timeline.SCANNED: "scanned"}


class TimelineLine(NamedTuple):
    """A line in the list of latest activity."""

    at: datetime
    kind: str
    collection: str
    token_id: str
    holder: str
    interaction: str | None
    xp: int | float


def collections_of(origin: str) -> list[CollectionRow]:
    """A partner's collections to choose from, by alias."""
    return administration.list_collections(origin, limit=MOST_CHOICES, after=None).items


def first_category_of(origin: str, contract_id: str) -> str | None:
    """A category of a collection, for a sample call; None if there is none."""
    found = administration.list_categories(origin, contract_id, limit=1, after=None).items
    return found[0].user_category_id if found else None


class Choices(NamedTuple):
    """A collection's interactions as form options; `takes_xp` is true if one of them accepts a given amount of XP."""

    options: list[tuple[str, str]]
    takes_xp: bool


def interactions_of(origin: str, contract_id: str) -> Choices:
    """A collection's interactions as form options, oldest first."""
    found = administration.list_interactions(origin, contract_id, limit=MOST_CHOICES, after=None).items
    options = [
        (row.action_id, row.name if row.no_xp else f"{row.name} (+{xp_number(int(row.xp_micros))} XP)") for row in found
    ]
    return Choices(options, any(row.custom_xp and not row.no_xp for row in found))


def timeline_lines(found: Sequence[timeline.TimelineItem]) -> list[TimelineLine]:
    """Timeline items as lines of the page."""
    return [
        TimelineLine(
            each.at,
            _WORDS[each.kind],
            each.token.contract_id,
            each.token.token_id,
            each.token.uid,
            each.interaction,
            xp_number(each.xp),
        )
        for each in found
    ]


def xp_of(row: TokenRow) -> int | float:
    """An NFT's XP."""
    return xp_number(int(row.xp_micros))


def scan_shown(scan: ScanRow) -> dict[str, Any]:
    """A scan as it is shown."""
    return {
        "at": from_epoch_micros(int(scan.at_micros)),
        "interaction": scan.interaction_name,
        "type": scan.type,
        "gained": xp_number(int(scan.xp_after) - int(scan.xp_before)),
        "xp": xp_number(int(scan.xp_after)),
        "level": int(scan.level_after),
        "rose": scan.level_after > scan.level_before,
        "actor": scan.actor,
    }
