"""Ids of an account's objects, made and checked with the stage's key."""

from functools import lru_cache

from chalicelib.core.ids import sortable_id
from chalicelib.spaces import domain
from chalicelib.spaces.repository import identifiers as repository


@lru_cache(maxsize=1)
def _key() -> bytes:
    return repository.read_or_make_key()


def new_id(account: str, prefix: str) -> tuple[str, str]:
    """A new id and its position."""
    position = sortable_id()
    return id_at(account, prefix, position), position


def id_at(account: str, prefix: str, position: str) -> str:
    """The id of the object at a position."""
    return domain.issue_id(prefix, position, account=account, key=_key())


def position_of(account: str, prefix: str, text: str) -> str | None:
    """The position in an id; None if the id was not issued for this kind and account."""
    return domain.position_of(text, prefix, account=account, key=_key())


def referral_code(account: str) -> str:
    """The account's referral code."""
    return domain.referral_code(account, key=_key())
