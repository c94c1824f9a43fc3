"""Ids of an account's objects, made and checked with the stage's key; and the errors for unknown ones."""

from functools import lru_cache
from typing import TypeVar

from chalicelib.core.errors import BadRequest, NotFound, existing
from chalicelib.core.ids import sortable_id
from chalicelib.spaces import domain
from chalicelib.spaces.models import SpacesRow
from chalicelib.spaces.repository import records

R = TypeVar("R", bound=SpacesRow)


@lru_cache(maxsize=1)
def _key() -> bytes:
    return records.read_or_make_key()


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


def find_record(model: type[R], account: str, record_id: str) -> R | None:
    """The row with an id, strongly consistent."""
    position = position_of(account, model.prefix, record_id)
    return records.find_record(model, account, position) if position else None


def require_record(model: type[R], account: str, record_id: str) -> R:
    """The same. Raises `NotFound`."""
    return existing(find_record(model, account, record_id), otherwise=unknown_in_path(model.noun))


def referral_code(account: str) -> str:
    """The account's referral code."""
    return domain.referral_code(account, key=_key())


def unknown_in_path(what: str) -> NotFound:
    """The error for an unknown object in the path."""
    return NotFound(f"You have no such {what}.")


def unknown_in_body(what: str) -> BadRequest:
    """The error for an unknown object in the body's field of that name."""
    return BadRequest(f"{what}: you have no such {what}", code="unknown_reference", param=what)
