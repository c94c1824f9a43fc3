"""Helpers that the pages of collections, interactions and NFTs share."""

from typing import NamedTuple

from chalicelib.gardenlab.domain import xp_number
from chalicelib.gardenlab.models import CollectionRow, TokenRow
from chalicelib.gardenlab.service import administration

MOST_CHOICES = 100
STATES = {
    "reserved": ("Reserved", ""),
    "minting": ("Minting", "info"),
    "minted": ("Minted", "good"),
    "mint_failed": ("Mint failed", "bad"),
}


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


def xp_of(row: TokenRow) -> int | float:
    """An NFT's XP."""
    return xp_number(int(row.xp_micros))
