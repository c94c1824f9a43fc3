"""Amounts of a chain's coin, in wei: as decimal text, and shared out."""

from collections.abc import Sequence
from typing import Final

GWEI: Final = 10**9
COIN: Final = 10**18


def decimal(wei: int, unit: int) -> str:
    """An amount in a unit of so many wei, exactly."""
    whole, rest = divmod(wei, unit)
    return f"{whole}.{rest:0{len(str(unit)) - 1}d}".rstrip("0").rstrip(".")


def share(wei: int, number: int, *, among: int) -> int:
    """The share with this number, from 0, of an amount that is divided; all shares add up to the amount."""
    return wei * (number + 1) // among - wei * number // among


def shares(wei: int, those: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The share of each, in the order given."""
    return {each: share(wei, number, among=len(those)) for number, each in enumerate(those)}
