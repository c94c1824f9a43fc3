"""Deliveries one at a time and in order, for each subject of an endpoint that wants that.

A delivery has a place in its subject's line from when it is recorded, or restarted, until its outcome: the place comes
and goes with writes of the delivery's own row. A worker that has claimed a delivery asks whether it has its turn. The
delivery that had the turn last has it while it keeps its place; then the first place has it. With the turn goes a
number, one more than the last, by a write on the condition that the line is as it was read.

    before the turn is taken    the delivery is leased, and swept when that is over
    after it                    the same; whoever claims it next has the turn still, and the same number
    after the outcome           the next delivery is due, but no message may ask for it; a sweep does
    while it waits              leased by nobody; the end of the one before asks for it, or a sweep
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple, TypeVar

from chalicelib.core.clock import now
from chalicelib.core.queues import Queue, send_best_effort
from chalicelib.core.settings import settings
from chalicelib.core.side_by_side import side_by_side
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.lines import delivery_at, line_pk, place_sk
from chalicelib.webhooks.queues import FAST, SLOW, deliver_message, sweep_grace
from chalicelib.webhooks.repository import deliveries as delivery_rows
from chalicelib.webhooks.repository import lines as repository
from chalicelib.webhooks.repository.lines import Line

T = TypeVar("T")

_LONGEST_WAIT_SECONDS = 900.0  # that a message which was lost delays the next delivery
_SIDE_BY_SIDE = 5
_AT_ONCE = 33  # deliveries, of which each takes three of a transaction's hundred writes at most


class Turn(NamedTuple):
    """The number of a delivery that has its turn, else None; or the delivery that must end first."""

    number: int | None
    before: DeliveryRow | None


def turn_of(row: DeliveryRow) -> Turn:
    """Whether a delivery that this worker has claimed has its turn; takes the turn where it is free."""
    mine = place_sk(row)
    while True:
        line = repository.line_of(row)
        holder = _holder(line) or mine
        if holder != mine:
            before = delivery_rows.find_delivery(row.origin, delivery_at(holder))
            if before is None:
                repository.remove_place(line, holder)
            elif _is_open(before):
                return Turn(None, before)
            else:  # canceled while its worker died, or ended by an earlier version
                delivery_rows.remove_left_place(before)
        elif line.row.turn == mine:
            return Turn(line.row.number, None)
        else:
            number = line.row.last + 1 if row.sequence is None else row.sequence
            if repository.take_turn(line, mine, number=number):
                return Turn(number, None)


def wait(row: DeliveryRow, before: DeliveryRow) -> bool:
    """Lets a claimed delivery go until the one before it has ended; False where it is not this worker's any more."""
    at = now()
    longest = timedelta(seconds=settings().scaled(_LONGEST_WAIT_SECONDS))
    looked_at = max(at, min(before.next_attempt_at or at, at + longest))
    if not delivery_rows.let_go(row, due_at=looked_at + sweep_grace()):
        return False
    if _holder(repository.line_of(row)) == place_sk(row):
        _ask_for(row, row.id, SLOW)  # the one before ended just now, and found this one in our hands
    return True


def ask_behind(canceled: Sequence[DeliveryRow]) -> None:
    """Asks, for each line, for the delivery behind those that were canceled of it."""
    for row in {line_pk(row): row for row in canceled if row.subject is not None}.values():
        ask_for_next(row, went_well=False)


def ask_for_next(row: DeliveryRow, *, went_well: bool) -> None:
    """Asks for the delivery behind one that has ended; in the slow lane if that failed or had been begun anew."""
    following = repository.line_of(row).first
    if following is not None:
        _ask_for(row, delivery_at(following), FAST if went_well and row.begun_at is None else SLOW)


def change_in_order(page: Sequence[T], *, line_of: Callable[[T], str], change: Callable[[Sequence[T]], None]) -> None:
    """Calls `change` with all of a page, at most 33 at a time, to be changed in one transaction.

    Those of one line are changed in the order given, each call after the last; those of different lines side by side.
    """
    lines: defaultdict[str, list[T]] = defaultdict(list)
    for each in page:
        lines[line_of(each)].append(each)
    shares: list[list[T]] = [[] for _ in range(_SIDE_BY_SIDE)]
    for line in sorted(lines.values(), key=len, reverse=True):
        min(shares, key=len).extend(line)
    side_by_side([partial(_change_share, share, change) for share in shares if share])


def _change_share(share: Sequence[T], change: Callable[[Sequence[T]], None]) -> None:
    for start in range(0, len(share), _AT_ONCE):
        change(share[start : start + _AT_ONCE])


def _holder(line: Line) -> str | None:
    """The place whose turn it is; None where there is none."""
    turn = line.row.turn
    return str(turn) if turn is not None and repository.has_place(line, turn) else line.first


def _is_open(row: DeliveryRow) -> bool:
    """Whether the outcome is yet to come, also of a delivery that was canceled while a worker is sending it."""
    return row.status == delivery_rows.SCHEDULED or (row.lease_until is not None and row.lease_until >= now())


def _ask_for(row: DeliveryRow, delivery_id: str, queue: Queue) -> None:
    message = deliver_message(row.origin, delivery_id, endpoint_id=row.endpoint_id, event_id=None)
    send_best_effort([(queue, message)])
