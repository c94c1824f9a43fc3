"""What is stored of a signer beside its nonce: the next look at its transactions, and whether it wants coins."""

from datetime import datetime

from chalicelib.chain.models.submissions import LookRow, LowRow
from chalicelib.chain.repository.due import due_text
from chalicelib.core.clock import epoch_micros
from chalicelib.core.tables import find, update_if

_LOOK, _LOW = "LOOK", "LOW"


def find_look(pk: str) -> LookRow | None:
    """The next look at a signer's transactions; None where none is to come."""
    return find(LookRow, pk, _LOOK)


def begin_looks(pk: str, *, nonce: int, at: datetime, lost: datetime) -> str | None:
    """Stores a first look, due `at` a time, at the transactions from `nonce` on; gives the name for its message.

    None where a look is stored already. One that was due before `lost` counts as lost.
    """
    actions = [LookRow.look_at.set(due_text(at)), LookRow.nonce.set(nonce)]
    actions += [LookRow.head.remove(), LookRow.head_at.remove()]
    is_free = LookRow.look_at.does_not_exist() | (LookRow.look_at < due_text(lost))
    return due_text(at) if update_if(LookRow(pk, _LOOK), actions, is_free) else None


def go_on_looking(look: LookRow, *, nonce: int, at: datetime, head: int | None, head_at: datetime | None) -> str | None:
    """Stores the look after this one; gives the name for its message, or None where another worker stored one."""
    actions = [LookRow.look_at.set(due_text(at)), LookRow.nonce.set(nonce)]
    if head is not None and head_at is not None:
        actions += [LookRow.head.set(head), LookRow.head_at.set(head_at)]
    is_ours = update_if(LookRow(look.pk, _LOOK), actions, LookRow.look_at == look.look_at)
    return due_text(at) if is_ours else None


def end_looks(look: LookRow) -> None:
    """Ends the looks with this one, unless another worker stored the next."""
    update_if(LookRow(look.pk, _LOOK), [LookRow.look_at.remove()], LookRow.look_at == look.look_at)


def find_low(pk: str) -> LowRow | None:
    """Since when a signer wants coins; None of one that has some."""
    row = find(LowRow, pk, _LOW)
    return None if row is None or row.since is None else row


def begin_low(pk: str, *, at: datetime) -> LowRow | None:
    """Notes that a signer wants coins from now on; None where somebody else has noted it."""
    row = LowRow(pk, _LOW, since=epoch_micros(at), told=False)
    actions = [LowRow.since.set(row.since), LowRow.told.set(False)]
    return row if update_if(LowRow(pk, _LOW), actions, LowRow.since.does_not_exist()) else None


def note_told(row: LowRow) -> None:
    """Notes that all partners are told of it, unless the signer has coins again."""
    update_if(LowRow(row.pk, _LOW), [LowRow.told.set(True)], LowRow.since == row.since)


def end_low(row: LowRow) -> None:
    """Notes that the signer has coins again, unless it wants some anew meanwhile."""
    update_if(LowRow(row.pk, _LOW), [LowRow.since.remove()], LowRow.since == row.since)
