"""Delayed messages: one for all transactions of a signer, and those for jobs that are tried again.

A message is a hint. The row `LOOK` names the one that counts, so that a message which comes twice, or too late, does
nothing; where it was lost, the sweep finds the transactions, and the looks begin anew.
"""

from collections.abc import Iterable
from datetime import timedelta
from math import ceil
from typing import Final

from chalicelib.chain.models.jobs import MINT, JobRow
from chalicelib.chain.models.submissions import LookRow
from chalicelib.chain.queues import LOOKS
from chalicelib.chain.repository import signers as signer_rows
from chalicelib.chain.service.outbox import FOLLOW_SIGNER, token_message
from chalicelib.core.clock import now
from chalicelib.core.queues import Message, send_best_effort
from chalicelib.core.settings import settings

_SHORTEST_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 60.0
# A quarter of the time without a new block is waited: a chain that stands still is asked ever less often.
_SHARE: Final = 4
_LOST_SECONDS: Final = 60.0


def begin(pk: str, nonce: int) -> None:
    """Has a signer's transactions looked at, from this nonce on, unless that is under way."""
    present, delay = now(), _pause(timedelta())
    lost = present - timedelta(seconds=max(_LOST_SECONDS, settings().scaled(_LOST_SECONDS)))
    _send(pk, signer_rows.begin_looks(pk, nonce=nonce, at=present + timedelta(seconds=delay), lost=lost), delay)


def go_on(look: LookRow, *, nonce: int, head: int | None) -> None:
    """Has them looked at again after this look, which saw the newest block `head` if the node answered."""
    present, seen_at = now(), look.head_at
    seen: int | None = None if look.head is None else int(look.head)
    if seen_at is None or (head or 0) > (seen or 0):
        seen, seen_at = head, present
    delay = _pause(present - seen_at)
    at = present + timedelta(seconds=delay)
    _send(look.pk, signer_rows.go_on_looking(look, nonce=nonce, at=at, head=seen, head_at=seen_at), delay)


def bring_back(put_off: Iterable[JobRow], pause: timedelta) -> None:
    """Has jobs tried again that were put off for a while, where that is sooner than the sweep would.

    One message serves a contract's mints, for they are collected by whoever works one of them.
    """
    if pause.total_seconds() > settings().scaled(_LONGEST_SECONDS):
        return
    delay = _whole(pause.total_seconds())
    named = {(job.chain, job.contract) if job.kind == MINT else (job.pk, ""): job for job in put_off}
    send_best_effort((LOOKS, token_message(job.pk, job.chain or "", delay_seconds=delay)) for job in named.values())


def _pause(quiet: timedelta) -> int:
    """The seconds until the next look, by how long no new block has come."""
    shortest, longest = settings().scaled(_SHORTEST_SECONDS), settings().scaled(_LONGEST_SECONDS)
    return _whole(min(max(quiet.total_seconds() / _SHARE, shortest), longest))


def _whole(seconds: float) -> int:
    """A delay in whole seconds, at least one: a message without a delay would come back at once, without end."""
    return max(1, ceil(seconds))


def _send(pk: str, look_at: str | None, delay: int) -> None:
    if look_at is not None:
        message = Message(FOLLOW_SIGNER, {"pk": pk, "look_at": look_at}, delay_seconds=delay)
        send_best_effort([(LOOKS, message)])
