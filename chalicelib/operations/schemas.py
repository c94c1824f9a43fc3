"""The wire of the queues (admin surface)."""

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Read, Wire

MOST_MOVED = 10_000


class QueueRead(Read):
    """A queue as SQS counts it, which is about right. `oldest_age_seconds` is null where nobody knows it."""

    name: str
    depth: int
    in_flight: int
    delayed: int
    dead_letters: int
    oldest_age_seconds: int | None


class Redrive(Wire):
    """POST /admin/queues/{name}/redrive; an empty body is allowed."""

    limit: Annotated[int, Field(ge=1, le=MOST_MOVED)] = MOST_MOVED


class RedriveRead(Read):
    """How many messages were sent back, and how many stay dead because sending them failed."""

    moved: int
    failed: int
