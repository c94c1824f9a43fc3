"""What the surfaces write into the ledger, inside their own transactions."""

from datetime import datetime

from chalicelib.activity import repository
from chalicelib.activity.domain import Identity, IdentityKind
from chalicelib.core.transactions import Transaction


def record(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds one countable act to the transaction that performs it."""
    repository.add_act(transaction, origin, identity=identity, activity=activity, at=at, source=source)


def erase(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Takes an act back, in the transaction that undoes or moves it; named as it was recorded."""
    repository.remove_act(transaction, origin, identity=identity, activity=activity, at=at, source=source)


def link(transaction: Transaction, origin: str, first: Identity, second: Identity) -> None:
    """Says that two identities are one person's, in the transaction that shows it."""
    repository.add_link(transaction, origin, first, second)


def linked(origin: str, identity: Identity, kind: IdentityKind) -> list[Identity]:
    """The identities of one kind that `identity` was linked to, itself standing first in the link."""
    return repository.linked(origin, identity, kind)
