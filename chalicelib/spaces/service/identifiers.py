"""Ids of an account's things, made and read with the stage's key."""

from functools import lru_cache

from chalicelib.core.ids import sortable_id
from chalicelib.spaces import domain
from chalicelib.spaces.repository import identifiers as repository


@lru_cache(maxsize=1)
def _key() -> bytes:
    return repository.read_or_make_key()


def new_id(account: str, prefix: str) -> tuple[str, str]:
    """A fresh id and its position."""
    position = sortable_id()
    return id_at(account, prefix, position), position


def id_at(account: str, prefix: str, position: str) -> str:
    """The id of what stands at a position."""
    return domain.issue_id(prefix, position, account=account, key=_key())


def position_of(account: str, prefix: str, text: str) -> str | None:
    """The position of an id; None for one that was never issued to the account, or not for this kind."""
    return domain.position_of(text, prefix, account=account, key=_key())


def referral_code(account: str) -> str:
    """The account's own."""
    return domain.referral_code(account, key=_key())
