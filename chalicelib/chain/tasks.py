"""What the chain's workers do with their queues' messages; those of one batch that name tokens are worked together.

A message that fails stays in the queue and holds back those of its group behind it. So no message fails for the fault
of one job: that is written on the job's row, where the sweep finds it again. A message that cannot be understood goes
to the dead-letter queue at once. If the tables fail, the messages are handed back to the queue for some seconds.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from chalicelib.chain.queues import JOBS, LOOKS
from chalicelib.chain.service.outbox import CATCH_UP, CONFIRM_TRANSACTION, FOLLOW_SIGNER, WORK_TOKEN, token_message
from chalicelib.chain.service.owners import CollectionOwner, TokenOwner
from chalicelib.core.logging import logger
from chalicelib.core.messages import (
    BatchAnswer,
    Fields,
    NotUnderstood,
    Record,
    batch_answer,
    group_of,
    read_message,
    require_task,
    text_of,
    work_message,
)
from chalicelib.core.queues import Queue, hand_back, move_to_dead_letters, send_best_effort

_log = logger("chain")
_HAND_BACK_SECONDS = 10
_LONGEST_WORK_SECONDS = 60.0  # well within the queue's visibility time-out


class Order(NamedTuple):
    """A message that is understood."""

    record: Record
    task: str
    pk: str
    sk: str


def work(event: Mapping[str, Any], owner: TokenOwner) -> BatchAnswer:
    """Works a Lambda SQS event. From a failure on, the rest of its group is handed back: the group's order is kept."""
    groups: defaultdict[str, list[Record]] = defaultdict(list)
    for record in event["Records"]:
        groups[group_of(record)].append(record)
    failed: list[Record] = []
    for records in groups.values():
        orders, unread = _understood(records)
        failed += [*_work_group(orders, owner), *unread]
    return _handed_back(JOBS, failed)


def follow(event: Mapping[str, Any], owner: TokenOwner) -> BatchAnswer:
    """Works a Lambda SQS event of what comes later: looks at a signer's transactions, and jobs that are tried again.

    Those go the way of all jobs, in their chain's order. A message that fails comes again: the faults of one
    transaction fail none.
    """
    perform = partial(_follow, owner)
    stay = [record for record in event["Records"] if work_message(record, perform, poison_of=LOOKS).stays]
    return _handed_back(LOOKS, stay)


def _follow(owner: TokenOwner, message: Fields) -> None:
    if message.get("task") == WORK_TOKEN:
        send_best_effort([(JOBS, token_message(text_of(message, "pk"), text_of(message, "chain")))])
        return
    require_task(message, FOLLOW_SIGNER)
    from chalicelib.chain.service import following

    following.follow(text_of(message, "pk"), text_of(message, "look_at"), owner)


def _handed_back(queue: Queue, failed: Sequence[Record]) -> BatchAnswer:
    for record in failed:
        hand_back(queue, record.get("receiptHandle", ""), seconds=_HAND_BACK_SECONDS)
    return batch_answer([record["messageId"] for record in failed])


def sweep() -> int:
    """The scheduled sweep; gives how many rows were due. Writes the signers' balances on the way."""
    from chalicelib.chain.service import sweeping

    due = sweeping.sweep()
    sweeping.measure()
    return due


def watch(owner: CollectionOwner) -> None:
    """The scheduled look at every chain: what its signer has left, and whether the chain forgot what we sent."""
    from chalicelib.chain.service.signers import watch as watch_signers

    watch_signers(owner)


def read(owner: TokenOwner) -> int:
    """The scheduled reading of what happens to minted tokens; gives how many events there were."""
    from chalicelib.chain.service.reading import read_all

    return read_all(owner)


def _understood(records: Sequence[Record]) -> tuple[list[Order], list[Record]]:
    """The orders of a group, and what must stay: one that the dead letters did not take, and all behind it."""
    orders: list[Order] = []
    for position, record in enumerate(records):
        try:
            orders.append(_read(record))
        except NotUnderstood as error:
            _log.error("message not understood", extra={"message_id": record["messageId"], "why": str(error)})
            if not move_to_dead_letters(JOBS, record["body"]):
                return orders, list(records[position:])
    return orders, []


def _work_group(orders: Sequence[Order], owner: TokenOwner) -> list[Record]:
    """Works a group's orders; gives the records of those that must stay in the queue."""
    # The node, the signer and the encoders load with the first message, not with the API.
    from chalicelib.chain.service import following, jobs
    from chalicelib.chain.service.signers import catch_up

    ends = time.monotonic() + _LONGEST_WORK_SECONDS
    tokens = [order for order in orders if order.task == WORK_TOKEN]
    for order in orders:
        if order in tokens or time.monotonic() > ends:
            continue  # with a node this slow, the sweep asks for the rest again
        try:
            if order.task == CATCH_UP:
                catch_up(order.pk)
            else:
                following.confirm(order.pk, order.sk, owner)
        except Exception as error:
            _log.exception("chain task failed", extra={"message_id": order.record["messageId"]})
            if not _is_put_off([order], owner, error):
                return [each.record for each in orders]
    try:
        jobs.work_tokens([order.pk for order in tokens], owner)
    except Exception as error:
        _log.exception("chain task failed", extra={"messages": [order.record["messageId"] for order in tokens]})
        if not _is_put_off(tokens, owner, error):
            return [order.record for order in tokens]
    return []


def _is_put_off(orders: Sequence[Order], owner: TokenOwner, error: Exception) -> bool:
    """Writes the fault on the rows that the orders name, for the sweep to find; False where that fails too."""
    from chalicelib.chain.service import jobs

    try:
        for order in orders:
            if order.task == CONFIRM_TRANSACTION:
                jobs.look_again(order.pk, order.sk)
        jobs.put_off([order.pk for order in orders if order.task == WORK_TOKEN], owner, error)
    except Exception:
        _log.exception("the fault could not be written down")
        return False
    return True


def _read(record: Record) -> Order:
    """The order that a message gives; the sort key is empty where the task needs none. Raises `NotUnderstood`."""
    message = read_message(record["body"])
    task, pk, sk = message.get("task"), message.get("pk"), message.get("sk", "")
    if task not in (WORK_TOKEN, CONFIRM_TRANSACTION, CATCH_UP):
        raise NotUnderstood("unknown task")
    if not isinstance(pk, str) or not isinstance(sk, str):
        raise NotUnderstood("no row is named")
    return Order(record, task, pk, sk)
