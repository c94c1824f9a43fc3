"""The queues and schedules that a Chalice app declares, as the pump needs them.

DeclarationError
├── UnknownQueue         an SQS handler's queue has no name that can be told from its declaration
└── UnsupportedSchedule  a schedule that is not a `rate(…)`
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalice.app import Chalice, EventSourceHandler, Rate, ScheduledEventConfig, SQSEventConfig

SHORTEST_PERIOD_SECONDS = 0.25
_RATE = re.compile(r"rate\(\s*([1-9]\d*)\s+(minute|hour|day)s?\s*\)", re.IGNORECASE)
_UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}

Handler = Callable[[dict[str, Any], Any], Any]


class DeclarationError(Exception):
    """The app declares an event source that cannot be run on this machine; the message names the handler."""


class UnknownQueue(DeclarationError):
    """The name of an SQS handler's queue cannot be determined from its declaration."""


class UnsupportedSchedule(DeclarationError):
    """A schedule that is not a `rate(…)`."""


@dataclass(frozen=True)
class QueueSource:
    """A handler of a queue's messages. `concurrency` is how many batches may be in work at once."""

    name: str
    queue_name: str
    handler: Handler
    batch_size: int
    concurrency: int


@dataclass(frozen=True)
class ScheduleSource:
    """A handler that runs every `period_seconds`, already scaled."""

    name: str
    handler: Handler
    period_seconds: float


def queue_sources(app: Chalice, *, queue_names: Mapping[str, str] | None = None, concurrency: int) -> list[QueueSource]:
    """Every SQS handler of the app, in order of declaration.

    `queue_names` gives the queue's name where the declaration refers to a resource of the template
    (`queue_arn={"Fn::GetAtt": [<logical id>, "Arn"]}`), by handler name or logical id. Raises `UnknownQueue`.
    """
    return [
        QueueSource(
            name=source.name,
            queue_name=_queue_name(source, queue_names or {}),
            handler=_handler(app, source.name),
            batch_size=source.batch_size,
            concurrency=source.maximum_concurrency or concurrency,
        )
        for source in app.event_sources
        if isinstance(source, SQSEventConfig)
    ]


def schedule_sources(app: Chalice, *, seconds_scale: float) -> list[ScheduleSource]:
    """Every schedule handler of the app, in order of declaration. Raises `UnsupportedSchedule`."""
    return [
        ScheduleSource(
            name=source.name,
            handler=_handler(app, source.name),
            period_seconds=max(SHORTEST_PERIOD_SECONDS, _period_seconds(source) * seconds_scale),
        )
        for source in app.event_sources
        if isinstance(source, ScheduledEventConfig)
    ]


def _handler(app: Chalice, name: str) -> Handler:
    handler: Handler = app.handler_map[name]
    if isinstance(handler, EventSourceHandler):
        # Chalice keeps a handler's middleware in a generator and reads it at the first call: two first calls
        # at once would fail, or one would go without middleware.
        handler.middleware_handlers = list(handler.middleware_handlers)
    return handler


def _queue_name(source: SQSEventConfig, queue_names: Mapping[str, str]) -> str:
    if source.name in queue_names:
        return queue_names[source.name]
    if source.queue:
        return str(source.queue)
    arn: Any = source.queue_arn
    if isinstance(arn, str):
        return arn.rsplit(":", 1)[-1]
    logical_id = (arn or {}).get("Fn::GetAtt", [None])[0]
    if logical_id in queue_names:
        return queue_names[logical_id]
    raise UnknownQueue(f"The handler {source.name!r} reads {arn!r}, for which no queue's name is given.")


def _period_seconds(source: ScheduledEventConfig) -> int:
    expression = source.schedule_expression
    if isinstance(expression, Rate):
        text = expression.to_string()
    else:
        text = expression if isinstance(expression, str) else expression.to_string()
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise UnsupportedSchedule(f"The handler {source.name!r} has the schedule {text!r}; locally only rate(…) runs.")
    return int(match[1]) * _UNIT_SECONDS[match[2].lower()]
