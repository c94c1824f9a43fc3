"""The one message a signer by which its transactions are looked at: who may send it, and what it goes by."""

from datetime import datetime

from chalicelib.chain.models.submissions import LookRow
from chalicelib.chain.repository.due import due_text
from chalicelib.core.tables import find, update_if

_SK = "LOOK"


def find_look(pk: str) -> LookRow | None:
    """The next look at a signer's transactions; None where none is to come."""
    return find(LookRow, pk, _SK)


def begin_looks(pk: str, *, nonce: int, at: datetime, lost: datetime) -> str | None:
    """Takes on the first look, `at` a time, at the transactions from `nonce` on; gives the message's name.

    None where a look is to come already; one that was due before `lost` is not.
    """
    actions = [LookRow.look_at.set(due_text(at)), LookRow.nonce.set(nonce)]
    actions += [LookRow.head.remove(), LookRow.head_at.remove()]
    is_free = LookRow.look_at.does_not_exist() | (LookRow.look_at < due_text(lost))
    return due_text(at) if update_if(LookRow(pk, _SK), actions, is_free) else None


def go_on_looking(look: LookRow, *, nonce: int, at: datetime, head: int | None, head_at: datetime | None) -> str | None:
    """Takes on the look after this one; gives its message's name, or None where somebody else did."""
    actions = [LookRow.look_at.set(due_text(at)), LookRow.nonce.set(nonce)]
    if head is not None and head_at is not None:
        actions += [LookRow.head.set(head), LookRow.head_at.set(head_at)]
    is_ours = update_if(LookRow(look.pk, _SK), actions, LookRow.look_at == look.look_at)
    return due_text(at) if is_ours else None


def end_looks(look: LookRow) -> None:
    """Ends the looks with this one, unless somebody took on another."""
    update_if(LookRow(look.pk, _SK), [LookRow.look_at.remove()], LookRow.look_at == look.look_at)
