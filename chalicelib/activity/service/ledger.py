"""Acts that surfaces record in their own transactions. Each act costs two writes."""

from datetime import datetime

from chalicelib.activity.domain import Identity
from chalicelib.activity.repository import acts as repository
from chalicelib.core.transactions import Transaction


def record_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds one countable act to the transaction that performs it.

    The commit raises `ActRecorded` if the ledger has an act of this source and time already.
    """
    repository.add_act(transaction, origin, identity=identity, activity=activity, at=at, source=source)


def remove_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds the removal of an act to a transaction, with the values that it was recorded with.

    The commit raises `ActUnknown` if there is no such act. One transaction may remove an act and record it again with
    another time, identity or activity.
    """
    repository.remove_act(transaction, origin, identity=identity, activity=activity, at=at, source=source)
