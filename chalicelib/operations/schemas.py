"""The wire of the queues (admin surface)."""

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Read, Wire

MOST_MOVED = 10_000


class QueueRead(Read):
    """A queue as SQS counts it, which is about right. `oldest_age_seconds` is null where nobody knows it."""

    name: str
    """The queue's name without the stage."""
    depth: int
    """Messages that wait."""
    in_flight: int
    """Messages that a function works on."""
    delayed: int
    """Messages that are not due yet."""
    dead_letters: int
    """Messages that were tried too often."""
    oldest_age_seconds: int | None
    """How long the oldest message has waited; null where nobody knows."""


class Redrive(Wire):
    """POST /admin/queues/{name}/redrive; an empty body is allowed."""

    limit: Annotated[int, Field(ge=1, le=MOST_MOVED)] = MOST_MOVED
    """How many messages to send back at most."""


class RedriveRead(Read):
    """How many messages were sent back, and how many stay dead because sending them failed."""

    moved: int
    """Messages sent back to their queue."""
    failed: int
    """Messages that stay dead because sending them failed."""
