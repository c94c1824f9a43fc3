"""Repairs that make moto safe and fast enough to run the platform on it with many threads.

moto is made for one test in one thread. Each repair says what fails without it.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from threading import RLock
from time import time
from typing import Any

import moto.core.responses
import moto.sqs.models
from moto.dynamodb.responses import DynamoHandler
from moto.s3.responses import S3Response
from moto.sqs.models import Queue, SQSBackend, sqs_backends

from local.engine.moto_calls import TABLES_LOCK, shorten_calls
from local.engine.moto_expressions import read_expressions_once
from local.engine.moto_fairness import make_queues_fair
from local.engine.moto_items import make_items_cheap
from local.engine.moto_kms import make_keys_when_used, sign_digests
from local.engine.moto_lookups import make_lookups_cheap
from local.engine.moto_memory import forget_what_is_gone
from local.engine.moto_orders import keep_items_in_order
from local.engine.moto_queries import make_queries_cheap
from local.engine.moto_transactions import make_transactions_cheap

_MARK = "_repaired"
_interruptions = 0


def repair() -> None:
    """Installs every repair; does nothing when called again."""
    if getattr(DynamoHandler, _MARK, False):
        return
    setattr(DynamoHandler, _MARK, True)
    forget_what_is_gone()
    make_transactions_cheap()
    keep_items_in_order()
    make_queries_cheap()
    read_expressions_once()
    make_items_cheap()
    make_lookups_cheap()
    sign_digests()
    make_keys_when_used()
    _serialise_dynamodb()
    _serialise_objects()
    _lock_queues()
    _receive_exactly()
    make_queues_fair()
    _list_actions_once()
    _read_the_clock_plainly()


def _serialise_dynamodb() -> None:
    # moto reads, checks and writes in separate steps: eight threads lose conditional writes and counter
    # increments, and let two transactions win.
    call_action = DynamoHandler.call_action

    @wraps(call_action)
    def one_at_a_time(self: DynamoHandler) -> Any:
        with TABLES_LOCK:
            return call_action(self)

    DynamoHandler.call_action = one_at_a_time
    shorten_calls()


def _serialise_objects() -> None:
    # A new object takes the place of one of the same key by closing its file, also while it is read, and of two that
    # are put at once one stays open for ever.
    lock = RLock()

    def one_at_a_time(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def locked(self: S3Response, *arguments: Any, **named: Any) -> Any:
            with lock:
                return method(self, *arguments, **named)

        return locked

    S3Response.key_response = one_at_a_time(S3Response.key_response)
    S3Response.bucket_response = one_at_a_time(S3Response.bucket_response)


def _lock_queues() -> None:
    # A delete replaces the list of messages by a filtered copy: a message sent meanwhile is lost. Every
    # change also wakes the waiting receivers: a delete may free a FIFO group, a visibility change a message.
    def of_queue(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def locked(self: Queue, *arguments: Any, **named: Any) -> Any:
            with self._messages_lock:
                answer = method(self, *arguments, **named)
                self._messages_lock.notify_all()
                return answer

        return locked

    def of_backend(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def locked(self: SQSBackend, queue_name: str, *arguments: Any, **named: Any) -> Any:
            queue = self.get_queue(queue_name)
            with queue._messages_lock:
                answer = method(self, queue_name, *arguments, **named)
                queue._messages_lock.notify_all()
                return answer

        return locked

    Queue.add_message = of_queue(Queue.add_message)
    Queue.delete_message = of_queue(Queue.delete_message)
    SQSBackend.change_message_visibility = of_backend(SQSBackend.change_message_visibility)
    SQSBackend.purge_queue = of_backend(SQSBackend.purge_queue)


def _receive_exactly() -> None:
    # moto's own receive lets two receivers take one message; remembers which FIFO groups are in flight from
    # before its wait; after a time-out hands out the last message of a group first; spins while a FIFO group
    # is blocked; and sees a delayed or time-out message only once a second. Here each look is under the
    # queue's lock, and between looks the receiver sleeps until the queue changes or its next message falls
    # due.
    look = SQSBackend.receive_message

    @wraps(look)
    def receive(
        self: SQSBackend,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Any]:
        queue = self.get_queue(queue_name)
        deadline = time() + wait_seconds_timeout
        interruptions = _interruptions
        with queue._messages_lock:
            while True:
                for message in list(queue.pending_messages):
                    if message.visible:
                        queue.pending_messages.discard(message)
                received: list[Any] = look(self, queue_name, count, 0, visibility_timeout, message_attribute_names)
                remaining = deadline - time()
                if received or remaining <= 0 or interruptions != _interruptions:
                    return received
                queue._messages_lock.wait(min(remaining, _seconds_to_next(queue)))

    SQSBackend.receive_message = receive


def _seconds_to_next(queue: Queue) -> float:
    """Seconds until the next hidden message of a queue becomes visible; infinite if none is hidden."""
    now = time() * 1000
    due = (max(message.visible_at, message.delayed_until) for message in queue._messages)
    # One millisecond more, because moto calls a message visible only after its time.
    return min(((moment - now) / 1000 + 0.001 for moment in due if moment >= now), default=float("inf"))


def _list_actions_once() -> None:
    # moto inspects its handler class anew for every request, a tenth of the time of a call.
    listed = moto.core.responses.method_names_from_class
    moto.core.responses.method_names_from_class = lru_cache(maxsize=None)(listed)


def _read_the_clock_plainly() -> None:
    # moto makes two datetimes to learn the time, several times for each message of a queue in each send and
    # receive: with a backlog of 500 a send takes 11 ms.
    moto.sqs.models.unix_time = time
    moto.sqs.models.unix_time_millis = lambda: time() * 1000


def interrupt_long_polls() -> None:
    """Makes every receive that is waiting return at once, without messages."""
    global _interruptions
    _interruptions += 1
    for regions in list(sqs_backends.values()):
        for backend in list(regions.values()):
            for queue in list(backend.queues.values()):
                with queue._messages_lock:
                    queue._messages_lock.notify_all()
