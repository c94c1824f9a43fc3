"""Dreamspace's acts in the activity ledger: events when they occurred, transactions when they were made.

An act counts for the twitch_id of its user. A user without one has no acts. When the twitch_id changes or the
user is removed, `tidying` moves or removes the entries. `recorded_as` of a row is the identity of its entry.
"""

from datetime import datetime
from typing import TypedDict

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, dreamspace_act
from chalicelib.core.times import stored_time
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.models import ChildRow, EventRow, TransactionRow


class _Entry(TypedDict):
    identity: Identity
    activity: str
    at: datetime
    source: str


def add_entry(transaction: Transaction, origin: str, row: ChildRow, *, is_one_of_many: bool = False) -> None:
    """Records an act for the identity that its row names."""
    entry = _entry(row)
    if entry is not None:
        activity.record_act(transaction, origin, **entry, apart=is_one_of_many)


def add_entry_removal(transaction: Transaction, origin: str, row: ChildRow) -> None:
    """Removes a recorded act, by the identity in its row."""
    entry = _entry(row)
    if entry is not None:
        activity.remove_act(transaction, origin, **entry)


def is_same_entry(before: tuple[str | None, str], after: tuple[str | None, str]) -> bool:
    """True if a change of identity and time leaves the ledger entry unchanged; an equal time in another offset does."""
    return before[0] == after[0] and stored_time(before[1]) == stored_time(after[1])


def _entry(row: ChildRow) -> _Entry | None:
    if isinstance(row, EventRow):
        kind, at, source = row.event_type, row.occurred_at, f"event:{row.event_id}"
    elif isinstance(row, TransactionRow):
        kind, at, source = "transaction", row.created_at, f"transaction:{row.transaction_id}"
    else:
        return None
    if row.recorded_as is None:
        return None
    who = Identity("twitch", row.recorded_as)
    return {"identity": who, "activity": dreamspace_act(kind), "at": stored_time(at), "source": source}
