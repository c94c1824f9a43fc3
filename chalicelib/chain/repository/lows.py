"""Signers that want coins, from when that was seen first until they have some again."""

from datetime import datetime

from chalicelib.chain.models.submissions import LowRow
from chalicelib.core.clock import epoch_micros
from chalicelib.core.tables import find, update_if

_SK = "LOW"


def find_low(pk: str) -> LowRow | None:
    """Since when a signer wants coins; None of one that has some."""
    row = find(LowRow, pk, _SK)
    return None if row is None or row.since is None else row


def begin_low(pk: str, *, at: datetime) -> LowRow | None:
    """Notes that a signer wants coins from now on; None where somebody else has noted it."""
    row = LowRow(pk, _SK, since=epoch_micros(at), told=False)
    actions = [LowRow.since.set(row.since), LowRow.told.set(False)]
    return row if update_if(LowRow(pk, _SK), actions, LowRow.since.does_not_exist()) else None


def note_told(row: LowRow) -> None:
    """Notes that all are told of it, unless it is over meanwhile."""
    update_if(LowRow(row.pk, _SK), [LowRow.told.set(True)], LowRow.since == row.since)


def end_low(row: LowRow) -> None:
    """Notes that the signer has coins again, unless it wants some anew meanwhile."""
    update_if(LowRow(row.pk, _SK), [LowRow.since.remove()], LowRow.since == row.since)
