"""What the surfaces write into the ledger, inside their own transactions. Each act is two writes of it."""

from datetime import datetime

from chalicelib.activity.domain import Identity
from chalicelib.activity.repository import acts as repository
from chalicelib.core.transactions import Transaction


def record(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds one countable act to the transaction that performs it.

    Its commit raises `ActRecorded` where the act of this source is there already at that time.
    """
    repository.add_act(transaction, origin, identity=identity, activity=activity, at=at, source=source)


def erase(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Takes an act back, in the transaction that undoes or moves it; named as it was recorded.

    Its commit raises `ActUnknown` where there is no such act. One transaction may erase an act and record it anew,
    with another time, identity or activity.
    """
    repository.remove_act(transaction, origin, identity=identity, activity=activity, at=at, source=source)
